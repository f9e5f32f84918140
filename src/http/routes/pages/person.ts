import { mayHoldBoth, PERSON_ROLES } from '../../../access/index.js';
import type { GrantHistory, Invited, PersonDetail } from '../../../accounts/index.js';
import type { Act } from '../../../access/index.js';
import { phrasesFor } from '../../../phrases/index.js';
import { paths, personPage, type PersonModel } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page, redirectWith } from '../../pages.js';
import { definePage, idParams, type Reply, type RequestContext, type Route } from '../../route.js';
import { actAt, notTyped, refusedAt, standingAt } from './acts.js';
import { attempt, departmentsOf, formBody, refusedForm, textOf, type Form } from './common.js';
import { accountState, decideRole } from './people.js';

type Deed = { by: string | null; at: string };
type More = Partial<Pick<PersonModel, 'invitation' | 'refused'>>;

const deed = (who: { name: string } | null, at: Date | null): Deed | null => (at === null ? null : { by: who?.name ?? null, at: at.toISOString() });

function roleOf(person: PersonDetail, grant: PersonDetail['grants'][number]): PersonModel['roles'][number] {
  return {
    id: grant.grantId,
    role: grant.role,
    username: person.accounts.find(({ accountId }) => accountId === grant.accountId)?.username ?? '',
    state: grant.state,
    given: { by: grant.givenBy?.name ?? null, at: grant.givenAt.toISOString() },
    decided: deed(grant.decidedBy, grant.decidedAt),
    taken: deed(grant.takenBy, grant.takenAt),
    unseen: grant.state === 'proposed' && !grant.seen,
    mayConfirm: grant.mayConfirm,
    mayTake: grant.mayTake,
  };
}

const inForce = ({ state }: GrantHistory): boolean => state === 'active' || state === 'proposed';

/** Roles that the person could hold beside those held or proposed. */
function givable(ctx: RequestContext, person: PersonDetail): PersonModel['givable'] {
  const held = person.grants.filter(inForce).map(({ role }) => role);
  const texts = phrasesFor(ctx.lang).access.roles;
  return PERSON_ROLES.filter((role) => !held.includes(role) && held.every((other) => mayHoldBoth(role, other))).map((value) => ({ value, text: texts[value] }));
}

async function modelOf(deps: HttpDeps, ctx: RequestContext, personId: string, more: More): Promise<PersonModel> {
  const person = await deps.accounts.viewPerson(ctx.actor, { personId });
  const departments = await departmentsOf(deps, ctx);
  const may = (act: Act): boolean => deps.access.mayEver(ctx.actor, act);
  const usernames = new Map(person.accounts.map((one) => [one.accountId, one.username]));
  return {
    id: person.personId,
    name: person.name,
    department: person.department === null ? '' : departments.name(person.department),
    departmentCode: person.department ?? '',
    pseudonym: person.pseudonym,
    leftAt: person.leftAt?.toISOString() ?? null,
    accounts: person.accounts.map((one) => ({
      id: one.accountId,
      username: one.username,
      state: accountState(one, person.locked.includes(one.accountId)),
      lastSeenAt: one.lastSignInAt?.toISOString() ?? null,
    })),
    roles: person.grants.map((grant) => roleOf(person, grant)),
    sessions:
      person.sessions?.map((one) => ({
        id: one.sessionId,
        username: usernames.get(one.accountId) ?? '',
        startedAt: one.createdAt.toISOString(),
        usedAt: one.usedAt.toISOString(),
        here: one.sessionId === ctx.actor.sessionId,
      })) ?? null,
    invitation: more.invitation ?? null,
    mayChange: may('person.manage'),
    mayManageAccounts: may('account.manage'),
    mayGiveRoles: may('role.give') && person.leftAt === null && ctx.actor.personId !== person.personId,
    givable: givable(ctx, person),
    departments: departments.options,
    refused: more.refused ?? null,
  };
}

async function show(deps: HttpDeps, ctx: RequestContext, personId: string, more: More = {}): Promise<Reply> {
  const model = await modelOf(deps, ctx, personId, more);
  return page(deps, standingAt(ctx, paths.person(personId)), personPage, model, { status: more.refused ? 422 : 200 });
}

/** The answer to the very request that made it is the only place where an invitation's secret ever stands. */
const shownOnce = (one: Invited): More => ({ invitation: { token: one.secret, until: one.expiresAt.toISOString(), needsSecond: one.needsSecond } });

type PersonForm = (ctx: RequestContext, personId: string, body: Form) => Promise<Reply>;

interface PersonAct {
  name: string;
  guard: Act;
  handle: PersonForm;
}

/** An account named in the form must be this person's: another's is not found. */
async function accountOf(deps: HttpDeps, ctx: RequestContext, personId: string, body: Form): Promise<{ id: string; username: string } | null> {
  const person = await deps.accounts.viewPerson(ctx.actor, { personId });
  const found = person.accounts.find(({ accountId }) => accountId === textOf(body, 'account'));
  return found ? { id: found.accountId, username: found.username } : null;
}

