import { z } from 'zod';
import {
  announceChange,
  assertSeen,
  closeChange,
  mayHoldBoth,
  missingHolders,
  notSeen,
  PERSON_ROLES,
  smallestStaffing,
  unfilledDuties,
  type PersonRole,
  type Staffing,
} from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { constraintOf, newId, type Tx } from '../../db/index.js';
import { check, CodedError } from '../../errors/index.js';
import type { AccountsDeps } from '../deps.js';
import { uuid } from '../fields.js';
import { lockAccountRow } from '../people/store.js';
import { refuseLastAdministrator } from '../people/create-person.js';
import { authorizePerson } from '../person-of.js';
import { decideGrant, insertGrant, lockGrant, rolesOfPerson, staffed, takeGrant, waitingGrants, type GrantRow, type WaitingGrant } from './store.js';

const grant = z.strictObject({ accountId: uuid, role: z.enum(PERSON_ROLES as readonly [PersonRole, ...PersonRole[]]) });

/** The database refuses the same things; what a race let through comes back as the same error. */
function coded(error: unknown): unknown {
  switch (constraintOf(error)) {
    case 'administrators_are_exclusive':
      return new CodedError('role_exclusive');
    case 'nobody_gives_himself':
    case 'second_person_decides':
      return new CodedError('same_person');
    case 'role_grants_once':
      return new CodedError('conflict');
    default:
      return notSeen(error) ?? error;
  }
}

/**
 * Gives a role to an account. It waits: the audit administrator sees it first, then a second person agrees; it acts only then.
 * @throws `same_person` for oneself, `role_exclusive` beside or against an administrator's role of the same person
 */
export async function giveRole(deps: AccountsDeps, actor: Actor, input: z.input<typeof grant>): Promise<{ grantId: string; state: 'proposed' }> {
  const { personId: by, policy } = authorizePerson(deps, actor, 'role.give');
  const { accountId, role } = check(grant, input);
  const state = 'proposed';
  const grantId = newId();
  try {
    await deps.db.tx(async (tx) => {
      const account = await lockAccountRow(tx, accountId);
      if (account === undefined) throw new CodedError('not_found');
      if (account.state === 'disabled') throw new CodedError('wrong_state');
      if (account.person_id === by) throw new CodedError('same_person');
      const held = await rolesOfPerson(tx, account.person_id);
      if (!held.every((other) => mayHoldBoth(role, other))) throw new CodedError('role_exclusive');
      const now = deps.now();
      await insertGrant(tx, { id: grantId, accountId, personId: account.person_id, role, state, origin: 'given', givenBy: by, now });
      await announceChange(tx, { id: grantId, kind: 'role', facts: { role, account: accountId, person: account.person_id }, proposedBy: by, now });
      await deps.audit.append(tx, {
        actor,
        act: 'role.give',
        subject: { kind: 'role', id: grantId },
        decision: 'allow',
        policy,
        facts: { role, account: accountId, person: account.pseudonym, state },
      });
    });
  } catch (error) {
    throw coded(error);
  }
  return { grantId, state };
}

async function lockProposed(tx: Tx, grantId: string, by: string): Promise<GrantRow> {
  const row = await lockGrant(tx, grantId);
  if (row === undefined) throw new CodedError('not_found');
  if (row.state !== 'proposed') throw new CodedError('wrong_state');
  if (row.given_by === by || row.person_id === by) throw new CodedError('same_person');
  return row;
}

/**
 * The second person's word on a role that was given: it acts from now on, or never.
 * @throws `not_seen_yet` until the audit administrator has seen it; refusing needs no such wait
 */
export async function confirmRole(deps: AccountsDeps, actor: Actor, input: { grantId: string; agree?: boolean }): Promise<void> {
  const { personId: by, policy } = authorizePerson(deps, actor, 'role.confirm');
  const grantId = check(uuid, input.grantId, 'grantId');
  const state = (input.agree ?? true) ? 'active' : 'refused';
  try {
    await deps.db.tx(async (tx) => {
      const row = await lockProposed(tx, grantId, by);
      if (state === 'active') await assertSeen(tx, grantId);
      else await closeChange(tx, grantId, deps.now());
      await decideGrant(tx, grantId, state, by, deps.now());
      const facts = { role: row.role, account: row.account_id, person: row.pseudonym };
      await deps.audit.append(tx, {
        actor,
        act: state === 'active' ? 'role.confirm' : 'role.refuse',
        subject: { kind: 'role', id: grantId },
        decision: 'allow',
        policy,
        facts,
      });
    });
  } catch (error) {
    throw coded(error);
  }
}

/** Takes a role back; it acts no longer from the next request on. The last of an administrator's kind stays. */
export async function takeRole(deps: AccountsDeps, actor: Actor, input: { grantId: string }): Promise<void> {
  const { personId: by, policy } = authorizePerson(deps, actor, 'role.give');
  const grantId = check(uuid, input.grantId, 'grantId');
  await deps.db.tx(async (tx) => {
    const row = await lockGrant(tx, grantId);
    if (row === undefined) throw new CodedError('not_found');
    if (row.state !== 'active' && row.state !== 'proposed') throw new CodedError('wrong_state');
    if (row.state === 'active') await refuseLastAdministrator(tx, [row.account_id]);
    await takeGrant(tx, grantId, by, deps.now());
    if (row.state === 'proposed') await closeChange(tx, grantId, deps.now());
    const facts = { role: row.role, account: row.account_id, person: row.pseudonym, stateBefore: row.state };
    await deps.audit.append(tx, { actor, act: 'role.take', subject: { kind: 'role', id: grantId }, decision: 'allow', policy, facts });
  });
}

/** What waits for a second person. */
export async function listWaitingRoles(deps: AccountsDeps, actor: Actor): Promise<WaitingGrant[]> {
  authorizePerson(deps, actor, 'role.confirm');
  return waitingGrants(deps.db, 200);
}

/** The smallest staffing of the profile in force, and what is missing for it now: duties without a person, roles without a holder. */
export async function staffing(deps: AccountsDeps, actor: Actor): Promise<Staffing & { missing: Staffing['duties']; missingRoles: Staffing['holders'] }> {
  authorizePerson(deps, actor, 'person.view');
  const { profile } = deps.policies.active();
  const people = await staffed(deps.db);
  return { ...smallestStaffing(profile), missing: unfilledDuties(profile, people), missingRoles: missingHolders(profile, people) };
}
