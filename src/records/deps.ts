import type { AccessControl } from '../access/index.js';
import type { Audit } from '../audit/index.js';
import type { CalendarYears, SchemeSet } from '../classification/index.js';
import type { Config } from '../config/index.js';
import type { Keystore } from '../crypto/index.js';
import type { Db } from '../db/index.js';
import type { ScheduleSet } from '../retention/index.js';
import type { Vault } from '../vault/index.js';
import type { RunningStreams } from './readings/running.js';

/** What the use-cases of records work with. */
export interface RecordsDeps {
  db: Db;
  audit: Audit;
  access: AccessControl;
  vault: Vault;
  /** What runs in this process under grants. */
  streams: RunningStreams;
  keystore: Keystore;
  schemes: SchemeSet;
  schedules: ScheduleSet;
  /** The working calendar that acts. */
  calendar(): CalendarYears;
  settings: RecordsSettings;
  now: () => Date;
  /** Told of what an operator must know; never content, never personal data. */
  onTrouble(code: 'access_end_unwritten' | 'archiving_failed' | 'hold_left_out'): void;
  /** Throws `bootstrap_open` until three different administrators have claimed their invitations. */
  assertOpen(): Promise<void>;
}

export interface RecordsSettings {
  /** Default fonds number 全宗号. */
  fonds: string;
  /** IANA name of the archive's time zone. */
  zone: string;
  limits: Config['limits'];
  /** Minutes without use after which a reading expires. */
  readingIdleMinutes: number;
}
