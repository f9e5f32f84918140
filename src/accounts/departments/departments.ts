import { z } from 'zod';
import type { Actor } from '../../audit/index.js';
import { check, CodedError, invalidField } from '../../errors/index.js';
import type { AccountsDeps } from '../deps.js';
import { departmentCode, displayName } from '../fields.js';
import { authorizePerson } from '../person-of.js';
import { closeDepartmentRow, insertDepartment, listDepartmentRows, personsIn, updateDepartment, type Department } from './store.js';

const department = z.strictObject({ code: departmentCode, names: z.strictObject({ zh: displayName, en: displayName }), isArchive: z.boolean().default(false) });
export type DepartmentInput = z.input<typeof department>;

/** Departments by code, open ones first. Everybody who is signed in may know them: records and rules name them. */
export async function listDepartments(deps: AccountsDeps, actor: Actor): Promise<Department[]> {
  if (actor.kind === 'nobody') throw new CodedError('unauthenticated');
  return listDepartmentRows(deps.db);
}

/** Makes a department. Its code stands in records and never changes. */
export async function createDepartment(deps: AccountsDeps, actor: Actor, input: DepartmentInput): Promise<void> {
  const { policy } = authorizePerson(deps, actor, 'department.manage');
  const fields = check(department, input);
  await deps.db.tx(async (tx) => {
    if ((await insertDepartment(tx, { ...fields, now: deps.now() })) === 0) throw invalidField('code', 'taken');
    await deps.audit.append(tx, {
      actor,
      act: 'department.create',
      subject: { kind: 'department', id: fields.code },
      decision: 'allow',
      policy,
      facts: { isArchive: fields.isArchive },
    });
  });
}

/** Renames a department, or says whether it is the archive. */
export async function changeDepartment(deps: AccountsDeps, actor: Actor, input: DepartmentInput): Promise<void> {
  const { policy } = authorizePerson(deps, actor, 'department.manage');
  const fields = check(department, input);
  await deps.db.tx(async (tx) => {
    if ((await updateDepartment(tx, fields)) === 0) throw new CodedError('not_found');
    await deps.audit.append(tx, {
      actor,
      act: 'department.change',
      subject: { kind: 'department', id: fields.code },
      decision: 'allow',
      policy,
      facts: { isArchive: fields.isArchive },
    });
  });
}

/** Closes a department that nobody belongs to any more. Its records keep its code. */
export async function closeDepartment(deps: AccountsDeps, actor: Actor, input: { code: string }): Promise<void> {
  const { policy } = authorizePerson(deps, actor, 'department.manage');
  const code = check(departmentCode, input.code, 'code');
  await deps.db.tx(async (tx) => {
    if ((await closeDepartmentRow(tx, code, deps.now())) === 0) throw new CodedError('not_found');
    if ((await personsIn(tx, code)) > 0) throw new CodedError('conflict');
    await deps.audit.append(tx, { actor, act: 'department.close', subject: { kind: 'department', id: code }, decision: 'allow', policy });
  });
}
