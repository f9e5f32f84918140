import test from 'ava';
import { ADMIN_ROLES } from '../../src/access/index.js';
import { assertBootstrapped, DEMO_DEPARTMENTS, DEMO_PEOPLE } from '../../src/accounts/index.js';
import { sql } from '../../src/db/index.js';
import { isCoded, type ErrorCode } from '../../src/errors/index.js';
import { actorOf, bootstrap, origin, PASSWORDS, testArchive } from './support/archive.js';

const coded = (code: ErrorCode) => ({ message: code, name: 'CodedError' });

test('R84: three persons claim three invitations, then the bootstrap is closed for good', async (t) => {
  const archive = await testArchive();
  t.teardown(() => archive.close());
  const { accounts, database } = archive;
  t.deepEqual(await accounts.bootstrapState(), { state: 'none' });
  await t.throwsAsync(accounts.assertBootstrapped(), coded('bootstrap_open'));
  const issued = await accounts.openBootstrap({ demo: false, requestId: 'start' });
  t.deepEqual(
    issued.map((one) => one.role),
    [...ADMIN_ROLES],
  );
  await t.throwsAsync(accounts.openBootstrap({ demo: false, requestId: 'again' }), coded('bootstrap_open'));

  const claim = (i: number, more: object): Promise<unknown> =>
    accounts.claimInvitation({ secret: issued[i]?.secret ?? '', password: PASSWORDS.other, name: `人 ${i}`, username: `user${i}`, ...origin(), ...more });
  await claim(0, {});
  await t.throwsAsync(claim(0, { username: 'second' }), coded('not_found'), 'single use');
  await t.throwsAsync(claim(1, { name: ' 人0 ' }), coded('same_person'), 'the same name is the same person');
  await t.throwsAsync(claim(1, { username: 'user0' }), coded('invalid_field'));
  await claim(1, {});
  const open = await accounts.bootstrapState();
  t.true(open.state === 'open' && open.claimed.length === 2 && open.waiting.length === 1);
  await t.throwsAsync(assertBootstrapped(database.app), coded('bootstrap_open'));
  await claim(2, {});
  t.is((await accounts.bootstrapState()).state, 'closed');
  await accounts.assertBootstrapped();

  await t.throwsAsync(accounts.openBootstrap({ demo: false, requestId: 'x' }), coded('bootstrap_closed'));
  await t.throwsAsync(accounts.renewInvitations({ requestId: 'x' }), coded('bootstrap_closed'));
  for (const sqlText of [
    sql`update archive_bootstrap set closed_at = null`,
    sql`delete from archive_bootstrap`,
    sql`update archive_bootstrap set closed_at = now()`,
  ]) {
    await t.throwsAsync(database.owner.run(sqlText), { message: /closed for good/ });
  }
  const holders = await database.owner.many<{ role: string; person_id: string }>(sql`select role, person_id from role_grants`);
  t.is(new Set(holders.map((one) => one.person_id)).size, 3);
  t.deepEqual(
    (await archive.acts()).map((one) => one.act),
    ['bootstrap.open', 'invitation.claim', 'invitation.claim', 'invitation.claim'],
  );
  const stored = await database.owner.many<{ text: string }>(sql`select i::text as text from invitations i`);
  for (const { secret } of issued) for (const { text } of stored) t.false(text.includes(secret.slice(9)));
});

test('R84: one invitation claimed many times at once is claimed once', async (t) => {
  const archive = await testArchive();
  t.teardown(() => archive.close());
  const [issued] = await archive.accounts.openBootstrap({ demo: false, requestId: 'start' });
  const tries = Array.from({ length: 6 }, (_, i) =>
    archive.accounts.claimInvitation({ secret: issued?.secret ?? '', password: PASSWORDS.other, name: `P${i}`, username: `claimer${i}`, ...origin() }).then(
      () => 'claimed',
      (error: unknown) => (isCoded(error) ? error.code : String(error)),
    ),
  );
  t.deepEqual((await Promise.all(tries)).sort(), ['claimed', 'not_found', 'not_found', 'not_found', 'not_found', 'not_found']);
});

