import { z } from 'zod';
import { lockSession } from '../../accounts/index.js';
import type { Actor } from '../../audit/index.js';
import { newId } from '../../db/index.js';
import { check, CodedError, invalidField } from '../../errors/index.js';
import { isGrantLive } from '../certify/store.js';
import type { RequestsDeps } from '../deps.js';
import { onRequest } from '../refusal.js';
import { openOutsider } from '../seals.js';
import { lockRequest, type RequestRow } from '../store.js';
import { hasOpenVisit, insertVisit } from './store.js';

/** How long a visit lasts at the longest, in minutes: by itself, and what may be asked for. */
export const VISIT_MINUTES = { default: 120, least: 5, most: 480 } as const;

/** Longest name of a screen, in characters. */
export const PLACE_LENGTH = 64;

export const visitInput = z.strictObject({
  /** The screen at which the visitor sits, by the name that the archive gives it. */
  place: z.string().trim().min(1, 'missing').max(PLACE_LENGTH, 'too_long'),
  /** That whoever is here was held against the proof of identity of the application. */
  identityChecked: z.boolean(),
  /** Minutes after which it ends by itself; with the grant at the latest. */
  minutes: z.number().int('not_a_number').min(VISIT_MINUTES.least, 'too_small').max(VISIT_MINUTES.most, 'too_large').default(VISIT_MINUTES.default),
});
export type VisitInput = z.input<typeof visitInput>;

/**
 * Begins a reading on site 现场查阅 (R42, R46): the person from outside sits at a screen of the archive, and who applied stands by.
 * Only within the time of an approved application, after the visitor was held against the proof of identity, one visit at a time.
 * From here on the session of this request is locked to the visit: whoever sits before it does nothing else, in no window of it.
 */
export async function beginVisit(deps: RequestsDeps, actor: Actor, requestId: string, given: VisitInput): Promise<{ id: string; endsAt: Date }> {
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
      const asLong = new Date(at.getTime() + asked.minutes * 60_000);
      const endsAt = asLong < row.left_ends_at ? asLong : row.left_ends_at;
      const entry = await deps.audit.append(tx, {
        actor,
        act: 'request.visit_begin',
        subject: { kind: 'request', id: row.id },
        purpose: row.purpose,
        decision: 'allow',
        policy,
        facts: { visit: id, number: row.number, supervisor: actor.pseudonym, session: actor.sessionId, until: endsAt.toISOString() },
        side: { visitor: openOutsider(deps, row.id, row.outsider_sealed)?.name ?? '', place: asked.place },
      });
      await insertVisit(tx, { id, request: row.id, supervisor: row.applicant, place: asked.place, at, endsAt, entry: entry.id });
      await lockSession(tx, actor, id, endsAt);
      return { id, endsAt };
    });
  });
}

/** Whether something of an application can be shown to a visitor at a moment, as far as the application says. */
export function isShowable(row: RequestRow, at: Date): boolean {
  return row.kind === 'external' && row.state === 'approved' && row.grant_id !== null && row.left_starts_at <= at && at < row.left_ends_at;
}
