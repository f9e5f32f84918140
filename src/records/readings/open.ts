import { assertSecondFactor, GRANT_RULE, standingRuleFor } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { sealField } from '../../crypto/index.js';
import { newId, type Tx } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import type { RecordsDeps } from '../deps.js';
import { isReadable } from '../states.js';
import type { RecordState } from '../values.js';
import { noteKey } from './note-key.js';
import {
  countDown,
  grantedActs,
  insertNoteKey,
  insertReading,
  lockUsableGrant,
  readableRecord,
  type ReadableRecord,
  type UsableGrant,
  versionNumbered,
} from './store.js';

/** Longest free text and ticket number of a reading, in characters. */
export const NOTE_LENGTH = 500;
export const TICKET_LENGTH = 64;

export interface OpenReadingInput {
  recordId: string;
  /** Code from the scheme's list for the record's type. */
  purpose: string;
  /** Free text; at most `NOTE_LENGTH` characters. */
  note?: string | undefined;
  /** Number of the case it is for; at most `TICKET_LENGTH` characters. */
  ticket?: string | undefined;
  /** Number of an earlier version, as it stood before a correction; left out: the newest. */
  version?: number | undefined;
  /** The grant for somebody from outside under which alone it is opened; `seenOnly`: neither printed nor downloaded, whatever the grant says. */
  under?: { grantId: string; seenOnly: boolean } | undefined;
  /** Done in the same transaction: where it throws, nothing was opened. */
  within?: ((tx: Tx, readingId: string) => Promise<void>) | undefined;
}

export interface OpenedReading {
  id: string;
  recordId: string;
  purpose: string;
  mayDownload: boolean;
  mayPrint: boolean;
  expiresAt: Date;
}

/**
 * Opens a reading 查阅 of one record for a purpose (R44). Refused readings are on record too: a record the viewer may
 * not read does not exist for him, a purpose that the type does not allow is `purpose_not_allowed` (R94).
 */
export async function openReading(deps: RecordsDeps, actor: Actor, input: OpenReadingInput): Promise<OpenedReading> {
  for (const [name, max] of [
    ['note', NOTE_LENGTH],
    ['ticket', TICKET_LENGTH],
  ] as const)
    if ((input[name]?.length ?? 0) > max) throw invalidField(name, 'too_long', { max });
  const record = await readableRecord(deps.db, input.recordId, deps.access.where(actor, 'record.read', 'r'), deps.access.granted(actor, 'r'));
  if (!record) return refuse(deps, actor, input, 'not_found');
  if (!isReadable(record.state as RecordState)) return refuse(deps, actor, input, 'wrong_state');
  if (actor.accountId === null) throw new CodedError('forbidden');
  if (input.version === undefined) return settle(deps, actor, record, input, actor.accountId);
  const earlier = await versionNumbered(deps.db, record.id, input.version);
  if (earlier === undefined) return refuse(deps, actor, input, 'not_found');
  return settle(deps, actor, { ...record, version_id: earlier }, input, actor.accountId);
}

const REFUSALS = ['purpose_not_allowed', 'grant_used_up', 'no_standing_rule', 'second_factor_required', 'supervised_only'] as const;
type Refusal = 'not_found' | 'wrong_state' | (typeof REFUSALS)[number];

async function settle(deps: RecordsDeps, actor: Actor, record: ReadableRecord, input: OpenReadingInput, account: string): Promise<OpenedReading> {
  try {
    return await insert(deps, actor, record, input, account);
  } catch (error) {
    if (error instanceof CodedError && REFUSALS.some((one) => one === error.code)) return refuse(deps, actor, input, error.code as Refusal);
    throw error;
  }
}

/**
 * Under what it is read: by a rule of a role for a purpose of its type, where a standing rule is in force for it, else under a live grant for the grant's own purpose,
 * which is counted down here.
 */
async function under(
  tx: Tx,
  deps: RecordsDeps,
  actor: Actor,
  record: ReadableRecord,
  { purpose, under: only }: OpenReadingInput,
  at: Date,
): Promise<{ grant: UsableGrant | null; rule: string | null }> {
  const { rule } = deps.access.decide(actor, 'record.read', record);
  const byRole = rule !== null && rule !== GRANT_RULE && record.purposes.includes(purpose);
  askFactor(actor, record, byRole);
  const standing = byRole && only === undefined ? await standingRuleFor(tx, byRoleOf(actor, record, purpose, at)) : undefined;
  if (standing !== undefined) return { grant: null, rule: standing };
  const grant = actor.personId === null ? undefined : await lockUsableGrant(tx, actor.personId, record.id, purpose, at, only?.grantId ?? null);
  if (grant === undefined) throw new CodedError(byRole ? 'no_standing_rule' : 'purpose_not_allowed');
  // what was granted for somebody from outside is no grant for the clerk
  if (grant.kind === 'external' && only === undefined) throw new CodedError('supervised_only');
  if (grant.readings_left === 0) throw new CodedError('grant_used_up');
  await countDown(tx, grant.id);
  return { grant, rule: null };
}

