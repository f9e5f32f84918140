import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { AccountsDeps } from '../deps.js';
import { endSession, endSessionsOf, openSessions, type OpenSession } from './store.js';

function own(actor: Actor): { accountId: string; sessionId: string } {
  if (actor.kind !== 'person' || actor.accountId === null || actor.sessionId === null) throw new CodedError('unauthenticated');
  return { accountId: actor.accountId, sessionId: actor.sessionId };
}

/** Ends the session of this request, or another one of the same account. `not_found` when it is not open or not the own. */
export async function signOut(deps: AccountsDeps, actor: Actor, sessionId?: string): Promise<void> {
  const mine = own(actor);
  const id = sessionId ?? mine.sessionId;
  await deps.db.tx(async (tx) => {
    if ((await endSession(tx, id, mine.accountId, 'signed_out', deps.now())) === 0) throw new CodedError('not_found');
    await deps.audit.append(tx, { actor, act: 'session.close', subject: { kind: 'session', id }, decision: 'allow' });
  });
}

/** Ends every session of the account, this one too unless it shall be kept. Gives the number of rows that ended, those included whose time was over. */
export async function signOutEverywhere(deps: AccountsDeps, actor: Actor, options: { keepThis?: boolean } = {}): Promise<number> {
  const mine = own(actor);
  return deps.db.tx(async (tx) => {
    const ended = await endSessionsOf(tx, [mine.accountId], 'everywhere', deps.now(), options.keepThis ? mine.sessionId : null);
    await deps.audit.append(tx, { actor, act: 'session.close_all', subject: { kind: 'account', id: mine.accountId }, decision: 'allow', facts: { ended } });
    return ended;
  });
}

/** The open sessions of the own account, with the one of this request marked. */
export async function listSessions(deps: AccountsDeps, actor: Actor): Promise<(OpenSession & { current: boolean })[]> {
  const mine = own(actor);
  const now = deps.now();
  const idleSince = new Date(now.getTime() - deps.limits.sessionIdleMinutes * 60_000);
  return (await openSessions(deps.db, mine.accountId, idleSince, now)).map((session) => ({ ...session, current: session.id === mine.sessionId }));
}
