/** Who acts. Made by `accounts` from a session or token, by `app` for the system itself; never from a request's body. */
export interface Actor {
  kind: 'person' | 'integration' | 'system' | 'nobody';
  /** The person behind the account (UUID); `null` for integrations, the system and nobody. Rules of "different persons" compare this. */
  personId: string | null;
  accountId: string | null;
  /** Random, stands for the person in the audit log. `system` and `nobody` have fixed ones. */
  pseudonym: string;
  /** Roles in force. Empty means nothing is allowed. */
  roles: readonly string[];
  /** Department code, `''` where there is none. Columns of access rules are never null. */
  department: string;
  /** Session or token id, `null` for the system. */
  sessionId: string | null;
  /** Whether grants of this person are live: only then is anything asked of them. Left out, they give nothing. */
  granted?: boolean;
  /** Whether a second factor was shown in this session. */
  secondFactor: boolean;
  /** When password or code were last shown in this session; `null` for machines, the system and nobody. */
  shownAt: Date | null;
  /** The reading on site to which the session is locked, and its application: somebody from outside sits before it, and nothing else is done in it. */
  locked?: { visit: string; application: string };
  /** Scopes of an integration's token; empty for persons. */
  scopes: readonly string[];
  /** Network address of the caller, for the side row only. */
  address: string | null;
  /** The request's id, also answered as `X-Request-Id`. */
  requestId: string;
}

export const SUBJECT_KINDS = [
  'department',
  'record',
  'file',
  'reading',
  'request',
  'list',
  'import',
  'comparison',
  'batch',
  'session',
  'account',
  'person',
  'invitation',
  'token',
  'role',
  'policy',
  'change',
  'scheme',
  'schedule',
  'signals',
  'calendar',
  'oversight',
  'sample',
  'signal',
  'case',
  'report',
  'key',
  'object',
  'log',
  'archive',
  'job',
  'route',
  'dossier',
  'document',
  'certificate',
  'certifiedCopy',
  'disclosure',
  'grant',
  'standing',
  'restriction',
  'hold',
  'privacyRequest',
  'disposition',
  'appraisal',
  'destruction',
  'evidence',
] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

export interface Subject {
  kind: SubjectKind;
  /** UUID or a stable code; never personal data, never content. */
  id: string;
  version?: string;
}

export type Decision = 'allow' | 'deny' | 'error';

/** What a module hands over to be logged. Free text and addresses go to `side`; they are stored apart and can be erased. */
export interface EntryInput {
  actor: Actor;
  /** Dotted verb, `record.capture`, `reading.open`, `session.refused`. Lower case, at most 64 characters. */
  act: string;
  subject: Subject;
  /** Code of the purpose, from the scheme. */
  purpose?: string;
  decision: Decision;
  /** Name and digest of the policy version that decided, `general@sha256:…`. */
  policy?: string;
  /**
   * Small facts without personal data: counts, byte ranges, digests, ids, codes. Canonical JSON of at most 4 KiB; texts
   * are codes without spaces. `record`, `reading` and `client` (ids, never names or phone numbers) are indexed for search.
   * An access to content carries `scopeFacts(scope)`: a receipt is given only for what its entry says.
   */
  facts?: Record<string, string | number | boolean | null | string[]>;
  /** Free text, ticket, search words …; sealed apart, of which the entry holds only a blinded commitment. */
  side?: Record<string, string>;
}

/** An entry that was inserted in the caller's transaction but has no sequence number yet. */
export interface PendingEntry {
  id: string;
}

/** Where an entry stands once it is in the signed head. */
export interface IntegratedEntry {
  id: string;
  log: string;
  sequence: bigint;
}

/** What exactly a receipt opens; the vault compares it with what is asked. */
export interface ReceiptScope {
  actorPseudonym: string;
  objectId: string;
  /** Byte range of the plaintext, end exclusive; `null` = the whole object. */
  range: { start: number; end: number } | null;
}

/** An entry of the log, version 1. Its canonical JSON (RFC 8785) is what the log's leaf hash covers; absent fields are left out. */
export interface Entry {
  v: 1;
  id: string;
  /** UTC with milliseconds, `2026-01-31T08:00:00.000Z`; never earlier than the entry before it. */
  t: string;
  /** 16 random bytes, base64url: a published hash tells nothing about a guessed entry. */
  blind: string;
  /** Pseudonym. */
  actor: string;
  role: string[];
  /** Code of the actor's department at that time; absent where there is none. */
  department?: string;
  act: string;
  subject: { kind: string; id: string };
  version?: string;
  purpose?: string;
  decision: Decision;
  policy?: string;
  request: string;
  /** Blinded commitment to the side row, base64url; absent where there is none. */
  side?: string;
  facts?: Record<string, string | number | boolean | null | string[]>;
}

/** Pseudonyms that stand for no person. */
export const SYSTEM_PSEUDONYM = 'system';
export const NOBODY_PSEUDONYM = 'nobody';

/** An entry as search and export hand it out. */
export interface LoggedEntry extends IntegratedEntry {
  entry: Entry;
  /** Whether a side row is still there (free text, address); reading it is an act of its own. */
  hasSide: boolean;
}

export interface AuditState {
  /** Name of the current log (its year); `null` before the first entry. */
  log: string | null;
  /** Entries under the newest signed head. */
  size: bigint;
  headAt: Date | null;
  /** Entries waiting for a sequence number. */
  pending: number;
  /** Whether this process moves entries now. */
  leading: boolean;
  /** Why nothing can be moved at present, for the operator; `null` when all is well. */
  trouble: string | null;
}
