import type { Actor } from '../../audit/index.js';
import { newId, type Tx } from '../../db/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import type { AccountsDeps, Origin } from '../deps.js';
import { ownSession } from '../second-factor/factor.js';
import { secondFactorState } from '../second-factor/keep.js';
import { reauthenticate, showSecondFactor } from '../second-factor/show.js';
import { markFactorShown } from '../second-factor/store.js';
import { hashSecret, newSecret } from '../secrets.js';
import { lockAccount } from '../sign-in/store.js';
import { isSignOnSession } from '../sign-on/store.js';
import { sessionActor } from './session-actor.js';
import { endedWithVisit, hasPassword, insertSession, lockedSince, lockToVisit, shownSince } from './store.js';

/** Minutes without a request after which a locked session is over: whoever read has gone. */
export const LOCKED_IDLE_MINUTES = 15;
/** How long what was shown to end a lock counts: who comes back from the provider still has to state the result. */
const PROOF_MS = 3 * 60_000;

/**
 * Locks the session of this request to a reading on site (R42): from the commit on, every window of this browser can do nothing
 * but what belongs to it. The lock is never taken off; the session ends with the visit.
 */
export async function lockSession(tx: Tx, actor: Actor, visit: string, until: Date): Promise<void> {
  const { sessionId } = ownSession(actor);
  if (actor.locked !== undefined || (await lockToVisit(tx, sessionId, visit, until)) === 0) throw new CodedError('session_locked');
}

/** Whether the person whose session is locked has shown who he is a moment ago. In a locked session nothing else asks for it. */
export function provedAtLock(deps: { now(): Date }, tx: Tx, actor: Actor): Promise<boolean> {
  return shownSince(tx, ownSession(actor).sessionId, new Date(deps.now().getTime() - PROOF_MS));
}

/** What ends a lock. */
export interface AskedAtLock {
  password: boolean;
  code: boolean;
  /** There is neither: the provider that signed on who stands by asks again. */
  provider: boolean;
  /** Whether it has, since the visit began and a moment ago. */
  proved: boolean;
}

/** What ends a lock: the password, and a code where a role asks for a second factor or where there is no password; without either, the provider. */
export async function askedAtLock(deps: AccountsDeps, actor: Actor): Promise<AskedAtLock> {
  const { accountId, sessionId } = ownSession(actor);
  const password = await hasPassword(deps.db, accountId);
  const { enrolledAt, needed } = await secondFactorState(deps, actor);
  const code = enrolledAt !== null && (needed || !password);
  const provider = !password && !code && deps.signOn !== undefined && (await isSignOnSession(deps.db, sessionId));
  return { password, code, provider, proved: provider && (await provedByProvider(deps, sessionId)) };
}

async function provedByProvider(deps: AccountsDeps, sessionId: string): Promise<boolean> {
  const began = (await lockedSince(deps.db, sessionId))?.getTime();
  // later than the visit: what was shown at sign-on says nothing of who sits here now
  return began !== undefined && (await shownSince(deps.db, sessionId, new Date(Math.max(began + 1, deps.now().getTime() - PROOF_MS))));
}

/**
 * Shows that it is the person whose session is locked who ends it. Tries are counted as at sign-in, and on record.
 * @throws `forbidden` where there is nothing that could be shown: such a person signs out here and signs on anew
 */
export async function proveAtLock(deps: AccountsDeps, actor: Actor, shown: { password?: string | undefined; code?: string | undefined }): Promise<AskedAtLock> {
  const asked = await askedAtLock(deps, actor);
  if (asked.provider && !asked.proved) throw invalidField('provider', 'missing');
  if (asked.provider) return asked;
  if (!asked.password && !asked.code) throw new CodedError('forbidden', { detail: 'nothing that could be shown' });
  const { password = '', code = '' } = shown;
  if (asked.password && password === '') throw invalidField('password', 'missing');
  if (asked.code && code === '') throw invalidField('code', 'missing');
  if (asked.password) await reauthenticate(deps, actor, { password });
  if (asked.code) await showSecondFactor(deps, actor, { code });
  return asked;
}

/**
 * Opens a session anew for who has ended a visit in a locked one, with a cookie that the visitor never had. Not where no password
 * was shown: who comes from a provider signs on there.
 */
export async function reopenSession(
  deps: AccountsDeps,
  actor: Actor,
  proved: { password: boolean; code: boolean },
  origin: Origin,
): Promise<{ token: string } | undefined> {
  const { accountId, sessionId } = ownSession(actor);
  if (!proved.password) return undefined;
  const now = deps.now();
  const token = newSecret(deps, 'lantai_s_');
  const id = newId();
  return deps.db.tx(async (tx) => {
    const account = await lockAccount(tx, accountId);
    const before = await endedWithVisit(tx, sessionId);
    if (account?.state !== 'active' || before === undefined) return undefined;
    const expiresAt = new Date(now.getTime() + deps.limits.sessionHours * 3_600_000);
    await insertSession(tx, { id, tokenHash: hashSecret(token), accountId, device: before.device, deviceId: before.device_id, now, expiresAt });
    if (proved.code) await markFactorShown(tx, id, now);
    const next = sessionActor({ ...account, id, account_id: accountId, second_factor_at: proved.code ? now : null, shown_at: now }, origin);
    await deps.audit.append(tx, {
      actor: next,
      act: 'session.open',
      subject: { kind: 'session', id },
      decision: 'allow',
      facts: { account: accountId, after: sessionId, visit: actor.locked?.visit ?? null },
      side: { device: before.device },
    });
    return { token };
  });
}