/** What is highly sensitive asks for the second factor of this very session, when it is opened and at every access; not while it is being described by role. */
export function askFactor(actor: Actor, record: Pick<ReadableRecord, 'sensitivity' | 'state'>, byRole: boolean): void {
  const described = byRole && (record.state === 'received' || record.state === 'sent_back');
  if (record.sensitivity === 'highly_sensitive' && !described) assertSecondFactor(actor);
}

function byRoleOf(actor: Actor, record: ReadableRecord, purpose: string, at: Date): Parameters<typeof standingRuleFor>[1] {
  const { department, service_type: type, sensitivity, state } = record;
  return { reader: actor.department, department, type, sensitivity, purpose, state, at };
}

async function refuse(deps: RecordsDeps, actor: Actor, input: OpenReadingInput, code: Refusal): Promise<never> {
  const known = Object.hasOwn(deps.schemes.newest.purposes, input.purpose);
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, {
      actor,
      act: 'reading.refused',
      subject: { kind: 'record', id: input.recordId },
      ...(known ? { purpose: input.purpose } : {}),
      decision: 'deny',
      policy: deps.access.version(),
      facts: { why: code },
      // what is no code of ours was typed by somebody: it may be anything, and stands apart
      side: { ...sideOf(input), ...(known ? {} : { purpose: input.purpose.slice(0, 200) }) },
    });
  });
  throw new CodedError(code);
}

function sideOf(input: OpenReadingInput): Record<string, string> {
  return { ...(input.note ? { note: input.note } : {}), ...(input.ticket ? { ticket: input.ticket } : {}) };
}

async function insert(deps: RecordsDeps, actor: Actor, record: ReadableRecord, input: OpenReadingInput, account: string): Promise<OpenedReading> {
  const id = newId();
  const at = deps.now();
  const idle = new Date(at.getTime() + deps.settings.readingIdleMinutes * 60_000);
  const side = sideOf(input);
  const sealed = Object.keys(side).length === 0 ? null : sealField(deps.keystore.secret('catalogue'), noteContext(id), JSON.stringify(side));
  return deps.db.tx(async (tx) => {
    const { grant, rule } = await under(tx, deps, actor, record, input, at);
    // who reads by role, and was granted more for this same purpose, has that too; on a record that no grant of his names there is nothing to ask
    const asked = actor.granted === true && record.granted.length > 0 ? actor.personId : null;
    const acts = grant?.acts ?? (asked === null ? [] : await grantedActs(tx, asked, record.id, input.purpose, at));
    const more = input.under?.seenOnly !== true;
    const mayDownload = more && mayBeside(deps, actor, record, 'download', acts);
    const mayPrint = more && mayBeside(deps, actor, record, 'print', acts);
    const expires = grant !== null && grant.ends_at < idle ? grant.ends_at : idle;
    const kind = grant?.kind ?? (record.sensitivity === 'highly_sensitive' ? 'confidential' : 'internal');
    const entry = await deps.audit.append(tx, {
      actor,
      act: 'reading.open',
      subject: { kind: 'reading', id, version: record.version_id },
      purpose: input.purpose,
      decision: 'allow',
      policy: deps.access.version(),
      facts: {
        record: record.id,
        department: record.department,
        sensitivity: record.sensitivity,
        download: mayDownload,
        print: mayPrint,
        kind,
        ...(grant === null ? { rule } : { grant: grant.id }),
      },
      side,
    });
    await insertReading(tx, {
      id,
      record_id: record.id,
      version_id: record.version_id,
      account_id: account,
      person_id: actor.personId,
      pseudonym: actor.pseudonym,
      purpose: input.purpose,
      note_sealed: sealed,
      may_download: mayDownload,
      may_print: mayPrint,
      policy: deps.access.version(),
      entry_id: entry.id,
      opened_at: at,
      expires_at: expires,
      grant_id: grant?.id ?? null,
      standing_rule: rule,
      access_kind: kind,
    });
    const key = input.note ? noteKey(deps.keystore.secret('note-keys'), input.note) : null;
    if (key) await insertNoteKey(tx, id, key);
    if (record.sensitivity === 'highly_sensitive')
      await deps.audit.append(tx, {
        actor,
        act: 'reading.confidential',
        subject: { kind: 'reading', id },
        purpose: input.purpose,
        decision: 'allow',
        facts: { record: record.id, reader: actor.pseudonym, ...(grant === null ? {} : { grant: grant.id }) },
      });
    await input.within?.(tx, id);
    return { id, recordId: record.id, purpose: input.purpose, mayDownload, mayPrint, expiresAt: expires };
  });
}

/** Whether it may be printed or downloaded too: by role, or by a grant for the purpose of the reading; another one is for another purpose. */
function mayBeside(deps: RecordsDeps, actor: Actor, record: ReadableRecord, act: 'print' | 'download', granted: readonly string[]): boolean {
  const { allow, rule } = deps.access.decide(actor, `record.${act}`, record);
  return allow && (rule !== GRANT_RULE || granted.includes(act));
}

/** Associated data of a reading's sealed note and result. */
export function noteContext(readingId: string): string {
  return `reading/${readingId}/note`;
}
