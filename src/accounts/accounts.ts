import { askedDevices, listDevices, removeDevice, vouchForDevice } from './devices/devices.js';
import { createDemoAccounts } from './demo/create-demo-accounts.js';
import type { AccountsDeps } from './deps.js';
import { assertBootstrapped, bootstrapState, openBootstrap, renewInvitations } from './invitations/bootstrap.js';
import { claimInvitation, showInvitation } from './invitations/claim.js';
import { listWaitingInvitations } from './invitations/list.js';
import { hashOfNobody } from './passwords/hash.js';
import { confirmInvitation, createAccount, inviteAgain } from './people/create-account.js';
import { changePerson, createPerson, personLeaves } from './people/create-person.js';
import { changeDepartment, closeDepartment, createDepartment, listDepartments } from './departments/departments.js';
import { disableAccount, disableSleepers, setPassword, signOutPerson, unlockAccount } from './people/keep-account.js';
import { listPeople } from './directory/list-people.js';
import { viewPerson } from './directory/person/view-person.js';
import { listDepartmentRows } from './departments/store.js';
import { findPseudonym, findWho, holdersOf, namesOf, namesOfAccounts, namesOfPersons } from './directory/store.js';
import type { Actor } from '../audit/index.js';
import { confirmRole, giveRole, listWaitingRoles, staffing, takeRole } from './roles/give-role.js';
import { beginSecondFactor, begunSecondFactor, confirmSecondFactor } from './second-factor/enrol.js';
import { removeSecondFactor, renewRecoveryCodes, secondFactorState } from './second-factor/keep.js';
import { decideReset, listWaitingResets, proposeReset } from './second-factor/reset.js';
import { reauthenticate, showSecondFactor } from './second-factor/show.js';
import { askedAtLock, proveAtLock, reopenSession } from './sessions/lock.js';
import { actorFromSession } from './sessions/actor-from-session.js';
import { listSessions, signOut, signOutEverywhere } from './sessions/sign-out.js';
import { signIn } from './sign-in/sign-in.js';
import { createSignOn, type SignOn } from './sign-on/sign-on.js';
import { actorFromToken, issueToken, listTokens, revokeToken } from './tokens/tokens.js';

/** A use-case with its dependencies filled in. */
type Bound<F> = F extends (deps: AccountsDeps, ...rest: infer R) => infer T ? (...rest: R) => T : never;

const USE_CASES = {
  // first start
  openBootstrap,
  renewInvitations,
  createDemoAccounts,
  // invitations
  showInvitation,
  claimInvitation,
  confirmInvitation,
  listWaitingInvitations,
  // sessions and tokens
  actorFromSession,
  signOut,
  signOutEverywhere,
  listSessions,
  askedAtLock,
  proveAtLock,
  reopenSession,
  listDevices,
  askedDevices,
  vouchForDevice,
  removeDevice,
  setPassword,
  actorFromToken,
  issueToken,
  revokeToken,
  listTokens,
  // second factor
  secondFactorState,
  beginSecondFactor,
  begunSecondFactor,
  confirmSecondFactor,
  showSecondFactor,
  renewRecoveryCodes,
  removeSecondFactor,
  reauthenticate,
  proposeReset,
  decideReset,
  listWaitingResets,
  // people
  listPeople,
  viewPerson,
  createPerson,
  changePerson,
  personLeaves,
  createAccount,
  inviteAgain,
  disableAccount,
  unlockAccount,
  signOutPerson,
  listDepartments,
  createDepartment,
  changeDepartment,
  closeDepartment,
  // roles
  giveRole,
  confirmRole,
  takeRole,
  listWaitingRoles,
  staffing,
  // jobs
  disableSleepers,
};

type UseCases = { [K in keyof typeof USE_CASES]: Bound<(typeof USE_CASES)[K]> };

export interface Accounts extends UseCases {
  /** Single sign-on, where it is configured. */
  signOn: SignOn | undefined;
  signIn: Bound<(deps: AccountsDeps, input: Parameters<typeof signIn>[2]) => ReturnType<typeof signIn>>;
  /** How far the first start has come. */
  bootstrapState(): ReturnType<typeof bootstrapState>;
  /** Throws `bootstrap_open` until three different persons have claimed. */
  assertBootstrapped(): Promise<void>;
  /** Names behind pseudonyms; the caller has authorised reading the log. */
  namesOf(pseudonyms: readonly string[]): Promise<Map<string, string>>;
  /** Who is signed in, as pages greet them; a machine has a user name only. */
  whoIs(actor: Actor): Promise<{ name: string; username: string; roles: readonly string[]; department: string }>;
  /** How the audit log names a person; the caller has authorised reading the log. */
  pseudonymOf(personId: string): Promise<string | undefined>;
  /** Names behind accounts, for pages that say who did what. */
  namesOfAccounts(accountIds: readonly string[]): Promise<Map<string, string>>;
  /** Codes and names of all departments, for who searches: names that everybody signed in may know. */
  departmentNames(): Promise<{ code: string; names: { zh: string; en: string } }[]>;
  /** Names of persons, for forms that both sides confirmed. */
  namesOfPersons(personIds: readonly string[]): Promise<Map<string, string>>;
  /** Who could do what needs one of some roles now: persons with a usable account, all their roles, and where they work. */
  holdersOf(roles: readonly string[]): Promise<{ personId: string; roles: string[]; department: string }[]>;
}

/** Everything about people and sessions, wired to its dependencies. */
export function createAccounts(deps: AccountsDeps): Accounts {
  const nobodyHash = hashOfNobody(deps);
  const bound = Object.fromEntries(
    Object.entries(USE_CASES).map(([name, act]) => [name, (act as (...all: unknown[]) => unknown).bind(null, deps)]),
  ) as UseCases;
  return {
    ...bound,
    signOn: deps.signOn && createSignOn({ ...deps, signOn: deps.signOn }),
    signIn: (input) => signIn(deps, nobodyHash, input),
    bootstrapState: () => bootstrapState(deps.db),
    assertBootstrapped: () => assertBootstrapped(deps.db),
    async whoIs(actor) {
      const who = actor.accountId === null ? undefined : await findWho(deps.db, actor.accountId);
      return { name: who?.name ?? '', username: who?.username ?? actor.kind, roles: actor.roles, department: actor.department };
    },
    pseudonymOf: (personId) => findPseudonym(deps.db, personId),
    namesOf: (pseudonyms) => namesOf(deps.db, pseudonyms),
    departmentNames: () => listDepartmentRows(deps.db),
    namesOfPersons: (personIds) => namesOfPersons(deps.db, personIds),
    holdersOf: (roles) => holdersOf(deps.db, roles),
    namesOfAccounts: (accountIds) => namesOfAccounts(deps.db, accountIds),
  };
}
