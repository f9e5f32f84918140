import { z } from 'zod';
import { PERSON_ROLES, type PersonRole } from '../../../access/index.js';
import type { AccountView, PeopleSearch, PersonView } from '../../../accounts/index.js';
import { phrasesFor } from '../../../phrases/index.js';
import { EMPTY_FORM, paths, peoplePage, type AccountState, type FilterChip, type FormState, type PeopleModel, type PeoplePlace } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { actAt, refusedAt, standingAt } from './acts.js';
import { attempt, departmentsOf, formBody, linkTo, pagingOf, refusedForm, textOf, type Form } from './common.js';
import { resetsOf } from './second-factor.js';

const STATES = { active: 'active', invited: 'invited', asleep: 'sleeping', disabled: 'disabled' } as const;

const peopleQuery = z.strictObject({
  department: z.string().max(40, 'too_long').optional(),
  role: z.enum(PERSON_ROLES as readonly [PersonRole, ...PersonRole[]]).optional(),
  state: z.enum(['active', 'invited', 'asleep', 'disabled']).optional(),
  after: z.string().max(1000, 'too_long').optional(),
});
type PeopleQuery = z.infer<typeof peopleQuery>;

/** Parts of the place that this viewer may enter. */
export function placesOf(deps: HttpDeps, ctx: RequestContext): PeoplePlace[] {
  const tokens = deps.access.mayEver(ctx.actor, 'token.manage');
  return tokens ? ['people', 'departments', 'tokens'] : ['people', 'departments'];
}

export function accountState(one: AccountView, locked = false): AccountState {
  if (locked && one.state === 'active') return 'locked';
  return one.state === 'sleeping' ? 'asleep' : one.state;
}

/** The best state of a person's accounts: who has one that works, works. */
function stateOf(person: PersonView): AccountState | null {
  const states = person.accounts.map((one) => accountState(one));
  return (['active', 'invited', 'asleep', 'disabled'] as const).find((state) => states.includes(state)) ?? null;
}

function rowOf(person: PersonView, department: (code: string) => string): PeopleModel['rows'][number] {
  const seen = person.accounts.flatMap((one) => one.lastSignInAt ?? []).sort((a, b) => b.getTime() - a.getTime());
  const roles = new Map<string, boolean>();
  for (const { role, state } of person.accounts.flatMap(({ grants }) => grants)) roles.set(role, (roles.get(role) ?? false) || state === 'active');
  return {
    id: person.personId,
    name: person.name,
    department: person.department === null ? '' : department(person.department),
    accounts: person.accounts.map(({ username }) => username),
    roles: [...roles].map(([role, confirmed]) => ({ role, confirmed })),
    lastSeenAt: seen[0]?.toISOString() ?? null,
    state: stateOf(person),
  };
}

async function waitingOf(deps: HttpDeps, ctx: RequestContext): Promise<PeopleModel['waiting']> {
  if (!deps.access.mayNow(ctx.actor, 'role.confirm')) return { roles: [], invitations: [], resets: [] };
  const roles = await deps.accounts.listWaitingRoles(ctx.actor);
  const invitations = await deps.accounts.listWaitingInvitations(ctx.actor);
  return {
    resets: await resetsOf(deps, ctx),
    roles: roles.map((one) => ({
      id: one.id,
      role: one.role,
      name: one.displayName,
      username: one.username,
      by: one.givenByName ?? phrasesFor(ctx.lang).pages.gate.signOn.provider,
      at: one.givenAt.toISOString(),
      mine: one.givenBy === ctx.actor.personId,
      seen: one.seen,
    })),
    invitations: invitations.map((one) => ({ id: one.invitationId, name: one.name, username: one.username, until: one.expiresAt.toISOString() })),
  };
}

function chipsOf(ctx: RequestContext, query: PeopleQuery, text: string, department: (code: string) => string): FilterChip[] {
  const { pages, access } = phrasesFor(ctx.lang);
  const t = pages.people;
  const chip = (name: 'department' | 'role' | 'state', label: string, value: string | undefined): FilterChip[] =>
    value === undefined ? [] : [{ label, value, remove: linkTo(paths.people, { ...query, [name]: undefined, after: undefined }) }];
  return [
    ...(text === '' ? [] : [{ label: t.filters.name, value: text, remove: linkTo(paths.people, { ...query, after: undefined }) }]),
    ...chip('department', t.columns.department, query.department && department(query.department)),
    ...chip('role', t.filters.role, query.role && access.roles[query.role]),
    ...chip('state', t.filters.state, query.state && t.states[query.state]),
  ];
}

