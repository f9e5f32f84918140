import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { createPolicies, decide, type Policies } from '../../src/access/index.js';
import { TextsOnRecord, type Actor, type Entry } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import type { ErrorCode } from '../../src/errors/index.js';
import { bootstrap, newcomer, POLICIES, PASSWORDS, actorOf, seen, testArchive, type TestArchive } from '../accounts/support/archive.js';

const coded = (code: ErrorCode) => ({ message: code });

interface Office {
  archive: TestArchive;
  folder: string;
  security: Actor;
  audit: Actor;
  system: Actor;
  open(profile?: string): Policies;
  /** Changes a rule file as an operator would. */
  edit(change: (text: string) => string): Promise<void>;
  close(): Promise<void>;
}

async function office(): Promise<Office> {
  const archive = await testArchive();
  const folder = await mkdtemp(join(tmpdir(), 'accounts-policies-'));
  await cp(POLICIES, folder, { recursive: true });
  const admins = await bootstrap(archive);
  const opened: Policies[] = [];
  return {
    archive,
    folder,
    ...admins,
    open(profile = 'default') {
      const policies = createPolicies({ db: archive.database.app, audit: archive.log.audit, folder, profile, now: archive.clock.now });
      opened.push(policies);
      return policies;
    },
    async edit(change) {
      const file = join(folder, 'roles/agent.yaml');
      await writeFile(file, change(await readFile(file, 'utf8')));
    },
    async close() {
      for (const policies of opened) await policies.stop();
      await archive.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** A small change of what the rules say: agents find, but see no catalogue pages. */
const change = (text: string): string => text.replace('acts: [record.list, record.view]', 'acts: [record.list]');

test('invariant 6: before the start nothing acts; the shipped rules are approved by a bootstrap entry and kept with their text', async (t) => {
  const o = await office();
  t.teardown(() => o.close());
  const policies = o.open();
  t.throws(() => policies.active(), coded('policy_invalid'));
  await policies.start();
  const [version] = await policies.list(o.security);
  t.like(version, { version: policies.active().version, state: 'active', agreedBy: null });
  const entry = (await o.archive.acts()).find((one) => one.act === 'policy.bootstrap');
  t.true(entry?.entry.includes(policies.active().digest));
  const stored = await o.archive.database.owner.one<{ canonical: string }>(sql`select canonical from policy_versions`);
  t.is(stored.canonical, policies.active().canonical);
  await o.open().start();
  t.is((await policies.list(o.security)).length, 1, 'a second process finds them in force');
});

test('invariants 6 and 7: the whole text of a version stands in the log, and what acted before it was kept there comes there at the next start', async (t) => {
  const o = await office();
  t.teardown(() => o.close());
  const policies = o.open();
  await policies.start();
  const { digest, canonical } = policies.active();
  const texts = async (): Promise<Entry[]> => (await o.archive.acts()).filter((one) => one.act === 'policy.text').map((one) => JSON.parse(one.entry) as Entry);
  const first = await texts();
  const whole = new TextsOnRecord();
  for (const entry of first) whole.take(entry);
  t.is(whole.get(digest), canonical);
  const half = new TextsOnRecord();
  for (const entry of first.slice(1)) half.take(entry);
  t.is(half.get(digest), undefined, 'a text that is not whole is none');
  const other = new TextsOnRecord();
  for (const { facts } of first) other.take({ facts: { ...facts, digest: `sha256:${'0'.repeat(64)}` } });
  t.is(other.get(`sha256:${'0'.repeat(64)}`), undefined, 'nor one that is not what its digest says');

  await o.open().start();
  t.is((await texts()).length, first.length, 'it is put there once');
  await o.archive.database.superuser.run(sql`alter table policy_versions disable trigger user`);
  await o.archive.database.owner.run(sql`update policy_versions set text_on_record = false`);
  await o.archive.database.superuser.run(sql`alter table policy_versions enable trigger user`);
  await o.open().start();
  t.is((await texts()).length, 2 * first.length);
});

test('invariant 6: a changed version acts only after the security administrator and a second person; until then the former does', async (t) => {
  const o = await office();
  t.teardown(() => o.close());
  const before = o.open();
  await before.start();
  const former = before.active().version;
  await o.edit(change);
  const policies = o.open();
  await policies.start();
  t.is(policies.active().version, former);
  const [waiting] = await policies.list(o.security);
  t.is(waiting?.state, 'proposed');
  const id = waiting?.id ?? '';

  await t.throwsAsync(policies.agree(o.system, id), coded('forbidden'));
  await t.throwsAsync(policies.agree(o.audit, id), coded('forbidden'));
  await t.throwsAsync(policies.confirm(o.audit, id), coded('wrong_state'), 'nothing to confirm yet');
  await policies.agree(o.security, id);
  t.is(policies.active().version, former);
  await t.throwsAsync(policies.confirm(o.security, id), coded('same_person'));
  await t.throwsAsync(policies.confirm(o.system, id), coded('forbidden'));
  await t.throwsAsync(policies.confirm(o.audit, id), coded('not_seen_yet'));
  await seen(o.archive, o.audit, id);
  t.true((await policies.list(o.security))[0]?.seen);
  const proposed = await policies.view(o.audit, id);
  await policies.confirm(o.audit, id);
  t.is(policies.active().version, proposed.version);
  t.not(policies.active().version, former);
  for (let i = 0; i < 100 && before.active().version === former; i++) await new Promise((resolve) => setTimeout(resolve, 20));
  t.is(before.active().version, proposed.version, 'other processes follow');
  t.deepEqual(
    (await policies.list(o.security)).map((one) => one.state),
    ['active', 'superseded'],
  );
  const acts = (await o.archive.acts()).map((one) => one.act).filter((act) => act.startsWith('policy.') && act !== 'policy.text');
  t.deepEqual(acts, [
    'policy.bootstrap',
    'policy.propose',
    'policy.refused', // too early
    'policy.agree',
    'policy.refused', // by the same person
    'policy.refused', // before it was seen
    'policy.view',
    'policy.confirm',
  ]);
});

test('failure class 5: the second person is another person, not another account, in the database too', async (t) => {
  const o = await office();
  t.teardown(() => o.close());
  const policies = o.open();
  await policies.start();
  await o.edit(change);
  await policies.start();
  const id = (await policies.list(o.security))[0]?.id ?? '';
  await policies.agree(o.security, id);
  const { accountId, secret } = await o.archive.accounts.createAccount(o.system, { personId: o.security.personId ?? '', username: 'sec.two' });
  await o.archive.accounts.claimInvitation({ secret, password: PASSWORDS.other, address: null, requestId: 'r' });
  await t.throwsAsync(policies.confirm({ ...o.security, accountId }, id), coded('same_person'));
  await t.throwsAsync(
    o.archive.database.owner.run(
      sql`update policy_versions set confirmed_by = ${o.security.personId}, state = 'active', activated_at = now() where id = ${id}`,
    ),
    {
      message: /second_person_confirms|policy_versions_active/,
    },
  );
  await t.throwsAsync(
    o.archive.database.owner.run(sql`
      insert into policy_versions (id, name, digest, canonical, profile, state, origin, proposed_at, activated_at)
      select gen_random_uuid(), name, digest, canonical, profile, 'active', 'proposed', now(), now() from policy_versions where id = ${id}`),
    { message: /acts_only_when_approved/ },
  );
});

test('a refused version never acts, a version put back is withdrawn, and another profile waits like any change', async (t) => {
  const o = await office();
  t.teardown(() => o.close());
  const policies = o.open();
  await policies.start();
  const former = policies.active().version;
  await o.edit(change);
  await policies.start();
  const id = (await policies.list(o.audit))[0]?.id ?? '';
  await policies.refuse(o.audit, id);
  await t.throwsAsync(policies.agree(o.security, id), coded('wrong_state'));
  await policies.start();
  await o.edit((text) => text.replace('acts: [record.list]', 'acts: [record.list, record.view]'));
  await policies.start();
  t.deepEqual(
    (await policies.list(o.audit)).map((one) => one.state),
    ['superseded', 'refused', 'active'],
  );
  const strict = o.open('strict');
  await strict.start();
  t.is(strict.active().version, former);
  t.like((await strict.list(o.audit))[0], { state: 'proposed', profile: 'strict' });
  for (const nonsense of ['', 'x', '00000000-0000-7000-8000-000000000000']) await t.throwsAsync(policies.agree(o.security, nonsense), { name: 'CodedError' });
});

test('failure class 12: broken files and a changed row refuse everything, until mended', async (t) => {
  const o = await office();
  t.teardown(() => o.close());
  const policies = o.open();
  await policies.start();
  await o.edit((text) => `${text}\n  - nonsense`);
  await policies.start();
  t.throws(() => policies.active(), coded('policy_invalid'));
  await t.throwsAsync(policies.list(o.security), coded('policy_invalid'));
  await o.edit((text) => text.replace('\n  - nonsense', ''));
  await policies.start();
  t.true(decide(policies.active(), o.security, 'role.give').allow);

  await rm(join(o.folder, 'roles'), { recursive: true });
  await policies.start();
  t.throws(() => policies.active(), coded('policy_invalid'));
  await cp(join(POLICIES, 'roles'), join(o.folder, 'roles'), { recursive: true });

  await o.archive.database.owner.tx(async (tx) => {
    await tx.run(sql`alter table policy_versions disable trigger audit_required`);
    await tx.run(sql`update policy_versions set canonical = replace(canonical, 'policy.view', 'audit.search')`);
    await tx.run(sql`alter table policy_versions enable trigger audit_required`);
  });
  await t.throwsAsync(o.open().start(), coded('policy_invalid'));
});

test('invariant 2: no version without an entry', async (t) => {
  const o = await office();
  t.teardown(() => o.close());
  await o.open().start();
  await t.throwsAsync(o.archive.database.app.run(sql`update policy_versions set state = 'superseded'`), { message: /without an audit entry/ });
  await t.throwsAsync(o.archive.database.app.run(sql`update policy_versions set canonical = ''`), { message: /permission denied/ });
  await newcomer(o.archive, o.system, 'unrelated');
  t.truthy(await actorOf(o.archive, 'unrelated', PASSWORDS.other));
});
