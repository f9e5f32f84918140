import type { Tx } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { Channel, ClientType, Medium, Sensitivity, ServiceType } from '../values.js';
import { objectsOf } from '../capture/store.js';
import type { RecordsDeps } from '../deps.js';
import { endOfDay, termColumns, termOf } from '../term.js';
import type { Classification } from './classification.js';
import { setTerm, type LockedRecord, type TermColumns } from './store.js';

/** States in which the store's locks follow the term. */
const ARCHIVED = new Set(['archived', 'due', 'extended']);

/** A term decided anew, and what of it acts: terms and minimums only ever move to a later day by themselves. */
export interface NewTerm {
  /** `null` where the present term keeps longer and stays. */
  term: TermColumns | null;
  minimum: string;
  until: string;
}

/** Decides on the term of a record under another classification, or with its longer term confirmed. */
export function renewTerm(deps: RecordsDeps, record: LockedRecord, to: Classification, special = record.special_term === 'confirmed'): NewTerm {
  const next = termOf(deps.schedules, subjectOf(record, to, special), deps.now());
  const minimum = next.minimum < record.term_minimum ? record.term_minimum : next.minimum;
  if (next.until < record.term_until) return { term: null, minimum, until: record.term_until };
  return { term: { ...termColumns(next), minimum }, minimum, until: next.until };
}

function subjectOf(record: LockedRecord, to: Classification, special: boolean): Parameters<typeof termOf>[1] {
  return {
    closedAt: record.closed_at,
    serviceType: to.service_type as ServiceType,
    clientType: to.client_type as ClientType,
    channel: record.channel as Channel,
    medium: record.medium as Medium,
    sensitivity: to.sensitivity as Sensitivity,
    tags: to.tags,
    forms: record.has_feedback ? ['feedback'] : [],
    ...(special ? { specialTerm: 'confirmed' as const } : {}),
  };
}

/** The stored objects of a record, looked up before its transaction; `applyTerm` makes sure that they are still all. */
export async function storedOf(deps: RecordsDeps, recordId: string): Promise<Awaited<ReturnType<RecordsDeps['vault']['facts']>>> {
  return deps.vault.facts((await objectsOf(deps.db, [recordId])).map((one) => one.object_id));
}

/**
 * Puts a term in place. Where an archived record must now be kept longer, the locks in the store are extended and read
 * back first: without that there is no change.
 */
export async function applyTerm(deps: RecordsDeps, tx: Tx, record: LockedRecord, next: NewTerm, stored: Awaited<ReturnType<typeof storedOf>>): Promise<void> {
  await setTerm(tx, record.id, next.term, next.minimum);
  if (!ARCHIVED.has(record.state) || next.minimum <= record.term_minimum) return;
  const known = new Set(stored.map((one) => one.objectId));
  if ((await objectsOf(tx, [record.id])).some((one) => !known.has(one.object_id))) throw new CodedError('conflict');
  const until = await deps.vault.lock(stored, endOfDay(next.minimum, deps.settings.zone));
  await deps.vault.markLocked(
    tx,
    stored.map((one) => ({ objectId: one.objectId, until })),
  );
}
