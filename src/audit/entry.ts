import { canonicalJson } from '../crypto/index.js';
import { SUBJECT_KINDS, type Entry, type EntryInput } from './types.js';

const ACT = /^(?=.{3,64}$)[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+$/;
/** Codes and ids: no spaces, no control characters, so that no sentence and no address line slips in. */
const CODE = /^[^\s\p{C}]{1,256}$/u;
const EMAIL = /[^\s@]@[^\s@]+\.[a-z]{2,}/i;
const FACTS_BYTES = 4096;
const KINDS = new Set<string>(SUBJECT_KINDS);
const DECISIONS = new Set<string>(['allow', 'deny', 'error']);

/** What the caller of {@link makeEntry} brings from outside: identity, time, randomness, commitment to the side row. */
export interface EntryParts {
  id: string;
  at: Date;
  blind: Buffer;
  side: string | undefined;
}

/** A mistake of the calling module, never of a user; what was wrong is named by its field, not quoted. */
function refuse(what: string): never {
  throw new Error(`not an audit entry: ${what}`);
}

function code(value: string, what: string): string {
  if (!CODE.test(value) || EMAIL.test(value)) refuse(what);
  return value;
}

function checkFacts(facts: NonNullable<EntryInput['facts']>): void {
  for (const [name, value] of Object.entries(facts)) {
    if (!/^[a-z][A-Za-z0-9_]{0,39}$/.test(name)) refuse('name of a fact');
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one === 'string' && one !== '') code(one, `fact ${name}`);
      else if (typeof one === 'number' && !Number.isFinite(one)) refuse(`fact ${name}`);
    }
  }
  if (Buffer.byteLength(JSON.stringify(facts)) > FACTS_BYTES) refuse('facts too large');
}

/** Builds an entry from what a module hands over. Pure. Throws on anything that does not belong into the log. */
export function makeEntry(input: EntryInput, parts: EntryParts): Entry {
  const { actor, subject } = input;
  if (!ACT.test(input.act)) refuse('act');
  if (!KINDS.has(subject.kind)) refuse('kind of subject');
  if (!DECISIONS.has(input.decision)) refuse('decision');
  if (parts.blind.length !== 16) refuse('blind');
  const entry: Entry = {
    v: 1,
    id: parts.id,
    t: parts.at.toISOString(),
    blind: parts.blind.toString('base64url'),
    actor: code(actor.pseudonym, 'actor'),
    role: actor.roles.map((role) => code(role, 'role')),
    act: input.act,
    subject: { kind: subject.kind, id: code(subject.id, 'subject') },
    decision: input.decision,
    request: code(actor.requestId, 'request'),
  };
  if (actor.department !== '') entry.department = code(actor.department, 'department');
  if (subject.version !== undefined) entry.version = code(subject.version, 'version');
  if (input.purpose !== undefined) entry.purpose = code(input.purpose, 'purpose');
  if (input.policy !== undefined) entry.policy = code(input.policy, 'policy');
  if (parts.side !== undefined) entry.side = parts.side;
  const facts = actor.locked === undefined ? input.facts : { ...input.facts, visit: actor.locked.visit, application: actor.locked.application };
  if (facts !== undefined && Object.keys(facts).length > 0) {
    checkFacts(facts);
    entry.facts = facts;
  }
  return entry;
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const REQUIRED = ['id', 't', 'blind', 'actor', 'act', 'request'] as const;
const OPTIONAL = ['department', 'version', 'purpose', 'policy', 'side'] as const;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads the text of an entry; `undefined` unless it is canonical JSON with the fields of version 1. */
export function readEntry(text: string): Entry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
    if (!isObject(value) || canonicalJson(value) !== text) return undefined;
  } catch {
    return undefined;
  }
  const whole =
    value['v'] === 1 &&
    REQUIRED.every((name) => typeof value[name] === 'string') &&
    OPTIONAL.every((name) => value[name] === undefined || typeof value[name] === 'string') &&
    Array.isArray(value['role']) &&
    isObject(value['subject']) &&
    typeof value['subject']['kind'] === 'string' &&
    typeof value['subject']['id'] === 'string' &&
    DECISIONS.has(String(value['decision'])) &&
    (value['facts'] === undefined || isObject(value['facts'])) &&
    ID.test(String(value['id'])) &&
    TIME.test(String(value['t'])) &&
    !Number.isNaN(Date.parse(String(value['t'])));
  return whole ? (value as unknown as Entry) : undefined;
}

/** Columns by which entries are found; verification recomputes them from the entry. */
export interface EntryColumns {
  t: string;
  actor: string;
  act: string;
  subjectKind: string;
  subjectId: string;
  decision: string;
  purpose: string | null;
  request: string;
  recordId: string | null;
  readingId: string | null;
  clientId: string | null;
  department: string | null;
}

function reference(entry: Entry, kind: string, fact: string): string | null {
  if (entry.subject.kind === kind) return entry.subject.id;
  const value = entry.facts?.[fact];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The search columns of an entry. */
export function columnsOf(entry: Entry): EntryColumns {
  return {
    t: entry.t,
    actor: entry.actor,
    act: entry.act,
    subjectKind: entry.subject.kind,
    subjectId: entry.subject.id,
    decision: entry.decision,
    purpose: entry.purpose ?? null,
    request: entry.request,
    recordId: reference(entry, 'record', 'record'),
    readingId: reference(entry, 'reading', 'reading'),
    clientId: reference(entry, 'dossier', 'client'),
    department: entry.department ?? null,
  };
}
