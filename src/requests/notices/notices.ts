import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { RequestsDeps } from '../deps.js';
import { withStandIns } from '../people.js';
import { REQUEST_LIMITS, type NoticeKind } from '../values.js';
import { seeNotices, unseenNotices } from './store.js';

/** What somebody is told of an application. */
export interface Notice {
  id: string;
  kind: NoticeKind;
  requestId: string;
  number: string;
  at: string;
}

/** What one was told and has not seen yet, the oldest first; more show once these are seen. */
export async function listNotices(deps: RequestsDeps, actor: Actor): Promise<Notice[]> {
  if (actor.personId === null) return [];
  const me = { personId: actor.personId, roles: withStandIns(deps.rules().profile, actor.roles), department: actor.department };
  const rows = await unseenNotices(deps.db, me, REQUEST_LIMITS.notices);
  return rows.map((row) => ({ id: row.id, kind: row.kind, requestId: row.request_id, number: row.number, at: row.made_at.toISOString() }));
}

/** Notes that one has seen everything up to a moment: that of the newest notice shown, so that none which came meanwhile is lost. */
export async function markNoticesSeen(deps: RequestsDeps, actor: Actor, to: Date): Promise<void> {
  const { policy } = deps.access.authorize(actor, 'request.own');
  const person = actor.personId;
  if (person === null) throw new CodedError('forbidden');
  const now = deps.now();
  await deps.db.tx(async (tx) => {
    await deps.audit.append(tx, { actor, act: 'request.notices_seen', subject: { kind: 'list', id: 'requests' }, decision: 'allow', policy });
    await seeNotices(tx, person, to < now ? to : now);
  });
}
