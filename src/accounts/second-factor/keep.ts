import { assertRecent, assertSecondFactor, needsSecondFactor } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { AccountsDeps } from '../deps.js';
import { lockAccountRow } from '../people/store.js';
import { makeRecoveryCodes, ownSession } from './factor.js';
import { endFactors, endRecoveryCodes, findLive, forgetFactorShown, recoveryCodesLeft } from './store.js';

export interface SecondFactorState {
  /** Whether one of the person's roles gives an act that asks for it. */
  needed: boolean;
  enrolledAt: Date | null;
  /** Recovery codes that were not used yet. */
  recoveryLeft: number;
  /** Whether it was shown in this session. */
  shown: boolean;
}

/** How the own account stands. */
export async function secondFactorState(deps: AccountsDeps, actor: Actor): Promise<SecondFactorState> {
  const { accountId } = ownSession(actor);
  const live = await findLive(deps.db, accountId);
  return {
    needed: needsSecondFactor(deps.policies.active(), actor.roles),
    enrolledAt: live?.confirmed_at ?? null,
    recoveryLeft: live ? await recoveryCodesLeft(deps.db, live.id) : 0,
    shown: actor.secondFactor,
  };
}

/** A fresh set of recovery codes, shown this once; the old ones are void. */
export async function renewRecoveryCodes(deps: AccountsDeps, actor: Actor): Promise<{ recoveryCodes: string[] }> {
  const { accountId } = ownSession(actor);
  assertSecondFactor(actor);
  assertRecent(deps, actor);
  return deps.db.tx(async (tx) => {
    await lockAccountRow(tx, accountId);
    const live = await findLive(tx, accountId);
    if (live === undefined) throw new CodedError('wrong_state');
    const voided = await endRecoveryCodes(tx, live.id, deps.now());
    const recoveryCodes = await makeRecoveryCodes(deps, tx, live.id);
    await deps.audit.append(tx, {
      actor,
      act: 'second_factor.renew_codes',
      subject: { kind: 'account', id: accountId },
      decision: 'allow',
      facts: { voided, codes: recoveryCodes.length },
    });
    return { recoveryCodes };
  });
}

/** Removes the own second factor. Refused as long as a role needs it: a new phone is enrolled in its place instead. */
export async function removeSecondFactor(deps: AccountsDeps, actor: Actor): Promise<void> {
  const { accountId } = ownSession(actor);
  assertSecondFactor(actor);
  assertRecent(deps, actor);
  if (needsSecondFactor(deps.policies.active(), actor.roles)) throw new CodedError('wrong_state', { detail: 'a role needs it' });
  await deps.db.tx(async (tx) => {
    await lockAccountRow(tx, accountId);
    if ((await endFactors(tx, accountId, 'removed', deps.now())) === 0) throw new CodedError('wrong_state');
    await forgetFactorShown(tx, accountId);
    await deps.audit.append(tx, { actor, act: 'second_factor.remove', subject: { kind: 'account', id: accountId }, decision: 'allow' });
  });
}
