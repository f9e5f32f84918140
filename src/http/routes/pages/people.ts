import { z } from 'zod';
import { accessMatrix, PERSON_ROLES, type PersonRole } from '../../../access/index.js';
import type { AccountView, PersonView } from '../../../accounts/index.js';
import { CodedError } from '../../../errors/index.js';
import { phrasesFor } from '../../../phrases/index.js';
import {
  EMPTY_FORM,
  matrixPage,
  paths,
  peoplePage,
  personPage,
  type AccountState,
  type FormState,
  type PeopleModel,
  type PersonModel,
} from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { attempt, departmentsOf, formBody, linkTo, optional, pagingOf, refusedForm, textOf, type Form } from './common.js';

const STATES: Record<AccountView['state'], AccountState> = { invited: 'invited', active: 'active', sleeping: 'asleep', disabled: 'disabled' };
const search = z.strictObject({
  name: z.string().max(100, 'too_long').optional(),
  role: z.string().max(40).optional(),
  state: z.string().max(40).optional(),
  after: z.string().max(400).optional(),
});

function rowOf(one: PersonView, department: (code: string) => string): PeopleModel['rows'][number] {
  const grants = one.accounts.flatMap((account) => account.grants);
  const seen = one.accounts.flatMap((account) => (account.lastSignInAt === null ? [] : [account.lastSignInAt.getTime()]));
  return {
    id: one.personId,
    name: one.name,
    department: one.department === null ? '' : department(one.department),
    accounts: one.accounts.map((account) => account.username),
    roles: grants.map((grant) => ({ role: grant.role, confirmed: grant.state === 'active' })),
    lastSeenAt: seen.length === 0 ? null : new Date(Math.max(...seen)).toISOString(),
    state: one.leftAt !== null ? 'disabled' : STATES[one.accounts.find((account) => account.state === 'active')?.state ?? one.accounts[0]?.state ?? 'disabled'],
  };
}

async function peopleModel(deps: HttpDeps, ctx: RequestContext, query: z.infer<typeof search>, form: FormState): Promise<PeopleModel> {
  const states: Record<string, string> = { asleep: 'sleeping' };
  const found = await deps.accounts.listPeople(ctx.actor, {
    ...optional('text', query.name ?? ''),
    ...optional('role', query.role ?? ''),
    ...optional('state', states[query.state ?? ''] ?? query.state ?? ''),
    ...optional('after', query.after ?? ''),
  } as Parameters<typeof deps.accounts.listPeople>[1]);
  const departments = await departmentsOf(deps, ctx);
  const { pages, access } = phrasesFor(ctx.lang);
  const words = {
    name: query.name ?? '',
    role: (access.roles as Record<string, string>)[query.role ?? ''] ?? '',
    state: (pages.people.states as Record<string, string>)[query.state ?? ''] ?? '',
  };
  return {
    rows: found.items.map((one) => rowOf(one, departments.name)),
    paging: pagingOf(paths.people, query, found.items.length, found.next),
    chips: (['name', 'role', 'state'] as const)
      .filter((name) => query[name] !== undefined)
      .map((name) => ({
        label: pages.people.filters[name],
        value: words[name],
        remove: linkTo(paths.people, { ...query, [name]: undefined, after: undefined }),
      })),
    filters: { values: query, errors: [] },
    departments: departments.options,
    mayCreate: deps.access.mayEver(ctx.actor, 'person.manage'),
    form,
  };
}

async function personModel(
  deps: HttpDeps,
  ctx: RequestContext,
  id: string,
  more: { form?: FormState; invitation?: PersonModel['invitation'] } = {},
): Promise<PersonModel> {
  const view = await deps.accounts.viewPerson(ctx.actor, { personId: id });
  const { name } = await departmentsOf(deps, ctx);
  const confirms = deps.access.mayEver(ctx.actor, 'role.confirm');
  const waiting = confirms ? await deps.accounts.listWaitingRoles(ctx.actor) : [];
  const gives = deps.access.mayEver(ctx.actor, 'role.give');
  const held = new Set(view.accounts.flatMap((account) => account.grants.map((grant) => grant.role)));
  const { roles } = phrasesFor(ctx.lang).access;
  return {
    id,
    name: view.name,
    department: view.department === null ? '' : name(view.department),
    departmentCode: view.department ?? '',
    number: null,
    accounts: view.accounts.map((account) => ({
      id: account.accountId,
      username: account.username,
      state: STATES[account.state],
      lastSeenAt: account.lastSignInAt?.toISOString() ?? null,
    })),
    roles: view.accounts.flatMap((account) =>
      account.grants.map((grant) => {
        const one = waiting.find((each) => each.id === grant.grantId);
        return {
          id: grant.grantId,
          role: grant.role,
          account: account.username,
          confirmed: grant.state === 'active',
          givenBy: one?.givenByName ?? null,
          mayConfirm: one !== undefined && one.givenBy !== ctx.actor.personId && id !== ctx.actor.personId,
          mayTake: gives,
        };
      }),
    ),
    sessions: null,
    invitation: more.invitation ?? null,
    mayManageAccounts: deps.access.mayEver(ctx.actor, 'account.manage'),
    mayGiveRoles: gives && view.accounts.length > 0,
    givable: PERSON_ROLES.filter((role) => !held.has(role)).map((role) => ({ value: role, text: roles[role] })),
    form: more.form ?? EMPTY_FORM,
  };
}

/** What the forms on a person's page do; each answers the flash that says so. */
type PersonAct = (deps: HttpDeps, ctx: RequestContext, id: string, form: Form) => Promise<string | { secret: string; expiresAt: Date }>;

