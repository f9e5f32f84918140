import { chosenPlaces, goneEntries, type Actor } from '../audit/index.js';
import { dayOf, endOf, formatDay, parseDay, type Day } from '../classification/index.js';
import { sealField } from '../crypto/index.js';
import { newId } from '../db/index.js';
import { invalidField } from '../errors/index.js';
import { allowed, personOf, reasonContext } from './acts.js';
import { choiceOf } from './choice.js';
import type { EvidenceDesk } from './deps.js';
import { findPersons, findRecords, insertPack, nextPackNumber, type NewPack } from './store.js';
import { PACK_LIMITS, type PackKind } from './values.js';

export interface PackInput {
  kind: PackKind;
  /** A person by id, pseudonym, user name or name; a client by number; a record by id, archival code or service number. */
  subject?: string | undefined;
  /** Local days, both included. */
  from: string;
  to: string;
  /** With free text and addresses that stand beside the entries of the person; only about a person. */
  sides?: boolean | undefined;
  /** For whom, and why. */
  reason: string;
}

/**
 * Asks for an evidence pack (R90). One about a person or a client waits for a second person; any other is made at once. What was
 * asked for stands on record before anything is made of it.
 */
export async function askEvidence(deps: EvidenceDesk, actor: Actor, input: PackInput): Promise<{ id: string; state: 'waiting' | 'approved' }> {
  const person = personOf(deps, actor, 'evidence.make');
  const sides = input.sides ?? false;
  if (sides) deps.access.authorize(actor, 'audit.side');
  const reason = input.reason.trim();
  if (reason === '') throw invalidField('reason', 'requires_reason');
  if (reason.length > PACK_LIMITS.reason) throw invalidField('reason', 'too_long', { max: PACK_LIMITS.reason });
  if (sides && input.kind !== 'person') throw invalidField('sides', 'invalid');
  const at = deps.now();
  const about = { ...(await subjectOf(deps, input)), ...periodOf(deps, input, at) };
  const places = await chosenPlaces(deps.db, await choiceOf(deps.db, { kind: input.kind, ...about }), PACK_LIMITS.entries + 1);
  // of what is gone by rule the pack says so, and holds what stays
  const gone = await goneEntries(deps.db, { from: about.from_at, to: about.to_at });
  if (places.length === 0 && gone.length === 0) throw invalidField('from', 'no_entries');
  if (places.length > PACK_LIMITS.entries) throw invalidField('to', 'too_many', { max: PACK_LIMITS.entries });
  const id = newId();
  const needs = input.kind === 'person' || input.kind === 'client' || sides;
  const row: Omit<NewPack, 'number' | 'entry'> = {
    id,
    kind: input.kind,
    ...about,
    from_day: input.from,
    to_day: input.to,
    sides,
    needs_approval: needs,
    reason_sealed: sealField(deps.keystore.secret('evidence'), reasonContext(id), reason),
    found: places.length,
    asked_by: person,
    asked_at: at,
    state: needs ? 'waiting' : 'approved',
  };
  await deps.db.tx(async (tx) => {
    const number = await nextPackNumber(tx, dayOf(at, deps.settings.zone).y);
    const entry = await deps.audit.append(tx, {
      ...allowed(deps, actor),
      act: 'evidence.make',
      subject: { kind: 'evidence', id },
      facts: {
        number,
        kind: row.kind,
        from: row.from_day,
        to: row.to_day,
        entries: row.found,
        sides,
        ...(gone.length > 0 ? { gone: gone.map((one) => one.log) } : {}),
        ...(about.person_id === null ? {} : { person: about.person_id }),
        ...(about.record_id === null ? {} : { record: about.record_id }),
      },
      side: { reason, ...(about.client_number === null ? {} : { client: about.client_number }) },
    });
    await insertPack(tx, { ...row, number, entry: entry.id });
  });
  if (!needs) deps.runs.wake();
  return { id, state: needs ? 'waiting' : 'approved' };
}

async function subjectOf(deps: EvidenceDesk, input: PackInput): Promise<Pick<NewPack, 'person_id' | 'client_number' | 'record_id'>> {
  const none = { person_id: null, client_number: null, record_id: null };
  const subject = input.subject?.trim() ?? '';
  if (input.kind === 'period') {
    if (subject !== '') throw invalidField('subject', 'invalid');
    return none;
  }
  if (subject === '') throw invalidField('subject', 'missing');
  if (subject.length > 128) throw invalidField('subject', 'too_long', { max: 128 });
  if (input.kind === 'client') return { ...none, client_number: subject };
  const found = input.kind === 'person' ? (await findPersons(deps.db, subject)).map((one) => one.id) : await findRecords(deps.db, subject);
  const [id] = found;
  if (id === undefined) throw invalidField('subject', 'not_known');
  if (found.length > 1) throw invalidField('subject', 'ambiguous');
  return input.kind === 'person' ? { ...none, person_id: id } : { ...none, record_id: id };
}

/** The time that the days cover, and no later than now: what comes after the question is not in the answer. */
function periodOf({ settings: { zone } }: EvidenceDesk, { from, to }: PackInput, now: Date): { from_at: Date; to_at: Date } {
  const [first, last] = [day(from, 'from'), day(to, 'to')];
  if (to < from) throw invalidField('to', 'out_of_range', { min: from, max: formatDay(dayOf(now, zone)) });
  if (from > formatDay(dayOf(now, zone))) throw invalidField('from', 'in_the_future');
  const start = endOf(before(first), zone);
  const end = endOf(last, zone);
  if (end.getTime() - start.getTime() > PACK_LIMITS.days * 86_400_000) throw invalidField('to', 'too_long', { max: PACK_LIMITS.days });
  return { from_at: start, to_at: end < now ? end : now };
}

function before(one: Day): Day {
  const at = new Date(Date.UTC(one.y, one.m - 1, one.d - 1));
  return { y: at.getUTCFullYear(), m: at.getUTCMonth() + 1, d: at.getUTCDate() };
}

function day(text: string, field: string): Day {
  try {
    return parseDay(text);
  } catch {
    throw invalidField(field, 'not_a_date');
  }
}
