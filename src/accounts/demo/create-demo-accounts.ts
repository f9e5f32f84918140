import { isAdminRole, needsSecondFactor, type PersonRole } from '../../access/index.js';
import { systemActor } from '../../audit/index.js';
import { newId, type Tx } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { AccountsDeps } from '../deps.js';
import { closeBootstrap, lockBootstrap, withdrawBootstrapInvitations } from '../invitations/store.js';
import { hashPassword } from '../passwords/hash.js';
import { insertDepartment } from '../departments/store.js';
import { insertAccount, insertPerson } from '../people/store.js';
import { insertGrant } from '../roles/store.js';
import { storeSecret } from '../second-factor/factor.js';
import { otpauthUri } from '../second-factor/totp.js';
import { hashSecret, newPseudonym, newSecret } from '../secrets.js';
import { insertToken } from '../tokens/store.js';

export interface DemoDepartment {
  code: string;
  names: { zh: string; en: string };
  isArchive?: boolean;
}

export interface DemoPerson {
  role: PersonRole;
  username: string;
  name: string;
  /** Code of one of the departments; administrators have none. */
  department: string | null;
  /** Days since the account was made, for one that nobody uses any more; its password is not handed out. */
  madeDaysAgo?: number;
}

/** What is printed once and written to the file of credentials. The machine's `password` is its bearer token. */
export interface Credential {
  role: PersonRole | 'integration';
  username: string;
  password: string;
  /** `otpauth:` address of the second factor, where the role needs one: for an authenticator app. */
  totp?: string;
}

export interface DemoAccount extends Credential {
  personId: string;
  accountId: string;
}

const SIGNS = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Five groups of four signs that are not mistaken for each other: about 99 bits. */
function randomPassword(deps: Pick<AccountsDeps, 'random'>): string {
  const signs: string[] = [];
  while (signs.length < 20) for (const byte of deps.random(32)) if (byte < 248 && signs.length < 20) signs.push(SIGNS[byte % 31] ?? '');
  return (signs.join('').match(/.{4}/g) ?? []).join('-');
}

async function insertOne(deps: AccountsDeps, tx: Tx, one: DemoPerson, hash: string, requestId: string): Promise<{ personId: string; accountId: string }> {
  const now = new Date(deps.now().getTime() - (one.madeDaysAgo ?? 0) * 86_400_000);
  const personId = newId();
  const accountId = newId();
  const pseudonym = newPseudonym(deps, 'p');
  const grantId = newId();
  await insertPerson(tx, { id: personId, pseudonym, name: one.name, department: one.department, now });
  await insertAccount(tx, { id: accountId, personId, username: one.username, passwordHash: hash, now });
  const origin = isAdminRole(one.role) ? 'bootstrap' : 'demo';
  await insertGrant(tx, { id: grantId, accountId, personId, role: one.role, state: 'active', origin, givenBy: null, now });
  // each on record like one that was made by hand, so that who could read what on a day follows from the log alone
  const common = { actor: systemActor(requestId), decision: 'allow' as const };
  const source = { person: pseudonym, source: 'demo' };
  await deps.audit.appendMany(tx, [
    { ...common, act: 'person.create', subject: { kind: 'person', id: personId }, facts: { ...source, department: one.department } },
    { ...common, act: 'account.create', subject: { kind: 'account', id: accountId }, facts: { ...source, state: 'active' } },
    { ...common, act: 'role.give', subject: { kind: 'role', id: grantId }, facts: { ...source, role: one.role, account: accountId, state: 'active' } },
  ]);
  return { personId, accountId };
}

async function insertOpen(deps: AccountsDeps, tx: Tx, department: DemoDepartment, requestId: string): Promise<void> {
  const isArchive = department.isArchive ?? false;
  await insertDepartment(tx, { ...department, isArchive, now: deps.now() });
  await deps.audit.append(tx, {
    actor: systemActor(requestId),
    act: 'department.create',
    subject: { kind: 'department', id: department.code },
    decision: 'allow',
    facts: { isArchive, source: 'demo' },
  });
}

/** A second factor that is confirmed already: its secret is handed out once, with the password. */
async function enrolled(deps: AccountsDeps, tx: Tx, { username }: DemoPerson, accountId: string): Promise<string> {
  const { secret } = await storeSecret(deps, tx, { accountId, sessionId: null, confirmed: true });
  return otpauthUri({ issuer: deps.archiveName, account: username, secret });
}

/**
 * Makes departments, people, accounts with random passwords and a machine's token for the demo archive, then closes the
 * bootstrap for good. Only where the first start said that it is a demo, and only once: the database refuses it elsewhere.
 */
export async function createDemoAccounts(
  deps: AccountsDeps,
  input: { departments: readonly DemoDepartment[]; people: readonly DemoPerson[]; requestId: string },
): Promise<{ accounts: DemoAccount[]; credentials: Credential[] }> {
  const secrets: { one: DemoPerson; password: string; hash: string }[] = [];
  for (const one of input.people) {
    const password = randomPassword(deps);
    secrets.push({ one, password, hash: await hashPassword(password) });
  }
  const token = newSecret(deps, 'lantai_t_');
  return deps.db.tx(async (tx) => {
    const bootstrap = await lockBootstrap(tx);
    if (bootstrap === undefined || !bootstrap.demo) throw new CodedError('wrong_state', { detail: 'not a demo archive' });
    if (bootstrap.closed_at !== null) throw new CodedError('bootstrap_closed');
    const now = deps.now();
    for (const department of input.departments) await insertOpen(deps, tx, department, input.requestId);
    const accounts: DemoAccount[] = [];
    for (const { one, password, hash } of secrets) {
      const made = await insertOne(deps, tx, one, hash, input.requestId);
      const totp = needsSecondFactor(deps.policies.active(), [one.role]) ? { totp: await enrolled(deps, tx, one, made.accountId) } : {};
      accounts.push({ role: one.role, username: one.username, password, ...made, ...totp });
    }
    const expiresAt = new Date(now.getTime() + 90 * 86_400_000);
    await insertToken(tx, {
      id: newId(),
      name: 'demo',
      pseudonym: newPseudonym(deps, 'm'),
      secretHash: hashSecret(token),
      scopes: ['capture', 'find', 'import', 'lateness'],
      department: input.departments[0]?.code ?? null,
      createdBy: null,
      now,
      expiresAt,
    });
    await withdrawBootstrapInvitations(tx, now);
    await closeBootstrap(tx, now);
    const facts = { accounts: accounts.map((one) => one.accountId), departments: input.departments.length };
    await deps.audit.append(tx, {
      actor: systemActor(input.requestId),
      act: 'bootstrap.demo',
      subject: { kind: 'archive', id: 'bootstrap' },
      decision: 'allow',
      facts,
    });
    const unused = new Set(input.people.filter((one) => one.madeDaysAgo !== undefined).map((one) => one.username));
    const used = accounts.filter((one) => !unused.has(one.username));
    const credentials = used.map(({ personId: _person, accountId: _account, ...shown }): Credential => shown);
    return { accounts, credentials: [...credentials, { role: 'integration', username: 'demo', password: token }] };
  });
}
