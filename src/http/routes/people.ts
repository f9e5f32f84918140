import { z } from 'zod';
import { accessMatrix } from '../../access/index.js';
import type { PersonView } from '../../accounts/index.js';
import type { HttpDeps } from '../deps.js';
import { defineRoute, idParams, type Route } from '../route.js';

const account = z.object({
  id: z.uuid(),
  username: z.string(),
  state: z.string(),
  lastSignInAt: z.string().nullable(),
  roles: z.array(z.object({ grantId: z.uuid(), role: z.string(), state: z.string() })),
});
const person = z.object({
  id: z.uuid(),
  pseudonym: z.string(),
  name: z.string(),
  department: z.string().nullable(),
  leftAt: z.string().nullable(),
  accounts: z.array(account),
});
const invited = z.object({ accountId: z.uuid(), invitationId: z.uuid(), secret: z.string(), expiresAt: z.string(), needsSecond: z.boolean() });

const text = (max: number) => z.string().max(max, 'too_long');

export function peopleRoutes(deps: HttpDeps): Route[] {
  const { accounts } = deps;
  const show = (value: { expiresAt: Date; accountId: string; invitationId: string; secret: string; needsSecond: boolean }) => ({
    ...value,
    expiresAt: value.expiresAt.toISOString(),
  });
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/people',
      name: 'listPeople',
      tag: 'people',
      guard: 'person.view',
      kind: 'api',
      query: z.strictObject({ text: text(100).optional(), department: text(40).optional(), role: text(40).optional(), after: text(400).optional() }),
      responses: { 200: z.object({ items: z.array(person), next: z.string().nullable() }) },
      async handler(ctx, { query }) {
        const found = await accounts.listPeople(ctx.actor, query as Parameters<typeof accounts.listPeople>[1]);
        return { json: { items: found.items.map(personOf), next: found.next } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/people/:id',
      name: 'viewPerson',
      tag: 'people',
      guard: 'person.view',
      kind: 'api',
      params: idParams,
      responses: { 200: person },
      handler: async (ctx, { params }) => ({ json: personOf(await accounts.viewPerson(ctx.actor, { personId: params.id })) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/people',
      name: 'createPerson',
      tag: 'people',
      guard: 'person.manage',
      kind: 'api',
      body: z.strictObject({ name: text(100), department: text(40).nullable() }),
      responses: { 201: z.object({ personId: z.uuid() }) },
      handler: async (ctx, { body }) => ({ status: 201, json: await accounts.createPerson(ctx.actor, body) }),
    }),
    defineRoute({
      method: 'put',
      path: '/api/v1/people/:id',
      name: 'changePerson',
      tag: 'people',
      guard: 'person.manage',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ name: text(100), department: text(40).nullable() }),
      async handler(ctx, { params, body }) {
        await accounts.changePerson(ctx.actor, { personId: params.id, ...body });
        return {};
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/people/:id/leave',
      name: 'personLeaves',
      tag: 'people',
      guard: 'person.manage',
      kind: 'api',
      params: idParams,
      bodyKind: 'none',
      async handler(ctx, { params }) {
        await accounts.personLeaves(ctx.actor, { personId: params.id });
        return {};
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/accounts',
      name: 'createAccount',
      tag: 'people',
      summary: 'Make an account for a person; answers a one-time invitation, shown this once.',
      guard: 'account.manage',
      kind: 'api',
      body: z.strictObject({ personId: z.uuid('invalid'), username: text(100) }),
      responses: { 201: invited },
      handler: async (ctx, { body }) => ({ status: 201, json: show(await accounts.createAccount(ctx.actor, body)) }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/accounts/:id/invite',
      name: 'inviteAgain',
      tag: 'people',
      guard: 'account.manage',
      kind: 'api',
      params: idParams,
      bodyKind: 'none',
      responses: { 201: invited },
      handler: async (ctx, { params }) => ({ status: 201, json: show(await accounts.inviteAgain(ctx.actor, { accountId: params.id })) }),
    }),
    ...(['disable', 'unlock'] as const).map((act) =>
      defineRoute({
        method: 'post',
        path: `/api/v1/accounts/:id/${act}`,
        name: `${act}Account`,
        tag: 'people',
        guard: 'account.manage',
        kind: 'api',
        params: idParams,
        bodyKind: 'none',
        async handler(ctx, { params }) {
          await (act === 'disable' ? accounts.disableAccount : accounts.unlockAccount)(ctx.actor, { accountId: params.id });
          return {};
        },
      }),
    ),
    defineRoute({
      method: 'post',
      path: '/api/v1/accounts/:id/roles',
      name: 'giveRole',
      tag: 'people',
      summary: 'Give a role; it acts only after the audit administrator has seen it and a second person has confirmed it.',
      guard: 'role.give',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ role: text(40) }),
      responses: { 201: z.object({ grantId: z.uuid(), state: z.enum(['proposed']) }) },
      handler: async (ctx, { params, body }) => ({
        status: 201,
        json: await accounts.giveRole(ctx.actor, { accountId: params.id, role: body.role } as Parameters<typeof accounts.giveRole>[1]),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/role-grants/:id/decide',
      name: 'confirmRole',
      tag: 'people',
      guard: 'role.confirm',
      kind: 'api',
      params: idParams,
      body: z.strictObject({ agree: z.boolean() }),
      async handler(ctx, { params, body }) {
        await accounts.confirmRole(ctx.actor, { grantId: params.id, agree: body.agree });
        return {};
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/role-grants/:id',
      name: 'takeRole',
      tag: 'people',
      guard: 'role.give',
      kind: 'api',
      params: idParams,
      bodyKind: 'none',
      async handler(ctx, { params }) {
        await accounts.takeRole(ctx.actor, { grantId: params.id });
        return {};
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/invitations/:id/confirm',
      name: 'confirmInvitation',
      tag: 'people',
      summary: 'A second person agrees to a new password for somebody with a role of weight.',
      guard: 'role.confirm',
      kind: 'api',
      params: idParams,
      bodyKind: 'none',
      async handler(ctx, { params }) {
        await accounts.confirmInvitation(ctx.actor, { invitationId: params.id });
        return {};
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/departments',
      name: 'createDepartment',
      tag: 'people',
      guard: 'department.manage',
      kind: 'api',
      body: z.strictObject({ code: text(40), nameZh: text(100), nameEn: text(100), isArchive: z.boolean().default(false) }),
      async handler(ctx, { body }) {
        const { code, nameZh, nameEn, isArchive } = body;
        await accounts.createDepartment(ctx.actor, { code, names: { zh: nameZh, en: nameEn }, isArchive });
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/departments',
      name: 'listDepartments',
      tag: 'people',
      guard: 'signed-in',
      kind: 'api',
      responses: { 200: z.object({ items: z.array(z.object({ code: z.string(), nameZh: z.string(), nameEn: z.string(), isArchive: z.boolean() })) }) },
      async handler(ctx) {
        const list = await accounts.listDepartments(ctx.actor);
        return { json: { items: list.map((one) => ({ code: one.code, nameZh: one.names.zh, nameEn: one.names.en, isArchive: one.isArchive })) } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/tokens',
      name: 'listTokens',
      tag: 'people',
      guard: 'token.manage',
      kind: 'api',
      responses: { 200: z.object({ items: z.array(z.object({ id: z.uuid(), name: z.string(), scopes: z.array(z.string()), expiresAt: z.string() })) }) },
      async handler(ctx) {
        const list = await accounts.listTokens(ctx.actor);
        return { json: { items: list.map((one) => ({ id: one.tokenId, name: one.name, scopes: [...one.scopes], expiresAt: one.expiresAt.toISOString() })) } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/tokens',
      name: 'issueToken',
      tag: 'people',
      summary: 'Issue a scoped, expiring token to a machine; its secret is shown this once.',
      guard: 'token.manage',
      kind: 'api',
      body: z.strictObject({
        name: text(100),
        scopes: z.array(text(40)).min(1, 'missing').max(10, 'too_long'),
        department: text(40).nullable().default(null),
        days: z.int().min(1).max(366),
      }),
      responses: { 201: z.object({ tokenId: z.uuid(), secret: z.string(), expiresAt: z.string() }) },
      async handler(ctx, { body }) {
        const issued = await accounts.issueToken(ctx.actor, body as Parameters<typeof accounts.issueToken>[1]);
        return { status: 201, json: { ...issued, expiresAt: issued.expiresAt.toISOString() } };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/tokens/:id',
      name: 'revokeToken',
      tag: 'people',
      guard: 'token.manage',
      kind: 'api',
      params: idParams,
      bodyKind: 'none',
      async handler(ctx, { params }) {
        await accounts.revokeToken(ctx.actor, { tokenId: params.id });
        return {};
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/access-matrix',
      name: 'viewAccessMatrix',
      tag: 'people',
      summary: 'Which role may do which act on which records, from the policies that act now.',
      guard: 'policy.view',
      kind: 'api',
      responses: { 200: z.object({ version: z.string(), matrix: z.unknown() }) },
      handler: async () => ({ json: { version: deps.access.version(), matrix: accessMatrix(deps.policies.active()) } }),
    }),
  ];
}

function personOf(one: PersonView) {
  return {
    id: one.personId,
    pseudonym: one.pseudonym,
    name: one.name,
    department: one.department,
    leftAt: one.leftAt?.toISOString() ?? null,
    accounts: one.accounts.map((each) => ({
      id: each.accountId,
      username: each.username,
      state: each.state,
      lastSignInAt: each.lastSignInAt?.toISOString() ?? null,
      roles: each.grants.map((role) => ({ ...role })),
    })),
  };
}
