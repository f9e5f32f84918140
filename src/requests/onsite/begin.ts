import { z } from 'zod';
import type { Actor } from '../../audit/index.js';
import { newId } from '../../db/index.js';
import { check, CodedError, invalidField } from '../../errors/index.js';
import { isGrantLive } from '../certify/store.js';
import type { RequestsDeps } from '../deps.js';
import { onRequest } from '../refusal.js';
import { openOutsider } from '../seals.js';
import { lockRequest, type RequestRow } from '../store.js';
import { hasOpenVisit, insertVisit } from './store.js';

/** Longest name of a screen, in characters. */
export const PLACE_LENGTH = 64;

export const visitInput = z.strictObject({
  /** The screen at which the visitor sits, by the name that the archive gives it. */
  place: z.string().trim().min(1, 'missing').max(PLACE_LENGTH, 'too_long'),
  /** That whoever is here was held against the proof of identity of the application. */
  identityChecked: z.boolean(),
});
export type VisitInput = z.input<typeof visitInput>;

/**
 * Begins a reading on site 现场查阅 (R42, R46): the person from outside sits at a screen of the archive, and who applied stands by.
 * Only within the time of an approved application, after the visitor was held against the proof of identity, one visit at a time.
 */
export async function beginVisit(deps: RequestsDeps, actor: Actor, requestId: string, given: VisitInput): Promise<{ id: string }> {
  return onRequest(deps, actor, { id: requestId, step: 'visit' }, async () => {
    const { policy } = deps.access.authorize(actor, 'reading.supervise');
    const asked = check(visitInput, given);
    if (!asked.identityChecked) throw invalidField('identityChecked', 'missing');
    const id = newId();
    return deps.db.tx(async (tx) => {
      const row = await lockRequest(tx, requestId);
      if (row === undefined || row.applicant !== actor.personId) throw new CodedError('not_found');
      const at = deps.now();
      if (!isShowable(row, at) || !(await isGrantLive(tx, row.grant_id))) throw new CodedError('wrong_state', { params: { state: row.state, step: 'visit' } });
      if (await hasOpenVisit(tx, row.id)) throw new CodedError('conflict', { detail: 'the visit before has not ended' });
      const entry = await deps.audit.append(tx, {
        actor,
        act: 'request.visit_begin',
        subject: { kind: 'request', id: row.id },
        purpose: row.purpose,
        decision: 'allow',
        policy,
        facts: { visit: id, number: row.number, supervisor: actor.pseudonym },
        side: { visitor: openOutsider(deps, row.id, row.outsider_sealed)?.name ?? '', place: asked.place },
      });
      await insertVisit(tx, { id, request: row.id, supervisor: row.applicant, place: asked.place, at, entry: entry.id });
      return { id };
    });
  });
}

/** Whether something of an application can be shown to a visitor at a moment, as far as the application says. */
export function isShowable(row: RequestRow, at: Date): boolean {
  return row.kind === 'external' && row.state === 'approved' && row.grant_id !== null && row.left_starts_at <= at && at < row.left_ends_at;
}
