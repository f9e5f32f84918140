import { systemActor } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { check, CodedError } from '../../errors/index.js';
import type { AccountsDeps } from '../deps.js';
import { uuid } from '../fields.js';
import { withdrawAccountInvitations } from '../invitations/store.js';
import { hashPassword, matches } from '../passwords/hash.js';
import { checkPassword } from '../passwords/rules.js';
import { authorizePerson } from '../person-of.js';
import { endSessionsOf } from '../sessions/store.js';
import { hashName } from '../sign-in/sign-in.js';
import { forgetFailures, forgetOldFailures } from '../sign-in/store.js';
import { refuseLastAdministrator } from './create-person.js';
import { changePassword, lockAccountRow, setAccountState, sleepAccounts } from './store.js';

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

/** Lifts a lock-out before its time. */
export async function unlockAccount(deps: AccountsDeps, actor: Actor, input: { accountId: string }): Promise<void> {
  const { policy } = authorizePerson(deps, actor, 'account.manage');
  const id = check(uuid, input.accountId, 'accountId');
  await deps.db.tx(async (tx) => {
    const account = await lockAccountRow(tx, id);
    if (account === undefined) throw new CodedError('not_found');
    await forgetFailures(tx, hashName(deps, account.username));
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

/** Changes the own password; asks for the present one and ends every other session. */
export async function setPassword(deps: AccountsDeps, actor: Actor, input: { current: string; next: string }): Promise<void> {
  if (actor.kind !== 'person' || actor.accountId === null) throw new CodedError('unauthenticated');
  const id = actor.accountId;
  const before = await deps.db.tx((tx) => lockAccountRow(tx, id));
  if (before?.state !== 'active') throw new CodedError('unauthenticated');
  if (before.password_hash === null || !(await matches(before.password_hash, input.current))) {
    await deps.db.tx((tx) => deps.audit.append(tx, { actor, act: 'account.password', subject: { kind: 'account', id }, decision: 'deny' }));
    throw new CodedError('bad_credentials');
  }
  checkPassword(input.next, before.username, 'next');
  const hash = await hashPassword(input.next);
  await deps.db.tx(async (tx) => {
    const account = await lockAccountRow(tx, id);
    if (account?.state !== 'active' || account.password_hash !== before.password_hash) throw new CodedError('conflict');
    const now = deps.now();
    await changePassword(tx, id, hash, now);
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
