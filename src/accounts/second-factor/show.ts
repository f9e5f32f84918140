import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { AccountsDeps } from '../deps.js';
import { matches } from '../passwords/hash.js';
import { lockAccountRow } from '../people/store.js';
import { countAttempt, countFailure, failureError, hashName } from '../sign-in/count.js';
import { forgetFailures } from '../sign-in/store.js';
import { failuresOf, ownSession, secretOf, wrongCode } from './factor.js';
import { foldRecoveryCode, hashRecoveryCode } from './recovery.js';
import { findLive, markFactorShown, markPasswordShown, recoveryCodesLeft, takeStep, useRecoveryCode, type FactorRow } from './store.js';
import { matchingStep } from './totp.js';

type Way = 'code' | 'recovery';

/** Uses up what was shown, in the transaction of the entry: a code or recovery code works once, whoever is faster. */
async function accept(deps: AccountsDeps, actor: Actor, factor: FactorRow, typed: string): Promise<{ recoveryLeft: number } | undefined> {
  const { accountId, sessionId } = ownSession(actor);
  const recovery = foldRecoveryCode(typed);
  const last = factor.last_step === null ? null : Number(factor.last_step);
  const step = recovery === undefined ? matchingStep(secretOf(deps, accountId, factor), typed.replace(/\s/g, ''), deps.now(), last) : undefined;
  if (recovery === undefined && step === undefined) return undefined;
  const way: Way = recovery === undefined ? 'code' : 'recovery';
  const used = new Error('used meanwhile');
  const take = deps.db.tx(async (tx) => {
    const now = deps.now();
    const taken =
      step === undefined ? await useRecoveryCode(tx, factor.id, hashRecoveryCode(deps, factor.id, typed), now) : await takeStep(tx, factor.id, step);
    if (taken === 0) throw used; // a transaction that changed nothing says nothing
    if ((await markFactorShown(tx, sessionId, now)) === 0) throw new CodedError('unauthenticated');
    await forgetFailures(tx, failuresOf(deps, accountId));
    const recoveryLeft = await recoveryCodesLeft(tx, factor.id);
    await deps.audit.append(tx, {
      actor,
      act: 'second_factor.show',
      subject: { kind: 'session', id: sessionId },
      decision: 'allow',
      facts: { account: accountId, way, recoveryLeft },
    });
    return { recoveryLeft };
  });
  return take.catch((error: unknown) => {
    if (error === used) return undefined;
    throw error;
  });
}

/**
 * Shows the second factor in this session: six digits of the app, or one of the recovery codes. Tries are counted before
 * they are looked at; five failures lock the second factor of the account as they would its password.
 */
export async function showSecondFactor(deps: AccountsDeps, actor: Actor, input: { code: string }): Promise<{ recoveryLeft: number }> {
  const { accountId, sessionId } = ownSession(actor);
  const factor = await findLive(deps.db, accountId);
  if (factor === undefined) throw new CodedError('wrong_state', { detail: 'no second factor is enrolled' });
  const nameHash = failuresOf(deps, accountId);
  const counted = await countAttempt(deps, nameHash);
  const shown = counted.allowed ? await accept(deps, actor, factor, input.code) : undefined;
  if (shown) return shown;
  const state = await deps.db.tx(async (tx) => {
    const { state, lockedNow } = counted.allowed ? await countFailure(deps, tx, nameHash) : { state: counted.state, lockedNow: false };
    await deps.audit.append(tx, {
      actor,
      act: 'second_factor.show',
      subject: { kind: 'session', id: sessionId },
      decision: 'deny',
      facts: { account: accountId, reason: counted.allowed ? 'wrong_code' : 'locked', lockedNow },
    });
    return state;
  });
  throw wrongCode(deps, state);
}

/** Shows the own password once more, for a dangerous act; wrong ones are counted like a sign-in. */
export async function reauthenticate(deps: AccountsDeps, actor: Actor, input: { password: string }): Promise<void> {
  const { accountId, sessionId } = ownSession(actor);
  const account = await deps.db.tx((tx) => lockAccountRow(tx, accountId));
  if (account?.state !== 'active') throw new CodedError('unauthenticated');
  const nameHash = hashName(deps, account.username);
  const counted = await countAttempt(deps, nameHash);
  const right = counted.allowed && account.password_hash !== null && (await matches(account.password_hash, input.password));
  const state = await deps.db.tx(async (tx) => {
    const subject = { kind: 'session', id: sessionId } as const;
    if (!right) {
      await deps.audit.append(tx, { actor, act: 'session.reauthenticate', subject, decision: 'deny', facts: { account: accountId } });
      return counted.allowed ? (await countFailure(deps, tx, nameHash)).state : counted.state;
    }
    if ((await markPasswordShown(tx, sessionId, deps.now())) === 0) throw new CodedError('unauthenticated');
    await forgetFailures(tx, nameHash);
    await deps.audit.append(tx, { actor, act: 'session.reauthenticate', subject, decision: 'allow', facts: { account: accountId } });
    return undefined;
  });
  if (state) throw failureError(deps, state);
}
