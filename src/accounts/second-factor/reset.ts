import type { Actor } from '../../audit/index.js';
import { assertRecent } from '../../access/index.js';
import { constraintOf, newId } from '../../db/index.js';
import { check, CodedError } from '../../errors/index.js';
import type { AccountsDeps } from '../deps.js';
import { uuid } from '../fields.js';
import { lockAccountRow } from '../people/store.js';
import { authorizePerson } from '../person-of.js';
import { endSessionsOf } from '../sessions/store.js';
import { forgetFailures } from '../sign-in/store.js';
import { failuresOf } from './factor.js';
import { decideResetRow, endFactors, findLive, insertReset, lockReset, waitingResets, type WaitingReset } from './store.js';

/** The database refuses the same things; what a race let through comes back as the same error. */
function coded(error: unknown): unknown {
  switch (constraintOf(error)) {
    case 'nobody_resets_himself':
    case 'second_person_resets':
      return new CodedError('same_person');
    case 'second_factor_resets_waiting':
      return new CodedError('conflict');
    default:
      return error;
  }
}

/** Proposes to take the second factor from somebody who lost phone and recovery codes. It acts only once a second person agrees. */
export async function proposeReset(deps: AccountsDeps, actor: Actor, input: { accountId: string }): Promise<{ resetId: string }> {
  const { personId: by, policy } = authorizePerson(deps, actor, 'account.manage');
  assertRecent(deps, actor);
  const accountId = check(uuid, input.accountId, 'accountId');
  const resetId = newId();
  try {
    await deps.db.tx(async (tx) => {
      const account = await lockAccountRow(tx, accountId);
      if (account === undefined) throw new CodedError('not_found');
      if (account.person_id === by) throw new CodedError('same_person');
      if ((await findLive(tx, accountId)) === undefined) throw new CodedError('wrong_state');
      await insertReset(tx, { id: resetId, accountId, personId: account.person_id, by, now: deps.now() });
      await deps.audit.append(tx, {
        actor,
        act: 'second_factor.propose_reset',
        subject: { kind: 'account', id: accountId },
        decision: 'allow',
        policy,
        facts: { person: account.pseudonym, reset: resetId },
      });
    });
  } catch (error) {
    throw coded(error);
  }
  return { resetId };
}

/** The second person's word. Agreed: the factor is gone, every session of the account ends, and the next sign-in leads to enrolment. */
export async function decideReset(deps: AccountsDeps, actor: Actor, input: { resetId: string; agree: boolean }): Promise<void> {
  const { personId: by, policy } = authorizePerson(deps, actor, 'role.confirm');
  assertRecent(deps, actor);
  const resetId = check(uuid, input.resetId, 'resetId');
  try {
    await deps.db.tx(async (tx) => {
      const row = await lockReset(tx, resetId);
      if (row === undefined) throw new CodedError('not_found');
      if (row.state !== 'proposed') throw new CodedError('wrong_state');
      if (row.proposed_by === by || row.person_id === by) throw new CodedError('same_person');
      await lockAccountRow(tx, row.account_id);
      const now = deps.now();
      await decideResetRow(tx, resetId, input.agree ? 'done' : 'refused', by, now);
      let ended = 0;
      if (input.agree) {
        await endFactors(tx, row.account_id, 'abandoned', now);
        await endFactors(tx, row.account_id, 'reset', now, resetId);
        await forgetFailures(tx, failuresOf(deps, row.account_id));
        ended = await endSessionsOf(tx, [row.account_id], 'everywhere', now);
      }
      await deps.audit.append(tx, {
        actor,
        act: input.agree ? 'second_factor.reset' : 'second_factor.refuse_reset',
        subject: { kind: 'account', id: row.account_id },
        decision: 'allow',
        policy,
        facts: { person: row.pseudonym, reset: resetId, ended },
      });
    });
  } catch (error) {
    throw coded(error);
  }
}

/** Resets that wait for a second person. */
export async function listWaitingResets(deps: AccountsDeps, actor: Actor): Promise<WaitingReset[]> {
  authorizePerson(deps, actor, 'role.confirm');
  return waitingResets(deps.db, 200);
}
