import test from 'ava';
import { systemActor } from '../../src/audit/index.js';
import type { ErrorCode } from '../../src/errors/index.js';
import { sql } from '../../src/db/index.js';
import { actorOf, bootstrap, origin, testArchive, type Administrators, type TestArchive } from './support/archive.js';

let archive: TestArchive;
let admins: Administrators;

test.before(async () => {
  archive = await testArchive();
  admins = await bootstrap(archive);
});
test.after.always(() => archive.close());

const coded = (code: ErrorCode) => ({ message: code });

test.serial('departments: made, renamed, closed when empty; the code is for ever', async (t) => {
  const { accounts } = archive;
  await accounts.createDepartment(admins.system, { code: '热线', names: { zh: '热线部', en: 'Hotline' } });
  await accounts.createDepartment(admins.system, { code: 'archive', names: { zh: '档案室', en: 'Archive' }, isArchive: true });
  await t.throwsAsync(accounts.createDepartment(admins.system, { code: '热线', names: { zh: 'x', en: 'x' } }), coded('invalid_field'));
  await t.throwsAsync(accounts.createDepartment(admins.system, { code: 'has space', names: { zh: 'x', en: 'x' } }), coded('invalid_field'));
  await t.throwsAsync(accounts.createDepartment(admins.security, { code: 'x', names: { zh: 'x', en: 'x' } }), coded('forbidden'));
  await accounts.changeDepartment(admins.system, { code: '热线', names: { zh: '客服热线', en: 'Hotline' } });
  const { personId } = await accounts.createPerson(admins.system, { name: '临时', department: 'archive' });
  await t.throwsAsync(accounts.closeDepartment(admins.system, { code: 'archive' }), coded('conflict'));
  await accounts.changePerson(admins.system, { personId, name: '临时', department: '热线' });
  await accounts.closeDepartment(admins.system, { code: 'archive' });
  t.deepEqual(
    (await accounts.listDepartments(admins.audit)).map((one) => [one.code, one.closedAt === null]),
    [
      ['热线', true],
      ['archive', false],
    ],
  );
  await t.throwsAsync(accounts.createPerson(admins.system, { name: 'x', department: 'archive' }), coded('invalid_field'));
  await t.throwsAsync(accounts.createPerson(admins.system, { name: 'x', department: 'nowhere' }), coded('invalid_field'));
});

test.serial('nobody moves himself into a department, because a department is a right to read', async (t) => {
  await t.throwsAsync(
    archive.accounts.changePerson(admins.system, { personId: admins.system.personId ?? '', name: '石磊', department: '热线' }),
    coded('same_person'),
  );
  await archive.accounts.changePerson(admins.system, { personId: admins.system.personId ?? '', name: '石磊磊', department: null });
});

