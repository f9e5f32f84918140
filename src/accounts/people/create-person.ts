import { z } from 'zod';
import type { Actor } from '../../audit/index.js';
import { newId, type Tx } from '../../db/index.js';
import { check, CodedError, invalidField } from '../../errors/index.js';
import type { AccountsDeps } from '../deps.js';
import { departmentCode, displayName, uuid } from '../fields.js';
import { authorizePerson } from '../person-of.js';
import { newPseudonym } from '../secrets.js';
import { endSessionsOf } from '../sessions/store.js';
import { insertPerson, isOpenDepartment, lastAdministratorRoles, leavePerson, lockPerson, updatePerson } from './store.js';

export const newPerson = z.strictObject({ name: displayName, department: departmentCode.nullable() });
export type NewPersonInput = z.input<typeof newPerson>;

async function mustBeOpen(tx: Tx, department: string | null): Promise<void> {
  if (department !== null && !(await isOpenDepartment(tx, department))) throw invalidField('department', 'unknown_department');
}

/** Makes a person. A person is not an account: rules of "different persons" compare persons. */
export async function createPerson(deps: AccountsDeps, actor: Actor, input: NewPersonInput): Promise<{ personId: string }> {
  const { policy } = authorizePerson(deps, actor, 'person.manage');
  const { name, department } = check(newPerson, input);
  const person = { id: newId(), pseudonym: newPseudonym(deps, 'p'), name, department, now: deps.now() };
  await deps.db.tx(async (tx) => {
    await mustBeOpen(tx, department);
    await insertPerson(tx, person);
    await deps.audit.append(tx, {
      actor,
      act: 'person.create',
      subject: { kind: 'person', id: person.id },
      decision: 'allow',
      policy,
      facts: { person: person.pseudonym, department },
    });
  });
  return { personId: person.id };
}

const change = newPerson.extend({ personId: uuid });

/** Changes name or department. What somebody may read follows from the department at once. */
export async function changePerson(deps: AccountsDeps, actor: Actor, input: z.input<typeof change>): Promise<void> {
  const { personId: by, policy } = authorizePerson(deps, actor, 'person.manage');
  const { personId, name, department } = check(change, input);
  await deps.db.tx(async (tx) => {
    const before = await lockPerson(tx, personId);
    if (before === undefined) throw new CodedError('not_found');
    if (before.left_at !== null) throw new CodedError('wrong_state');
    if (before.department !== department && personId === by) throw new CodedError('same_person'); // a department is a right to read
    await mustBeOpen(tx, department);
    await updatePerson(tx, { id: personId, name, department });
    const facts = { person: before.pseudonym, departmentBefore: before.department, department, renamed: before.display_name !== name };
    await deps.audit.append(tx, { actor, act: 'person.change', subject: { kind: 'person', id: personId }, decision: 'allow', policy, facts });
  });
}

/** Someone has left: every account is disabled and every session ends. The last of an administrator's kind cannot leave. */
export async function personLeaves(deps: AccountsDeps, actor: Actor, input: { personId: string }): Promise<void> {
  const { personId: by, policy } = authorizePerson(deps, actor, 'person.manage');
  const personId = check(uuid, input.personId, 'personId');
  if (personId === by) throw new CodedError('same_person');
  await deps.db.tx(async (tx) => {
    const before = await lockPerson(tx, personId);
    if (before === undefined) throw new CodedError('not_found');
    if (before.left_at !== null) throw new CodedError('wrong_state');
    const now = deps.now();
    const accounts = await leavePerson(tx, personId, now);
    await refuseLastAdministrator(tx, accounts);
    await endSessionsOf(tx, accounts, 'disabled', now);
    await deps.audit.append(tx, {
      actor,
      act: 'person.leave',
      subject: { kind: 'person', id: personId },
      decision: 'allow',
      policy,
      facts: { person: before.pseudonym, accounts },
    });
  });
}

/** Throws `conflict` when an administrator's role would be left without anybody who can act in it. */
export async function refuseLastAdministrator(tx: Tx, accountIds: readonly string[]): Promise<void> {
  const roles = await lastAdministratorRoles(tx, accountIds);
  if (roles.length > 0) throw new CodedError('conflict', { detail: `nobody else is ${roles.join(', ')}` });
}
