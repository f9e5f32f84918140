import { createSecretKey, randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessControl, createPolicies, seeChange, standingRuleFor, type PersonRole, type Policies } from '../../src/access/index.js';
import { createAccounts, type Accounts } from '../../src/accounts/index.js';
import { hashSecret, newSecret } from '../../src/accounts/secrets.js';
import { insertSession } from '../../src/accounts/sessions/store.js';
import { systemActor, type Actor } from '../../src/audit/index.js';
import { newId } from '../../src/db/index.js';
import { isReadable, type RecordsDeps } from '../../src/records/index.js';
import { grantedPurposes, readableRecord } from '../../src/records/readings/store.js';
import { POLICIES } from '../accounts/support/archive.js';
import { testArchive, type TestArchive } from '../support/archive.js';

/** An archive with real people, real rules that may change, and a log that has the archive's clock. */
export interface Office {
  archive: TestArchive;
  deps: RecordsDeps;
  accounts: Accounts;
  policies: Policies;
  admins: { system: Actor; security: Actor; audit: Actor };
  /** A person with an account that is in use. */
  newcomer(department: string | null): Promise<Member>;
  /** The account as it acts now, `undefined` where it cannot sign in. Second factor shown. */
  actorOf(accountId: string): Promise<Actor | undefined>;
  inRole(accountId: string, role: PersonRole): Promise<string>;
  /** Changes a file of rules all the way: found, agreed to, seen, confirmed. */
  changeRules(file: string, change: (text: string) => string): Promise<void>;
  pass(milliseconds: number): void;
  close(): Promise<void>;
}

export interface Member {
  personId: string;
  accountId: string;
  pseudonym: string;
}

const origin = { address: null, requestId: 'r-past' };
const PASSWORD = 'seven quiet rivers';

export async function office(): Promise<Office> {
  const archive = await testArchive({}, { logClock: true });
  const folder = await mkdtemp(join(tmpdir(), 'past-policies-'));
  await cp(POLICIES, folder, { recursive: true });
  const { audit, db, now } = { ...archive.deps };
  const open = (): Policies => createPolicies({ db, audit, folder, profile: 'default', now });
  const policies = open();
  await policies.start();
  const deps = { ...archive.deps, access: accessControl(() => policies.active(), now) };
  const accounts = createAccounts({
    db,
    audit,
    policies,
    secret: createSecretKey(randomBytes(32)),
    keystore: archive.keystore,
    archiveName: '兰台',
    limits: { sessionIdleMinutes: 60, sessionHours: 24 * 365, accountSleepDays: 90 },
    now,
    random: randomBytes,
  });
  const pass = (milliseconds: number): void => {
    archive.clock.now = new Date(archive.clock.now.getTime() + milliseconds);
  };

  async function actorOf(accountId: string): Promise<Actor | undefined> {
    const token = newSecret({ random: randomBytes }, 'lantai_s_');
    const id = newId();
    const expiresAt = new Date(now().getTime() + 3_600_000);
    await db.tx(async (tx) => {
      await insertSession(tx, { id, tokenHash: hashSecret(token), accountId, device: 'test', deviceId: null, now: now(), expiresAt });
      await audit.append(tx, { actor: systemActor('test'), act: 'session.open', subject: { kind: 'session', id }, decision: 'allow' });
    });
    const actor = await accounts.actorFromSession(token, origin).catch(() => undefined);
    return actor && { ...actor, secondFactor: true, shownAt: now() };
  }

  const admin: Record<string, Actor> = {};
  for (const [i, { secret, role }] of (await accounts.openBootstrap({ demo: false, requestId: 'start' })).entries()) {
    const { accountId } = await accounts.claimInvitation({
      secret,
      name: `管理员${'甲乙丙'[i]}`,
      username: `admin${i}`,
      password: `${PASSWORD} ${i}`,
      ...origin,
    });
    admin[role] = (await actorOf(accountId)) as Actor;
  }
  const admins = { system: admin['system_admin'] as Actor, security: admin['security_admin'] as Actor, audit: admin['audit_admin'] as Actor };
  const see = (id: string): Promise<void> => seeChange({ db, audit, access: deps.access, waitHours: 24, now }, admins.audit, { id });
  for (const code of ['hotline', 'service', 'archive']) await accounts.createDepartment(admins.system, { code, names: { zh: code, en: code } });

  return {
    archive,
    deps,
    accounts,
    policies,
    admins,
    actorOf,
    pass,
    async newcomer(department) {
      const { personId } = await accounts.createPerson(admins.system, { name: '来人', department });
      const { accountId, secret } = await accounts.createAccount(admins.system, { personId, username: `u-${randomBytes(6).toString('hex')}` });
      await accounts.claimInvitation({ secret, password: PASSWORD, ...origin });
      return { personId, accountId, pseudonym: (await accounts.pseudonymOf(personId)) ?? '' };
    },
    async inRole(accountId, role) {
      const { grantId } = await accounts.giveRole(admins.security, { accountId, role });
      await see(grantId);
      await accounts.confirmRole(admins.audit, { grantId });
      return grantId;
    },
    async changeRules(file, change) {
      const path = join(folder, file);
      await writeFile(path, change(await readFile(path, 'utf8')));
      const again = open();
      await again.start();
      const waiting = (await again.list(admins.security)).find((one) => one.state === 'proposed');
      if (waiting !== undefined) {
        await again.agree(admins.security, waiting.id);
        await see(waiting.id);
        await again.confirm(admins.audit, waiting.id);
      }
      await again.stop();
      for (let i = 0; i < 200 && policies.active().version !== (await versionNow(again)); i++) await new Promise((resolve) => setTimeout(resolve, 10));
    },
    async close() {
      await policies.stop();
      await archive.close();
      await rm(folder, { recursive: true, force: true });
    },
  };

  async function versionNow(of: Policies): Promise<string | undefined> {
    return (await of.list(admins.security)).find((one) => one.state === 'active')?.version;
  }
}

/** The purposes for which an account may read a record now, as the condition of the database has it. */
export async function mayReadNow(o: Office, accountId: string, recordId: string): Promise<string[]> {
  const actor = await o.actorOf(accountId);
  if (actor === undefined || actor.personId === null) return [];
  const { db, access, now } = o.deps;
  const record = await readableRecord(db, recordId, access.where(actor, 'record.read', 'r'), access.granted(actor, 'r'));
  if (record === undefined || !isReadable(record.state as Parameters<typeof isReadable>[0])) return [];
  const rule = access.decide(actor, 'record.read', record).rule;
  const { department, service_type: type, sensitivity, state } = record;
  const found = new Set<string>();
  if (rule !== null && rule !== 'grant/live')
    for (const purpose of record.purposes)
      if ((await standingRuleFor(db, { reader: actor.department, department, type, sensitivity, purpose, state, at: now() })) !== undefined) found.add(purpose);
  if (actor.roles.length > 0 && record.granted.includes('view')) for (const one of await grantedPurposes(db, actor.personId, recordId, now())) found.add(one);
  return [...found].sort();
}