/** The list; with a text it answers the form itself, because a name never stands in an address. */
async function show(deps: HttpDeps, ctx: RequestContext, query: PeopleQuery, text = '', form: FormState = EMPTY_FORM): Promise<Reply> {
  const { state, ...rest } = query;
  const search: PeopleSearch = { ...rest, ...(state === undefined ? {} : { state: STATES[state] }), ...(text === '' ? {} : { text, limit: 200 }) };
  const found = await deps.accounts.listPeople(ctx.actor, search);
  const departments = await departmentsOf(deps, ctx);
  const model: PeopleModel = {
    places: placesOf(deps, ctx),
    waiting: await waitingOf(deps, ctx),
    rows: found.items.map((one) => rowOf(one, departments.name)),
    paging: pagingOf(paths.people, query, found.items.length, text === '' ? found.next : null),
    chips: chipsOf(ctx, query, text, departments.name),
    filters: { values: { text, ...query }, errors: [] },
    departments: departments.options,
    mayCreate: deps.access.mayEver(ctx.actor, 'person.manage'),
    form,
  };
  return page(deps, standingAt(ctx, linkTo(paths.people, { ...query })), peoplePage, model, { status: form.errors.length > 0 ? 422 : 200 });
}

async function create(deps: HttpDeps, ctx: RequestContext, body: Form): Promise<Reply> {
  const department = textOf(body, 'department');
  const tried = await attempt(() => deps.accounts.createPerson(ctx.actor, { name: textOf(body, 'name'), department: department === '' ? null : department }));
  if ('done' in tried) return redirectWith(paths.person(tried.done.personId), { kind: 'good', code: 'person_created' });
  return tried.refused.fields.length > 0 ? show(deps, ctx, {}, '', refusedForm(body, tried.refused)) : refusedAt(paths.people, tried.refused);
}

/** People: who there is, who waits for a second person, and a new one. */
export function peoplePages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: paths.people,
      name: 'peoplePage',
      guard: 'person.view',
      query: peopleQuery,
      handler: (ctx, { query }) => show(deps, ctx, query),
    }),
    definePage({
      method: 'post',
      path: `${paths.people}/find`,
      name: 'findPeopleForm',
      guard: 'person.view',
      bodyKind: 'form',
      body: peopleQuery.omit({ after: true }).extend({ text: z.string().max(100, 'too_long').optional() }),
      async handler(ctx, { body: { text, ...query } }) {
        const typed = text?.trim() ?? '';
        return typed === '' ? { redirect: linkTo(paths.people, query) } : show(deps, ctx, query, typed);
      },
    }),
    definePage({
      method: 'post',
      path: paths.people,
      name: 'createPersonForm',
      guard: 'person.manage',
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { body }) => create(deps, ctx, body),
    }),
    definePage({
      method: 'post',
      path: `${paths.people}/confirm-role`,
      name: 'confirmWaitingRoleForm',
      guard: 'role.confirm',
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { body }) => decideRole(deps, ctx, body, paths.people),
    }),
    definePage({
      method: 'post',
      path: '/invitations/:id/confirm',
      name: 'confirmInvitationForm',
      guard: 'role.confirm',
      params: idParams,
      bodyKind: 'form',
      body: formBody,
      handler: (ctx, { params }) => actAt(paths.people, 'invitation_confirmed', () => deps.accounts.confirmInvitation(ctx.actor, { invitationId: params.id })),
    }),
  ];
}

/** The second person's yes or no; anything but a clear yes is a no that was not said, and refused. */
export async function decideRole(deps: HttpDeps, ctx: RequestContext, body: Form, to: string): Promise<Reply> {
  const word = textOf(body, 'agree');
  if (word !== 'yes' && word !== 'no') return redirectWith(to, { kind: 'bad', code: 'invalid_request' });
  return actAt(to, word === 'yes' ? 'role_confirmed' : 'role_refused', () =>
    deps.accounts.confirmRole(ctx.actor, { grantId: textOf(body, 'role'), agree: word === 'yes' }),
  );
}
