import { createSecretKey, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { accessControl, readPolicies, seeChange, type ChangesDeps, type PersonRole, type PolicySet } from '../../../src/access/index.js';
import { createAccounts, currentCode, type Accounts, type AccountsDeps } from '../../../src/accounts/index.js';
import type { Actor } from '../../../src/audit/index.js';
import { sql } from '../../../src/db/index.js';
import { testAudit, type TestAudit } from '../../support/audit.js';
import { testDatabase, type TestDatabase } from '../../support/database.js';

export const POLICIES = fileURLToPath(new URL('../../../../policies', import.meta.url));
export const PASSWORDS = {
  system: 'Winter-mandarin-17',
  security: 'copper kettle song',
  audit: '春眠不觉晓处处闻啼鸟夜来',
  other: 'seven quiet rivers',
} as const;

/** A clock that stands still until it is moved. */
export class Clock {
  constructor(private at = Date.UTC(2026, 2, 2, 1)) {}
  readonly now = (): Date => new Date(this.at);
  pass(minutes: number): void {
    this.at += minutes * 60_000;
  }
}

export interface TestArchive {
  database: TestDatabase;
  log: TestAudit;
  clock: Clock;
  accounts: Accounts;
  deps: AccountsDeps;
  set: PolicySet;
  /** Acts that are in the log or on the way there, oldest first; without the log's own. */
  acts(): Promise<{ act: string; actor: string; decision: string; subject: string; entry: string }[]>;
  close(): Promise<void>;
}

export async function testArchive(profile = 'default'): Promise<TestArchive> {
  const database = await testDatabase();
  const clock = new Clock();
  const log = await testAudit(database);
  const set = await readPolicies(POLICIES, profile);
  const deps: AccountsDeps = {
    db: database.app,
    audit: log.audit,
    policies: { active: () => set },
    secret: createSecretKey(randomBytes(32)),
    keystore: log.keystore,
    archiveName: '兰台',
    limits: { sessionIdleMinutes: 30, sessionHours: 12, accountSleepDays: 90 },
    now: clock.now,
    random: randomBytes,
  };
  return {
    database,
    log,
    clock,
    set,
    deps,
    accounts: createAccounts(deps),
    async acts() {
      const rows = await database.owner.many<{ entry: string }>(sql`
        select entry from (select entry, id from audit_entries union all select entry, id from audit_pending) as all_entries order by id`);
      const entries = rows.map(({ entry }) => {
        const read = JSON.parse(entry) as { act: string; actor: string; decision: string; subject: { id: string } };
        return { act: read.act, actor: read.actor, decision: read.decision, subject: read.subject.id, entry };
      });
      return entries.filter((one) => !one.act.startsWith('log.'));
    },
    async close() {
      await log.stop();
      await database.close();
    },
  };
}

let requests = 0;
export const origin = (): { address: string; requestId: string } => ({ address: '192.0.2.7', requestId: `r-${++requests}` });

/** Recovery codes of the accounts that enrolled, which show the second factor oftener than every thirty seconds. */
const codes = new WeakMap<TestArchive, Map<string, string[]>>();

/** Signs in, with a second factor where the roles need one, and gives the actor of a fresh request. */
export async function actorOf(archive: TestArchive, username: string, password: string, totp?: string): Promise<Actor> {
  const { accounts, clock } = archive;
  const { token, actor, secondFactor } = await accounts.signIn({ username, password, device: 'test', ...origin() });
  const known = codes.get(archive) ?? new Map<string, string[]>();
  codes.set(archive, known);
  if (secondFactor === 'enrolled') {
    await accounts.showSecondFactor(actor, { code: totp === undefined ? (known.get(username)?.shift() ?? '') : currentCode(totp, clock.now()) });
  } else if ((await accounts.secondFactorState(actor)).needed) {
    const { uri } = await accounts.beginSecondFactor(actor);
    known.set(username, (await accounts.confirmSecondFactor(actor, { code: currentCode(uri, clock.now()) })).recoveryCodes);
  }
  return accounts.actorFromSession(token, origin());
}

export interface Administrators {
  system: Actor;
  security: Actor;
  audit: Actor;
}

/** Goes through the first start: three persons claim the three invitations. */
export async function bootstrap(archive: TestArchive): Promise<Administrators> {
  const issued = await archive.accounts.openBootstrap({ demo: false, requestId: 'start' });
  const who = {
    system_admin: ['石磊', 'sys', PASSWORDS.system],
    security_admin: ['安然', 'sec', PASSWORDS.security],
    audit_admin: ['申明', 'aud', PASSWORDS.audit],
  } as const;
  for (const { role, secret } of issued) {
    const [name, username, password] = who[role];
    await archive.accounts.claimInvitation({ secret, name, username, password, ...origin() });
  }
  return {
    system: await actorOf(archive, 'sys', PASSWORDS.system),
    security: await actorOf(archive, 'sec', PASSWORDS.security),
    audit: await actorOf(archive, 'aud', PASSWORDS.audit),
  };
}

/** What seeing changes needs of an archive. */
export function changesOf(archive: TestArchive): ChangesDeps {
  return { db: archive.database.app, audit: archive.log.audit, access: accessControl(() => archive.set), waitHours: 24, now: archive.clock.now };
}

/** The audit administrator looks at a change, so that a second person can put it in force. */
export function seen(archive: TestArchive, by: Actor, id: string): Promise<void> {
  return seeChange(changesOf(archive), by, { id });
}

/** Gives a role all the way: given, seen, confirmed. */
export async function inRole(archive: TestArchive, admins: Administrators, accountId: string, role: PersonRole): Promise<string> {
  const { grantId } = await archive.accounts.giveRole(admins.security, { accountId, role });
  await seen(archive, admins.audit, grantId);
  await archive.accounts.confirmRole(admins.audit, { grantId });
  return grantId;
}

/** A person with an account and a password, made the way it is done: by the system administrator, claimed by invitation. */
export async function newcomer(
  archive: TestArchive,
  by: Actor,
  username: string,
  department: string | null = null,
): Promise<{ personId: string; accountId: string }> {
  const { personId } = await archive.accounts.createPerson(by, { name: username, department });
  const { accountId, secret } = await archive.accounts.createAccount(by, { personId, username });
  await archive.accounts.claimInvitation({ secret, password: PASSWORDS.other, ...origin() });
  return { personId, accountId };
}
