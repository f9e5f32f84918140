import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { AccountsDeps, Origin } from '../deps.js';
import { hashSecret } from '../secrets.js';
import { LOCKED_IDLE_MINUTES } from './lock.js';
import { sessionActor } from './session-actor.js';
import { findSession, touchSession } from './store.js';

/** The idle time slides at most so often, so that reading pages does not write. */
const SLIDE_MS = 60_000;

/** Who a session's cookie stands for. Throws `unauthenticated` when there is no such open session, `session_expired` when its time is over. */
export async function actorFromSession(deps: AccountsDeps, token: string, origin: Origin): Promise<Actor> {
  if (!/^lantai_s_[\w-]{43}$/.test(token)) throw new CodedError('unauthenticated');
  const row = await findSession(deps.db, hashSecret(token));
  if (row?.state !== 'active') throw new CodedError('unauthenticated');
  const now = deps.now();
  const idle = now.getTime() - row.used_at.getTime();
  const longest = row.locked_to === null ? deps.limits.sessionIdleMinutes : Math.min(deps.limits.sessionIdleMinutes, LOCKED_IDLE_MINUTES);
  if (now >= row.expires_at || idle >= longest * 60_000) throw new CodedError('session_expired');
  if (idle >= SLIDE_MS) await touchSession(deps.db, row.id, now);
  return sessionActor(row, origin);
}