test('R84: invitations expire after a day; a command renews those that still wait', async (t) => {
  const archive = await testArchive();
  t.teardown(() => archive.close());
  const { accounts, clock } = archive;
  const issued = await accounts.openBootstrap({ demo: false, requestId: 'start' });
  await accounts.claimInvitation({ secret: issued[0]?.secret ?? '', password: PASSWORDS.other, name: 'A', username: 'first', ...origin() });
  clock.pass(24 * 60);
  await t.throwsAsync(accounts.showInvitation(issued[1]?.secret ?? ''), coded('not_found'));
  await t.throwsAsync(
    accounts.claimInvitation({ secret: issued[1]?.secret ?? '', password: PASSWORDS.other, name: 'B', username: 'second', ...origin() }),
    coded('not_found'),
  );
  const renewed = await accounts.renewInvitations({ requestId: 'renew' });
  t.deepEqual(
    renewed.map((one) => one.role),
    ['security_admin', 'audit_admin'],
  );
  clock.pass(1);
  await t.throwsAsync(
    accounts.claimInvitation({ secret: issued[2]?.secret ?? '', password: PASSWORDS.other, name: 'C', username: 'third', ...origin() }),
    coded('not_found'),
    'the old one is void',
  );
  t.is((await accounts.showInvitation(renewed[0]?.secret ?? '')).role, 'security_admin');
});

test('R84: weak claims are refused with the field named, and leave nothing behind', async (t) => {
  const archive = await testArchive();
  t.teardown(() => archive.close());
  const [issued] = await archive.accounts.openBootstrap({ demo: false, requestId: 'start' });
  const fields = async (more: object): Promise<string[]> => {
    const error = await t.throwsAsync(
      archive.accounts.claimInvitation({ secret: issued?.secret ?? '', password: PASSWORDS.other, name: 'A', username: 'first', ...origin(), ...more }),
    );
    return isCoded(error, 'invalid_field') ? error.fields.map((one) => `${one.field}:${one.code}`) : [String(error)];
  };
  t.deepEqual(await fields({ password: 'short' }), ['password:too_short']);
  t.deepEqual(await fields({ password: 'Password@2026!' }), ['password:weak']);
  t.deepEqual(await fields({ password: 'first-in-the-house' }), ['password:weak']);
  t.deepEqual(await fields({ username: 'has space' }), ['username:not_a_name']);
  t.deepEqual(await fields({ username: undefined, name: undefined }), ['name:missing', 'username:missing']);
  t.deepEqual(await fields({ name: ' ' }), ['name:empty']);
  t.is((await archive.database.owner.many(sql`select id from persons`)).length, 0);
});

test('demo accounts: only in a demo archive, only once, each role signs in, and the archive stays a demo', async (t) => {
  const archive = await testArchive();
  t.teardown(() => archive.close());
  const { accounts, database } = archive;
  const input = { departments: DEMO_DEPARTMENTS, people: DEMO_PEOPLE, requestId: 'demo' };
  await t.throwsAsync(accounts.createDemoAccounts(input), coded('wrong_state'));
  await accounts.openBootstrap({ demo: true, requestId: 'start' });
  const { credentials } = await accounts.createDemoAccounts(input);
  t.is(credentials.length, DEMO_PEOPLE.length + 1);
  t.is(new Set(credentials.map((one) => one.password)).size, credentials.length);
  t.true(
    ADMIN_ROLES.every((role) => credentials.some((one) => one.role === role && one.totp !== undefined)),
    'R47: administrators come with a second factor',
  );
  t.true(
    credentials.every((one) => one.role !== 'integration' || one.totp === undefined),
    'a machine has no second factor',
  );
  for (const { role, username, password, totp } of credentials) {
    const actor = role === 'integration' ? await accounts.actorFromToken(password, origin()) : await actorOf(archive, username, password, totp);
    t.is(actor.secondFactor, totp !== undefined, role);
    t.deepEqual([...actor.roles], [role]);
  }
  await accounts.assertBootstrapped();
  await t.throwsAsync(accounts.createDemoAccounts(input), coded('bootstrap_closed'));
  await t.throwsAsync(database.owner.run(sql`update archive_bootstrap set demo = false`), { message: /closed for good/ });
});

test('demo accounts are refused in a real archive, by the database too', async (t) => {
  const archive = await testArchive();
  t.teardown(() => archive.close());
  const { accounts, database } = archive;
  const { system } = await bootstrap(archive);
  await t.throwsAsync(accounts.createDemoAccounts({ departments: [], people: DEMO_PEOPLE, requestId: 'demo' }), coded('wrong_state'));
  for (const [origin_, role] of [
    ['demo', 'agent'],
    ['bootstrap', 'system_admin'],
  ]) {
    await t.throwsAsync(
      database.owner.run(
        sql`insert into role_grants (id, account_id, person_id, role, state, origin, given_at) values (gen_random_uuid(), ${system.accountId}, ${system.personId}, ${role}, 'active', ${origin_}, now())`,
      ),
      { message: /the bootstrap is closed/ },
    );
  }
});
