import type { Tx } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { objectsOf } from '../capture/store.js';
import type { RecordsDeps } from '../deps.js';
import { decide, type RetentionDecision, type RetentionEvent } from '../../retention/index.js';
import { dayText, endOfDay, termColumns } from '../term.js';
import { insertEvent } from '../terms/store.js';
import { subjectOf } from '../terms/subject.js';
import type { Classification } from './classification.js';
import { setTerm, type LockedRecord, type TermColumns } from './store.js';

/** States in which the store's locks follow the term. */
const ARCHIVED = new Set(['archived', 'due', 'extended']);

/** A term decided anew, and what of it acts: terms and minimums only ever move to a later day by themselves. */
export interface NewTerm {
  term: TermColumns;
  minimum: string;
  until: string;
  /** The day that stood before and that this change must not take back; written down with it. */
  promised: { until: string; minimum: string } | null;
}

/**
 * Decides on the term of a record under another classification, with another event, or with its longer term confirmed. Where
 * that would end earlier than what was promised, the promise is an event of its own, and the term keeps to it.
 */
export function renewTerm(
  deps: RecordsDeps,
  record: LockedRecord,
  to: Classification,
  events: readonly RetentionEvent[],
  special = record.special_term,
): NewTerm {
  const { service_type, client_type, sensitivity, tags } = to;
  const facts = { ...record, service_type, client_type, sensitivity, tags, special_term: special };
  const decided = (all: readonly RetentionEvent[]): RetentionDecision => {
    const schedule = deps.schedules.newest;
    return decide(subjectOf(facts), all, schedule, [], dayText(deps.now(), schedule.timeZone));
  };
  const next = decided(events);
  if (next.until >= record.term_until && next.minimum >= record.term_minimum)
    return { term: termColumns(next), minimum: next.minimum, until: next.until, promised: null };
  const promised = { until: record.term_until, minimum: record.term_minimum };
  const kept = decided([...events, { kind: 'promised', at: deps.now(), ...promised }]);
  return { term: termColumns(kept), minimum: kept.minimum, until: kept.until, promised };
}

/** The stored objects of a record, looked up before its transaction; `applyTerm` makes sure that they are still all. */
export async function storedOf(deps: RecordsDeps, recordId: string): Promise<Awaited<ReturnType<RecordsDeps['vault']['facts']>>> {
  return deps.vault.facts((await objectsOf(deps.db, [recordId])).map((one) => one.object_id));
}

/** Puts a term in place, with the promise that it keeps to, and extends the locks. */
export async function putTerm(
  deps: RecordsDeps,
  tx: Tx,
  record: LockedRecord,
  next: NewTerm,
  stored: Awaited<ReturnType<typeof storedOf>>,
  why: Why,
): Promise<void> {
  await applyTerm(deps, tx, record, next, stored);
  await writePromise(deps, tx, record, next, why);
}

interface Why {
  entry: string;
  by: string;
}

/** Writes down the day that a change of the record must not take back. */
export async function writePromise(deps: RecordsDeps, tx: Tx, record: LockedRecord, { promised }: NewTerm, { entry, by }: Why): Promise<void> {
  if (!promised) return;
  const at = deps.now();
  await insertEvent(tx, { record: record.id, kind: 'promised', name: '', at, source: 'archive', entry, recordedAt: at, by, ...promised });
}

/**
 * Puts a term in place. Where an archived record must now be kept longer, the locks in the store are extended and read
 * back first: without that there is no change.
 */
export async function applyTerm(deps: RecordsDeps, tx: Tx, record: LockedRecord, next: NewTerm, stored: Awaited<ReturnType<typeof storedOf>>): Promise<void> {
  await setTerm(tx, record.id, next.term);
  if (!ARCHIVED.has(record.state) || next.minimum <= record.term_minimum) return;
  const known = new Set(stored.map((one) => one.objectId));
  if ((await objectsOf(tx, [record.id])).some((one) => !known.has(one.object_id))) throw new CodedError('conflict');
  const until = await deps.vault.lock(stored, endOfDay(next.minimum, deps.settings.zone));
  await deps.vault.markLocked(
    tx,
    stored.map((one) => ({ objectId: one.objectId, until })),
  );
}
