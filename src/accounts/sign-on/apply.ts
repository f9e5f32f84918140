import { announceChange, closeChange, isAdminRole, type Mapped, type PersonRole } from '../../access/index.js';
import { systemActor, type Actor } from '../../audit/index.js';
import { newId, type Tx } from '../../db/index.js';
import { isOpenDepartment } from '../people/store.js';
import { insertGrant, rolesOfPerson, takeGrant } from '../roles/store.js';
import type { SignOnDeps } from './deps.js';
import { isLive, moveDepartment, rolesOf, type HeldRole, type LinkedAccount } from './store.js';

interface Taking {
  tx: Tx;
  actor: Actor;
  account: Pick<LinkedAccount, 'id' | 'pseudonym'>;
  policy: string;
  now: Date;
}

async function give(deps: SignOnDeps, { tx, actor, account, policy, now }: Taking & { account: LinkedAccount }, role: PersonRole): Promise<void> {
  const state = (deps.policies.active().profile.confirm as readonly string[]).includes(role) ? 'proposed' : 'active';
  const id = newId();
  await insertGrant(tx, { id, accountId: account.id, personId: account.person_id, role, state, origin: 'sign_on', givenBy: null, now });
  const facts = { role, account: account.id, person: account.person_id };
  if (state === 'proposed') await announceChange(tx, { id, kind: 'role', facts, proposedBy: null, now });
  await deps.audit.append(tx, {
    actor,
    act: 'role.give',
    subject: { kind: 'role', id },
    decision: 'allow',
    policy,
    facts: { role, account: account.id, person: account.pseudonym, state, source: 'sign_on' },
  });
}

/** Takes a role that a group gave; it acts no longer from the next request on. */
export async function take(deps: Pick<SignOnDeps, 'audit'>, { tx, actor, account, policy, now }: Taking, held: HeldRole): Promise<void> {
  await takeGrant(tx, held.id, null, now);
  if (held.state === 'proposed') await closeChange(tx, held.id, now);
  const facts = { role: held.role, account: account.id, person: account.pseudonym, stateBefore: held.state, source: 'sign_on' };
  await deps.audit.append(tx, { actor, act: 'role.take', subject: { kind: 'role', id: held.id }, decision: 'allow', policy, facts });
}

/**
 * Brings an account's roles and department to what the provider's groups mean. What came from a group and is gone there is
 * taken; what somebody took back or refused does not come back by itself; roles given by hand are left alone.
 */
export async function applyMapped(deps: SignOnDeps, tx: Tx, account: LinkedAccount, mapped: Mapped): Promise<void> {
  const all = { tx, account, actor: systemActor('sign-on'), policy: deps.policies.active().version, now: deps.now() };
  const held = await rolesOf(tx, account.id);
  for (const one of held) if (isLive(one) && one.origin === 'sign_on' && !mapped.roles.includes(one.role as PersonRole)) await take(deps, all, one);
  const administers = (await rolesOfPerson(tx, account.person_id)).some(isAdminRole);
  for (const role of mapped.roles) {
    const before = held.filter((one) => one.role === role);
    if (administers || before.some(isLive) || before.some((one) => one.origin === 'sign_on' && one.by_hand)) continue;
    await give(deps, all, role);
  }
  const to = mapped.department;
  if (to === undefined || to === account.department) return;
  if (to !== null && !(await isOpenDepartment(tx, to))) return;
  await moveDepartment(tx, account.person_id, to);
  await deps.audit.append(tx, {
    actor: all.actor,
    act: 'person.change',
    subject: { kind: 'person', id: account.person_id },
    decision: 'allow',
    policy: all.policy,
    facts: { person: account.pseudonym, department: to, source: 'sign_on' },
  });
}
