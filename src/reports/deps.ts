import type { KeyObject } from 'node:crypto';
import type { AccessControl } from '../access/index.js';
import type { Audit } from '../audit/index.js';
import type { CalendarContent, VersionedSet } from '../classification/index.js';
import type { Db } from '../db/index.js';
import type { Rules, RunningStreams } from '../records/index.js';
import type { DocumentSigner } from '../documents/index.js';
import type { Vault } from '../vault/index.js';
import type { OversightContent } from './samples/rules.js';
import type { SignalContent } from './signals/rules.js';

/** What reports are given by `app`. */
export interface ReportsDeps {
  db: Db;
  audit: Audit;
  access: AccessControl;
  keystore: { secret(name: string): KeyObject };
  vault: Vault;
  streams: RunningStreams;
  /** Signs in the archive's name. */
  signer: DocumentSigner;
  /** Which versions act. */
  rules: Pick<Rules, 'acting'>;
  signalRules: VersionedSet<SignalContent>;
  oversightRules: VersionedSet<OversightContent>;
  calendars: VersionedSet<CalendarContent>;
  settings: { fonds: string; zone: string; archiveName: string };
  now(): Date;
  random(bytes: number): Buffer;
}