function accountActs(deps: HttpDeps): PersonAct[] {
  const { accounts } = deps;
  const missing = (id: string): Reply => redirectWith(paths.person(id), { kind: 'bad', code: 'not_found' });
  return [
    {
      name: 'account',
      guard: 'account.manage',
      async handle(ctx, personId, body) {
        const tried = await attempt(() => accounts.createAccount(ctx.actor, { personId, username: textOf(body, 'username') }));
        if ('done' in tried) return show(deps, ctx, personId, shownOnce(tried.done));
        if (tried.refused.fields.length === 0) return refusedAt(paths.person(personId), tried.refused);
        return show(deps, ctx, personId, { refused: { at: 'account', form: refusedForm(body, tried.refused) } });
      },
    },
    {
      name: 'renew',
      guard: 'account.manage',
      async handle(ctx, personId, body) {
        const account = await accountOf(deps, ctx, personId, body);
        if (account === null) return missing(personId);
        const tried = await attempt(() => accounts.inviteAgain(ctx.actor, { accountId: account.id }));
        return 'done' in tried ? show(deps, ctx, personId, shownOnce(tried.done)) : refusedAt(paths.person(personId), tried.refused);
      },
    },
    {
      name: 'disable',
      guard: 'account.manage',
      async handle(ctx, personId, body) {
        const account = await accountOf(deps, ctx, personId, body);
        if (account === null) return missing(personId);
        const form = notTyped(body, account.username);
        if (form) return show(deps, ctx, personId, { refused: { at: `disable:${account.id}`, form } });
        return actAt(paths.person(personId), 'account_disabled', () => accounts.disableAccount(ctx.actor, { accountId: account.id }));
      },
    },
    {
      name: 'unlock',
      guard: 'account.manage',
      async handle(ctx, personId, body) {
        const account = await accountOf(deps, ctx, personId, body);
        if (account === null) return missing(personId);
        return actAt(paths.person(personId), 'account_unlocked', () => accounts.unlockAccount(ctx.actor, { accountId: account.id }));
      },
    },
    {
      name: 'reset-factor',
      guard: 'account.manage',
      async handle(ctx, personId, body) {
        const account = await accountOf(deps, ctx, personId, body);
        if (account === null) return missing(personId);
        return actAt(paths.person(personId), 'factor_reset_proposed', () => accounts.proposeReset(ctx.actor, { accountId: account.id }));
      },
    },
    {
      name: 'end-sessions',
      guard: 'account.manage',
      handle: (ctx, personId) => actAt(paths.person(personId), 'sessions_ended', () => accounts.signOutPerson(ctx.actor, { personId })),
    },
  ];
}

function roleActs(deps: HttpDeps): PersonAct[] {
  const { accounts } = deps;
  return [
    {
      name: 'give-role',
      guard: 'role.give',
      async handle(ctx, personId, body) {
        const input = { accountId: textOf(body, 'account'), role: textOf(body, 'role') } as Parameters<typeof accounts.giveRole>[1];
        const tried = await attempt(() => accounts.giveRole(ctx.actor, input));
        if ('done' in tried) return redirectWith(paths.person(personId), { kind: 'good', code: 'role_given' });
        if (tried.refused.fields.length === 0) return refusedAt(paths.person(personId), tried.refused);
        return show(deps, ctx, personId, { refused: { at: 'give-role', form: refusedForm(body, tried.refused, { accountId: 'account' }) } });
      },
    },
    { name: 'confirm-role', guard: 'role.confirm', handle: (ctx, personId, body) => decideRole(deps, ctx, body, paths.person(personId)) },
    {
      name: 'take-role',
      guard: 'role.give',
      handle: (ctx, personId, body) => actAt(paths.person(personId), 'role_taken', () => accounts.takeRole(ctx.actor, { grantId: textOf(body, 'role') })),
    },
  ];
}

function keepingActs(deps: HttpDeps): PersonAct[] {
  const { accounts } = deps;
  return [
    {
      name: 'change',
      guard: 'person.manage',
      async handle(ctx, personId, body) {
        const department = textOf(body, 'department');
        const input = { personId, name: textOf(body, 'name'), department: department === '' ? null : department };
        const tried = await attempt(() => accounts.changePerson(ctx.actor, input));
        if ('done' in tried) return redirectWith(paths.person(personId), { kind: 'good', code: 'person_changed' });
        if (tried.refused.fields.length === 0) return refusedAt(paths.person(personId), tried.refused);
        return show(deps, ctx, personId, { refused: { at: 'change', form: refusedForm(body, tried.refused) } });
      },
    },
    {
      name: 'leave',
      guard: 'person.manage',
      async handle(ctx, personId, body) {
        const { name } = await accounts.viewPerson(ctx.actor, { personId });
        const form = notTyped(body, name);
        if (form) return show(deps, ctx, personId, { refused: { at: 'leave', form } });
        return actAt(paths.person(personId), 'person_left', () => accounts.personLeaves(ctx.actor, { personId }));
      },
    },
  ];
}

/** One person: accounts, roles, sessions, and what the viewer may do about them. */
export function personPages(deps: HttpDeps): Route[] {
  const acts = [...accountActs(deps), ...roleActs(deps), ...keepingActs(deps)];
  return [
    definePage({
      method: 'get',
      path: `${paths.people}/:id`,
      name: 'personPage',
      guard: 'person.view',
      params: idParams,
      handler: (ctx, { params }) => show(deps, ctx, params.id),
    }),
    ...acts.map(({ name, guard, handle }) =>
      definePage({
        method: 'post',
        path: `${paths.people}/:id/${name}`,
        name: `person-${name}`,
        guard,
        params: idParams,
        bodyKind: 'form',
        body: formBody,
        handler: (ctx, { params, body }) => handle(ctx, params.id, body),
      }),
    ),
  ];
}
