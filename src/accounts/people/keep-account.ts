import { systemActor, type Actor } from '../../audit/index.js';
import { check, CodedError } from '../../errors/index.js';
import type { AccountsDeps } from '../deps.js';
import { uuid } from '../fields.js';
import { withdrawAccountInvitations } from '../invitations/store.js';
import { hashPassword, matches } from '../passwords/hash.js';
import { checkPassword } from '../passwords/rules.js';
import { authorizePerson } from '../person-of.js';
import { failuresOf } from '../second-factor/factor.js';
import { endSessionsOf } from '../sessions/store.js';
import { countAttempt, countFailure, failureError, hashName } from '../sign-in/count.js';
import { forgetFailures, forgetOldFailures } from '../sign-in/store.js';
import { refuseLastAdministrator } from './create-person.js';
import { accountsOf, changePassword, lockAccountRow, lockPerson, setAccountState, sleepAccounts } from './store.js';

/** Disables an account and ends its sessions. Nobody disables their own, nor the last of an administrator's kind. */
export async function disableAccount(deps: AccountsDeps, actor: Actor, input: { accountId: string }): Promise<void> {
  const { personId: by, policy } = authorizePerson(deps, actor, 'account.manage');
  const id = check(uuid, input.accountId, 'accountId');
  await deps.db.tx(async (tx) => {
    const account = await lockAccountRow(tx, id);
    if (account === undefined) throw new CodedError('not_found');
    if (account.person_id === by) throw new CodedError('same_person');
    if (account.state === 'disabled') throw new CodedError('wrong_state');
    const now = deps.now();
    await refuseLastAdministrator(tx, [id]);
    await setAccountState(tx, id, 'disabled');
    await withdrawAccountInvitations(tx, id, now);
    const ended = await endSessionsOf(tx, [id], 'disabled', now);
    await deps.audit.append(tx, {
      actor,
      act: 'account.disable',
      subject: { kind: 'account', id },
      decision: 'allow',
      policy,
      facts: { person: account.pseudonym, ended },
    });
  });
}

/** Ends every session of a person at once: a lost device, a suspicion. The accounts stay as they are. */
export async function signOutPerson(deps: AccountsDeps, actor: Actor, input: { personId: string }): Promise<number> {
  const { policy } = authorizePerson(deps, actor, 'account.manage');
  const id = check(uuid, input.personId, 'personId');
  return deps.db.tx(async (tx) => {
    const person = await lockPerson(tx, id);
    if (person === undefined) throw new CodedError('not_found');
    const ended = await endSessionsOf(tx, await accountsOf(tx, id), 'everywhere', deps.now());
    await deps.audit.append(tx, {
      actor,
      act: 'session.close_all',
      subject: { kind: 'person', id },
      decision: 'allow',
      policy,
      facts: { person: person.pseudonym, ended },
    });
    return ended;
  });
}

/** Lifts a lock-out before its time. */
export async function unlockAccount(deps: AccountsDeps, actor: Actor, input: { accountId: string }): Promise<void> {
  const { policy } = authorizePerson(deps, actor, 'account.manage');
  const id = check(uuid, input.accountId, 'accountId');
  await deps.db.tx(async (tx) => {
    const account = await lockAccountRow(tx, id);
    if (account === undefined) throw new CodedError('not_found');
    await forgetFailures(tx, hashName(deps, account.username));
    await forgetFailures(tx, failuresOf(deps, id));
    await deps.audit.append(tx, {
      actor,
      act: 'account.unlock',
      subject: { kind: 'account', id },
      decision: 'allow',
      policy,
      facts: { person: account.pseudonym },
    });
  });
}

/** Changes the own password; asks for the present one, counts wrong ones like a sign-in, and ends every other session. */
export async function setPassword(deps: AccountsDeps, actor: Actor, input: { current: string; next: string }): Promise<void> {
  if (actor.kind !== 'person' || actor.accountId === null) throw new CodedError('unauthenticated');
  const id = actor.accountId;
  const before = await deps.db.tx((tx) => lockAccountRow(tx, id));
  if (before?.state !== 'active') throw new CodedError('unauthenticated');
  checkPassword(input.next, before.username, 'next');
  const nameHash = hashName(deps, before.username);
  const counted = await countAttempt(deps, nameHash);
  if (!counted.allowed || before.password_hash === null || !(await matches(before.password_hash, input.current))) {
    const state = await deps.db.tx(async (tx) => {
      await deps.audit.append(tx, { actor, act: 'account.password', subject: { kind: 'account', id }, decision: 'deny' });
      return counted.allowed ? (await countFailure(deps, tx, nameHash)).state : counted.state;
    });
    throw failureError(deps, state);
  }
  const hash = await hashPassword(input.next);
  await deps.db.tx(async (tx) => {
    const account = await lockAccountRow(tx, id);
    if (account?.state !== 'active' || account.password_hash !== before.password_hash) throw new CodedError('conflict');
    const now = deps.now();
    await changePassword(tx, id, hash, now);
    await forgetFailures(tx, nameHash);
    const ended = await endSessionsOf(tx, [id], 'password', now, actor.sessionId);
    await deps.audit.append(tx, { actor, act: 'account.password', subject: { kind: 'account', id }, decision: 'allow', facts: { ended } });
  });
}

/** A job: accounts that nobody signed in to for so many days go to sleep; old failures are forgotten. Gives the number of sleepers. */
export async function disableSleepers(deps: AccountsDeps, input: { requestId: string }): Promise<number> {
  const now = deps.now();
  const before = new Date(now.getTime() - deps.limits.accountSleepDays * 86_400_000);
  await forgetOldFailures(deps.db, new Date(now.getTime() - 2 * 86_400_000));
  return deps.db.tx(async (tx) => {
    const sleepers = await sleepAccounts(tx, before);
    await endSessionsOf(
      tx,
      sleepers.map((one) => one.id),
      'sleeping',
      now,
    );
    for (const { id, pseudonym } of sleepers) {
      await deps.audit.append(tx, {
        actor: systemActor(input.requestId),
        act: 'account.sleep',
        subject: { kind: 'account', id },
        decision: 'allow',
        facts: { person: pseudonym },
      });
    }
    if (sleepers.length === 0)
      await deps.audit.append(tx, {
        actor: systemActor(input.requestId),
        act: 'account.sleep',
        subject: { kind: 'job', id: 'disable-sleepers' },
        decision: 'allow',
        facts: { accounts: 0 },
      });
    return sleepers.length;
  });
}