test.serial('people are listed by name in keyset pages, each person once, and found by name, user name, department, role and pseudonym', async (t) => {
  const { accounts } = archive;
  for (let i = 0; i < 23; i++) {
    const { personId } = await accounts.createPerson(admins.system, { name: `同名 ${i % 7}`, department: i % 2 ? '热线' : null });
    if (i < 3) await accounts.createAccount(admins.system, { personId, username: `u.${i}_x` });
  }
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page = await accounts.listPeople(admins.security, { limit: 5, ...(after !== null && { after }) });
    seen.push(...page.items.map((one) => one.personId));
    after = page.next;
  } while (after !== null);
  t.is(new Set(seen).size, seen.length);
  t.is(seen.length, 3 + 1 + 23);
  const found = async (search: object) => (await accounts.listPeople(admins.security, { limit: 200, ...search })).items;
  t.is((await found({ text: '同名 3' })).length, 3);
  t.is((await found({ text: 'u.1_X' })).length, 1);
  t.is((await found({ text: '%' })).length, 0, 'a percent sign is itself');
  t.is((await found({ text: '\\' })).length, 0);
  t.is((await found({ department: '热线' })).length, 12);
  t.deepEqual(
    (await found({ role: 'audit_admin' })).map((one) => one.accounts[0]?.username),
    ['aud'],
  );
  t.is((await found({ text: admins.audit.pseudonym })).length, 1);
  t.is((await found({ state: 'invited' })).length, 3);
  await t.throwsAsync(accounts.listPeople(admins.security, { after: 'rubbish' }), coded('invalid_field'));
  await t.throwsAsync(accounts.listPeople(admins.security, { limit: 100_000 }), coded('invalid_field'));
  await t.throwsAsync(accounts.listPeople(systemActor('job'), {}), coded('forbidden'));
  t.like(await accounts.viewPerson(admins.audit, { personId: seen[0] ?? '' }), { personId: seen[0] });
  await t.throwsAsync(accounts.viewPerson(admins.audit, { personId: 'x' }), coded('invalid_field'));
  await t.throwsAsync(accounts.viewPerson(admins.audit, { personId: '00000000-0000-7000-8000-000000000000' }), coded('not_found'));
  const names = await accounts.namesOf([admins.audit.pseudonym, 'p-unknown']);
  t.deepEqual([...names], [[admins.audit.pseudonym, '申明']]);
});

test.serial('R57: names and user names stand in no entry, only pseudonyms', async (t) => {
  const entries = (await archive.acts()).map((one) => one.entry).join('\n');
  for (const word of ['石磊', '同名', 'u.1_x', '192.0.2.7', '临时']) t.false(entries.includes(word), word);
  t.true(entries.includes(admins.audit.pseudonym));
});

test.serial('tokens: scoped, expiring, shown once, stored hashed, revoked at once; only the security administrator keeps them', async (t) => {
  const { accounts, clock, database } = archive;
  await t.throwsAsync(accounts.issueToken(admins.system, { name: 'crm', scopes: ['capture'], days: 30 }), coded('forbidden'));
  for (const wrong of [{ scopes: [] }, { scopes: ['everything'] }, { days: 0 }, { days: 5000 }, { name: '' }, { department: 'nowhere' }]) {
    await t.throwsAsync(accounts.issueToken(admins.security, { name: 'crm', scopes: ['capture'], days: 30, ...(wrong as object) }), coded('invalid_field'));
  }
  const one = await accounts.issueToken(admins.security, { name: '客服系统', scopes: ['capture', 'find'], department: '热线', days: 30 });
  const two = await accounts.issueToken(admins.security, { name: 'other', scopes: ['capture'], days: 1 });
  const actor = await accounts.actorFromToken(one.secret, origin());
  t.like(actor, { kind: 'integration', personId: null, roles: ['integration'], scopes: ['capture', 'find'], department: '热线', sessionId: one.tokenId });
  const rows = await database.owner.many<{ text: string }>(sql`select k::text as text from tokens k`);
  t.false(rows.some((row) => row.text.includes(one.secret.slice(9))));
  clock.pass(24 * 60);
  await t.throwsAsync(accounts.actorFromToken(two.secret, origin()), coded('unauthenticated'));
  await accounts.actorFromToken(one.secret, origin());
  const security = await actorOf(archive, 'sec', 'copper kettle song');
  t.deepEqual((await accounts.listTokens(security)).map((row) => row.name).toSorted(), ['other', '客服系统']);
  await accounts.revokeToken(security, { tokenId: one.tokenId });
  await t.throwsAsync(accounts.actorFromToken(one.secret, origin()), coded('unauthenticated'));
  await t.throwsAsync(accounts.revokeToken(security, { tokenId: one.tokenId }), coded('not_found'));
  for (const rubbish of ['', 'x', 'Bearer x', `lantai_t_${'A'.repeat(43)}`, one.secret.toUpperCase()])
    await t.throwsAsync(accounts.actorFromToken(rubbish, origin()), coded('unauthenticated'));
});