async function ofPerson(deps: HttpDeps, ctx: RequestContext, id: string, accountId: string): Promise<string> {
  const { accounts } = await deps.accounts.viewPerson(ctx.actor, { personId: id });
  const found = accounts.find((one) => one.accountId === accountId) ?? (accountId === '' ? accounts.find((one) => one.state !== 'disabled') : undefined);
  if (found === undefined) throw new CodedError('not_found');
  return found.accountId;
}

const ACTS: Record<string, PersonAct> = {
  account: (deps, ctx, id, form) => deps.accounts.createAccount(ctx.actor, { personId: id, username: textOf(form, 'username') }),
  renew: async (deps, ctx, id, form) => deps.accounts.inviteAgain(ctx.actor, { accountId: await ofPerson(deps, ctx, id, textOf(form, 'account')) }),
  enable: async (deps, ctx, id, form) => deps.accounts.inviteAgain(ctx.actor, { accountId: await ofPerson(deps, ctx, id, textOf(form, 'account')) }),
  disable: async (deps, ctx, id, form) => {
    const { accounts } = await deps.accounts.viewPerson(ctx.actor, { personId: id });
    const account = accounts.find((one) => one.accountId === textOf(form, 'account'));
    if (account === undefined) throw new CodedError('not_found');
    if (textOf(form, 'confirm') !== account.username)
      throw new CodedError('invalid_field', { fields: [{ field: 'username', code: 'not_typed', params: { expected: account.username } }] });
    await deps.accounts.disableAccount(ctx.actor, { accountId: account.accountId });
    return 'account_disabled';
  },
  'give-role': async (deps, ctx, id, form) => {
    const role = textOf(form, 'role') as PersonRole;
    const { state } = await deps.accounts.giveRole(ctx.actor, { accountId: await ofPerson(deps, ctx, id, ''), role });
    return state === 'active' ? 'role_confirmed' : 'role_given';
  },
  'confirm-role': async (deps, ctx, _id, form) => {
    const agree = textOf(form, 'agree') === 'yes';
    await deps.accounts.confirmRole(ctx.actor, { grantId: textOf(form, 'role'), agree });
    return agree ? 'role_confirmed' : 'role_taken';
  },
  'take-role': async (deps, ctx, _id, form) => {
    await deps.accounts.takeRole(ctx.actor, { grantId: textOf(form, 'role') });
    return 'role_taken';
  },
};

async function actOnPerson(deps: HttpDeps, ctx: RequestContext, id: string, name: string, form: Form): Promise<Reply> {
  const act = Object.hasOwn(ACTS, name) ? ACTS[name] : undefined;
  if (act === undefined) throw new CodedError('not_found');
  const tried = await attempt(() => act(deps, ctx, id, form));
  if ('refused' in tried) {
    if (tried.refused.fields.length === 0) throw tried.refused;
    return page(deps, ctx, personPage, await personModel(deps, ctx, id, { form: refusedForm(form, tried.refused) }), { status: tried.refused.status });
  }
  if (typeof tried.done === 'string') return redirectWith(paths.person(id), { kind: 'good', code: tried.done });
  // Shown once, in the answer itself: a secret must not travel in an address or a cookie.
  const invitation = { token: tried.done.secret, until: tried.done.expiresAt.toISOString() };
  return page(deps, ctx, personPage, await personModel(deps, ctx, id, { invitation }), { status: 201 });
}

/** People, their accounts and roles, and what roles may do. */
export function peoplePages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.people,
      name: 'peoplePage',
      guard: 'person.view',
      query: search,
      handler: async (ctx, { query }) => page(deps, ctx, peoplePage, await peopleModel(deps, ctx, query, EMPTY_FORM)),
    }),
    definePage({
      method: 'post',
      path: paths.people,
      name: 'createPersonForm',
      guard: 'person.manage',
      bodyKind: 'form',
      body: formBody,
      async handler(ctx, { body }) {
        const department = textOf(body, 'department');
        const tried = await attempt(() =>
          deps.accounts.createPerson(ctx.actor, { name: textOf(body, 'name'), department: department === '' ? null : department }),
        );
        if ('done' in tried) return redirectWith(paths.person(tried.done.personId), { kind: 'good', code: 'person_created' });
        if (tried.refused.fields.length === 0) throw tried.refused;
        return page(deps, ctx, peoplePage, await peopleModel(deps, ctx, {}, refusedForm(body, tried.refused)), { status: tried.refused.status });
      },
    }),
    definePage({
      method: 'get',
      path: '/people/:id',
      name: 'personPage',
      guard: 'person.view',
      params: idParams,
      handler: async (ctx, { params }) => page(deps, ctx, personPage, await personModel(deps, ctx, params.id)),
    }),
    definePage({
      method: 'post',
      path: '/people/:id/:act',
      name: 'personForm',
      guard: 'person.view',
      params: z.strictObject({ id: z.uuid(), act: z.string().max(20) }),
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params, body }) => actOnPerson(deps, ctx, params.id, params.act, body),
    }),
    definePage({
      method: 'get',
      path: paths.access,
      name: 'accessMatrixPage',
      guard: 'policy.view',
      query: z.strictObject({ role: z.string().max(40).optional() }),
      handler: (ctx, { query }) =>
        page(deps, ctx, matrixPage, { version: deps.access.version(), roles: accessMatrix(deps.policies.active()), chosen: query.role ?? '' }),
    }),
  ];
}
