import type { Audit } from '../../audit/index.js';
import type { Keystore } from '../../crypto/index.js';
import type { Db } from '../../db/index.js';
import type { AccessControl } from '../control.js';
import type { GrantAct } from '../types.js';

export const GRANT_KINDS = ['internal', 'external', 'confidential', 'emergency'] as const;
export type GrantKind = (typeof GRANT_KINDS)[number];
export const GRANT_STATES = ['live', 'returned', 'revoked', 'expired'] as const;
export type GrantState = (typeof GRANT_STATES)[number];

/** Most records of one grant, and the longest time it may last. */
export const GRANT_RECORDS = 10_000;
export const GRANT_DAYS = 366;
/** Longest reason, in characters. */
export const GRANT_REASON_LENGTH = 500;

export interface GrantDeps {
  db: Db;
  audit: Pick<Audit, 'append' | 'appendMany'>;
  access: AccessControl;
  keystore: Pick<Keystore, 'secret'>;
  now(): Date;
}

export interface GrantInput {
  kind: GrantKind;
  /** Who may read under it. */
  personId: string;
  recordIds: readonly string[];
  /** `view` is always among them: nobody prints what he may not see. */
  acts: readonly GrantAct[];
  /** Code from the scheme; the readings under it have this purpose and no other. */
  purpose: string;
  startsAt: Date;
  endsAt: Date;
  /** How many readings may be opened under it; `null` = as many as wanted. */
  readings: number | null;
  requestId: string | null;
  /** Free text, sealed. */
  reason?: string | undefined;
  /** For whom a reading on site is supervised: an id or a number, never a name. */
  supervisedFor?: string | undefined;
}
