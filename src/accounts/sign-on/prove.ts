import type { Actor } from '../../audit/index.js';
import { CodedError, isCoded } from '../../errors/index.js';
import { ownSession } from '../second-factor/factor.js';
import { markPasswordShown } from '../second-factor/store.js';
import { askedAtLock } from '../sessions/lock.js';
import { lockedSince } from '../sessions/store.js';
import { askedSince, hashOf, mappingOf, type SignOnDeps } from './deps.js';
import { lockLinked, noteFailure, noteSuccess, useOnce } from './store.js';
import { attemptOf, newTicket, openTicket } from './ticket.js';

/** Sends who ends a reading on site at its screen to the provider, which asks again who it is: for whom has neither password nor code here. */
export async function beginProof(deps: SignOnDeps, actor: Actor, redirectUri: string): Promise<{ url: string; ticket: string }> {
  const { sessionId } = ownSession(actor);
  if (actor.locked === undefined || !(await askedAtLock(deps, actor)).provider) throw new CodedError('forbidden', { detail: 'not by the provider' });
  mappingOf(deps);
  const ticket = newTicket(deps.random, deps.now(), 'lock', sessionId);
  return { url: await deps.signOn.provider.authorizationUrl(attemptOf(deps.signOn.key, ticket, redirectUri)), ticket };
}

/**
 * Takes the provider's answer in the locked session: it counts once, in the session that asked, for the very account of that session,
 * and only where the provider asked since the visit began. Opens nothing; what is refused is on record, and the lock stays.
 */
export async function finishProof(deps: SignOnDeps, actor: Actor, input: { redirectUri: string; search: string; ticket: string }): Promise<void> {
  const { accountId, sessionId } = ownSession(actor);
  const { provider, key } = deps.signOn;
  const now = deps.now();
  const entry = { actor, act: 'session.reauthenticate', subject: { kind: 'session', id: sessionId } } as const;
  try {
    const state = new URLSearchParams(input.search).get('state') ?? '';
    const opened = openTicket(key, input.ticket, state, now);
    const ours = opened?.kind === 'lock' && opened.next === sessionId && actor.locked !== undefined;
    if (!ours || !(await useOnce(deps.db, hashOf(deps, 'state', state), now))) throw new CodedError('sign_on_expired');
    const { subject, claims } = await provider.answer(input.search, attemptOf(key, input.ticket, input.redirectUri));
    await deps.db.tx(async (tx) => {
      const linked = await lockLinked(tx, provider.issuer, hashOf(deps, 'subject', subject));
      if (linked?.id !== accountId || linked.state !== 'active' || linked.left_at !== null)
        throw new CodedError('sign_on_unknown', { detail: 'another person' });
      const began = await lockedSince(tx, sessionId);
      if (began === undefined || !askedSince(claims, began)) throw new CodedError('sign_on_invalid', { detail: 'not asked since the visit began' });
      if ((await markPasswordShown(tx, sessionId, deps.now())) === 0) throw new CodedError('unauthenticated');
      await deps.audit.append(tx, { ...entry, decision: 'allow', facts: { account: accountId, source: 'sign_on' } });
    });
    await noteSuccess(deps.db, provider.issuer, now);
  } catch (error) {
    const reason = isCoded(error) ? error.code : 'internal';
    await deps.db.tx((tx) => deps.audit.append(tx, { ...entry, decision: 'deny', facts: { account: accountId, source: 'sign_on', reason } }));
    await noteFailure(deps.db, provider.issuer, reason, now);
    throw error;
  }
}
