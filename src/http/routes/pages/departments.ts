import { z } from 'zod';
import { departmentsPage, paths, type DepartmentsModel } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, type Reply, type RequestContext, type Route } from '../../route.js';
import { actAt, notTyped, refusedAt, standingAt } from './acts.js';
import { attempt, formBody, refusedForm, textOf, type Form } from './common.js';
import { placesOf } from './people.js';

const codeParams = z.strictObject({ code: z.string().max(40, 'too_long') });

async function show(deps: HttpDeps, ctx: RequestContext, refused: DepartmentsModel['refused'] = null): Promise<Reply> {
  const list = await deps.accounts.listDepartments(ctx.actor);
  const model: DepartmentsModel = {
    places: placesOf(deps, ctx),
    rows: list.map((one) => ({ code: one.code, nameZh: one.names.zh, nameEn: one.names.en, isArchive: one.isArchive, closed: one.closedAt !== null })),
    mayManage: deps.access.mayEver(ctx.actor, 'department.manage'),
    refused,
  };
  return page(deps, standingAt(ctx, paths.departments), departmentsPage, model, { status: refused ? 422 : 200 });
}

const fieldsOf = (code: string, body: Form) => ({
  code,
  names: { zh: textOf(body, 'nameZh'), en: textOf(body, 'nameEn') },
  isArchive: textOf(body, 'isArchive') === 'yes',
});

async function save(deps: HttpDeps, ctx: RequestContext, at: string, body: Form, done: string, act: () => Promise<void>): Promise<Reply> {
  const tried = await attempt(act);
  if ('done' in tried) return redirectWith(paths.departments, { kind: 'good', code: done });
  if (tried.refused.fields.length === 0) return refusedAt(paths.departments, tried.refused);
  return show(deps, ctx, { at, form: refusedForm(body, tried.refused, { 'names.zh': 'nameZh', 'names.en': 'nameEn' }) });
}

/** Departments: records and rights go by their codes. */
export function departmentPages(deps: HttpDeps): Route[] {
  const { accounts } = deps;
  return [
    definePage({ method: 'get', path: paths.departments, name: 'departmentsPage', guard: 'person.view', handler: (ctx) => show(deps, ctx) }),
    definePage({
      method: 'post',
      path: paths.departments,
      name: 'createDepartmentForm',
      guard: 'department.manage',
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { body }) =>
        save(deps, ctx, 'new', body, 'department_created', () => accounts.createDepartment(ctx.actor, fieldsOf(textOf(body, 'code'), body))),
    }),
    definePage({
      method: 'post',
      path: `${paths.departments}/:code/change`,
      name: 'changeDepartmentForm',
      guard: 'department.manage',
      params: codeParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params, body }) =>
        save(deps, ctx, `change:${params.code}`, body, 'department_changed', () => accounts.changeDepartment(ctx.actor, fieldsOf(params.code, body))),
    }),
    definePage({
      method: 'post',
      path: `${paths.departments}/:code/close`,
      name: 'closeDepartmentForm',
      guard: 'department.manage',
      params: codeParams,
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { params, body }) {
        const form = notTyped(body, params.code);
        if (form) return show(deps, ctx, { at: `close:${params.code}`, form });
        return actAt(paths.departments, 'department_closed', () => accounts.closeDepartment(ctx.actor, { code: params.code }));
      },
    }),
  ];
}
