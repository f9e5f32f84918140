import { z } from 'zod';
import { assertRecent } from '../../access/index.js';
import { provedAtLock } from '../../accounts/index.js';
import type { Actor } from '../../audit/index.js';
import { check, CodedError, invalidField } from '../../errors/index.js';
import { READING_RESULTS } from '../../records/index.js';
import { onRequest } from '../refusal.js';
import { sealText } from '../seals.js';
import { REQUEST_LIMITS } from '../values.js';
import { giveBack, ownVisit, type SiteDeps } from './show.js';
import { endVisit as markEnded, findVisit, lockVisit, readingsOfVisits } from './store.js';

export const visitEnd = z.strictObject({
  /** Result of the use 利用效果. */
  result: z.enum(READING_RESULTS),
  note: z.string().trim().max(REQUEST_LIMITS.reason, 'too_long').default(''),
  /** Whether the visitor signed the slip; where not, the note says why. */
  signed: z.boolean(),
});
export type VisitEnd = z.input<typeof visitEnd>;

/**
 * Ends a reading on site with its result: the visitor signs for it, nothing more is shown, and its session ends. At the screen
 * who stands by has shown password, and code where his role asks for it, a moment ago; at his own desk as for every dangerous act.
 */
export async function endVisit(deps: SiteDeps, actor: Actor, visitId: string, given: VisitEnd): Promise<void> {
  const requestId = (await findVisit(deps.db, visitId))?.request_id ?? visitId;
  await onRequest(deps, actor, { id: requestId, step: 'visit_end' }, async () => {
    const { policy } = deps.access.authorize(actor, 'reading.supervise');
    const asked = check(visitEnd, given);
    if (!asked.signed && asked.note === '') throw invalidField('note', 'requires_reason');
    const { row } = await ownVisit(deps, actor, visitId);
    if (actor.locked === undefined) assertRecent(deps, actor);
    await deps.db.tx(async (tx) => {
      if (actor.locked !== undefined && !(await provedAtLock(deps, tx, actor))) throw new CodedError('reauthentication_required');
      const visit = await lockVisit(tx, visitId);
      if (visit?.state !== 'open') throw new CodedError('wrong_state', { params: { state: visit?.state ?? 'ended', step: 'visit_end' } });
      const at = deps.now();
      const shown = await readingsOfVisits(tx, [visit.id]);
      await deps.audit.append(tx, {
        actor,
        act: 'request.visit_end',
        subject: { kind: 'request', id: row.id },
        purpose: row.purpose,
        decision: 'allow',
        policy,
        facts: { visit: visit.id, number: row.number, readings: shown.length, result: asked.result, signed: asked.signed, supervisor: actor.pseudonym },
        ...(asked.note === '' ? {} : { side: { note: asked.note } }),
      });
      await markEnded(tx, visit.id, { at, result: asked.result, note: sealText(deps, row.id, `visit/${visit.id}`, asked.note), signed: asked.signed });
    });
    // ended before anything else: from here on nothing is linked to it any more
    for (const one of await readingsOfVisits(deps.db, [visitId])) if (one.state === 'open') await giveBack(deps, actor, one.reading_id, asked.result);
  });
}
