import type { Actor } from '../../audit/index.js';
import type { Tx } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { openReading, returnReading, type ReadingResult, type RecordsDeps } from '../../records/index.js';
import { isGrantLive } from '../certify/store.js';
import type { RequestsDeps } from '../deps.js';
import { onRequest } from '../refusal.js';
import { openOutsider } from '../seals.js';
import { findRequest, recordsOfRequest, type RequestRow } from '../store.js';
import { isShowable } from './begin.js';
import { findVisit, insertVisitReading, lockVisit, readingsOfVisits, visitOfReading, type VisitReadingRow, type VisitRow } from './store.js';

export type SiteDeps = RequestsDeps & RecordsDeps;

/** A visit that this person supervises; another's does not exist. */
export async function ownVisit(deps: RequestsDeps, actor: Actor, id: string): Promise<{ visit: VisitRow; row: RequestRow }> {
  const visit = await findVisit(deps.db, id);
  const row = visit && (await findRequest(deps.db, visit.request_id));
  if (!visit || !row || visit.supervisor !== actor.personId) throw new CodedError('not_found');
  return { visit, row };
}

/**
 * Shows one record of the application to the visitor: a reading under the grant of the application, marked with the
 * visitor's name, neither printed nor downloaded; in the session that is locked to the visit alone. What is shown already stays shown. The log names supervisor and visitor.
 */
export async function showToVisitor(deps: SiteDeps, actor: Actor, asked: { visitId: string; recordId: string }): Promise<{ readingId: string }> {
  const requestId = (await findVisit(deps.db, asked.visitId))?.request_id ?? asked.visitId;
  return onRequest(deps, actor, { id: requestId, step: 'visit_show' }, async () => {
    deps.access.authorize(actor, 'reading.supervise');
    const { visit, row } = await ownVisit(deps, actor, asked.visitId);
    if (visit.state === 'open' && actor.locked?.visit !== visit.id)
      throw new CodedError('wrong_state', { params: { state: 'not_locked', step: 'visit_show' } });
    if (visit.state !== 'open' || !isShowable(row, deps.now()) || row.grant_id === null || !(await isGrantLive(deps.db, row.grant_id)))
      throw new CodedError('wrong_state', { params: { state: visit.state === 'open' ? row.state : visit.state, step: 'visit_show' } });
    const named = (await recordsOfRequest(deps.db, row.id)).some((one) => one.record_id === asked.recordId && one.kept && one.fit === 'fit');
    if (!named) throw new CodedError('not_found');
    const shown = (await readingsOfVisits(deps.db, [visit.id])).find((one) => one.record_id === asked.recordId && isOpen(one, deps.now()));
    if (shown) return { readingId: shown.reading_id };
    const under = { grantId: row.grant_id, seenOnly: true };
    let meanwhile: string | undefined;
    // opened and linked at once: no moment in which it is the supervisor's own
    const within = async (tx: Tx, readingId: string): Promise<void> => {
      meanwhile = await linkToVisit(deps, tx, actor, { visit, row }, { id: readingId, recordId: asked.recordId });
      if (meanwhile !== undefined) throw new CodedError('conflict', { detail: 'shown meanwhile' });
    };
    try {
      const reading = await openReading(deps, actor, { recordId: asked.recordId, purpose: row.purpose, ticket: row.number, under, within });
      return { readingId: reading.id };
    } catch (error) {
      if (meanwhile === undefined) throw error;
      return { readingId: meanwhile };
    }
  });
}

/** Links what is being opened to an open visit; the reading in which the record is shown already, where somebody was quicker. */
async function linkToVisit(
  deps: SiteDeps,
  tx: Tx,
  actor: Actor,
  { visit, row }: { visit: VisitRow; row: RequestRow },
  reading: { id: string; recordId: string },
): Promise<string | undefined> {
  const locked = await lockVisit(tx, visit.id);
  if (locked?.state !== 'open') throw new CodedError('wrong_state', { params: { state: locked?.state ?? 'ended', step: 'visit_show' } });
  const shown = (await readingsOfVisits(tx, [visit.id])).find((one) => one.record_id === reading.recordId && isOpen(one, deps.now()));
  if (shown !== undefined) return shown.reading_id;
  await deps.audit.append(tx, {
    actor,
    act: 'request.visit_show',
    subject: { kind: 'request', id: row.id },
    purpose: row.purpose,
    decision: 'allow',
    policy: deps.access.version(),
    facts: { visit: visit.id, number: row.number, reading: reading.id, record: reading.recordId, supervisor: actor.pseudonym },
    side: { visitor: openOutsider(deps, row.id, row.outsider_sealed)?.name ?? '' },
  });
  await insertVisitReading(tx, visit.id, reading.id);
  return undefined;
}

/** Whether something can still be read in it. */
export const isOpen = (one: Pick<VisitReadingRow, 'state' | 'expires_at'>, at: Date): boolean => one.state === 'open' && one.expires_at >= at;

/** Hands a reading back; one that ended by itself is left as it is. */
export async function giveBack(deps: SiteDeps, actor: Actor, readingId: string, result: ReadingResult): Promise<void> {
  await returnReading(deps, actor, { readingId, result }).catch((error: unknown) => {
    if (!(error instanceof CodedError)) throw error;
  });
}

/** Who sits before a reading on site, for the mark over everything that is shown; `undefined`: it is no such reading. */
export async function visitorOf(deps: RequestsDeps, actor: Actor, readingId: string): Promise<string | undefined> {
  const found = actor.personId === null ? undefined : await visitOfReading(deps.db, readingId, actor.personId);
  const row = found && (await findRequest(deps.db, found.request_id));
  return row === undefined ? undefined : openOutsider(deps, row.id, row.outsider_sealed)?.name;
}
