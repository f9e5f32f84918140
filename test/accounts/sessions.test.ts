import test from 'ava';
import { sql } from '../../src/db/index.js';
import { isCoded, type ErrorCode } from '../../src/errors/index.js';
import { bootstrap, inRole, newcomer, origin, PASSWORDS, testArchive, type Administrators, type TestArchive } from './support/archive.js';

let archive: TestArchive;
let admins: Administrators;

test.before(async () => {
  archive = await testArchive();
  admins = await bootstrap(archive);
});
test.after.always(() => archive.close());

const signIn = (username: string, password: string): ReturnType<TestArchive['accounts']['signIn']> =>
  archive.accounts.signIn({ username, password, device: 'Firefox on Linux', ...origin() });
const outcome = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'ok',
    (error: unknown) => (isCoded(error) ? error.code : String(error)),
  );
const lastActs = async (n: number) => (await archive.acts()).slice(-n);
const coded = (code: ErrorCode) => ({ message: code, name: 'CodedError' });

test.serial('R47: a session gives the actor with person, roles and department; name in any case, token stored hashed', async (t) => {
  await archive.accounts.createDepartment(admins.system, { code: '热线', names: { zh: '热线', en: 'Hotline' } });
  const { personId, accountId } = await newcomer(archive, admins.system, 'lin.xia', '热线');
  await inRole(archive, admins, accountId, 'agent');
  const { token, actor } = await signIn(' LIN.Xia ', PASSWORDS.other);
  const again = await archive.accounts.actorFromSession(token, { address: null, requestId: 'r' });
  t.like(again, { kind: 'person', personId, accountId, roles: ['agent'], department: '热线', secondFactor: false, sessionId: actor.sessionId, requestId: 'r' });
  t.true(Object.isFrozen(again) && Object.isFrozen(again.roles));
  const rows = await archive.database.owner.many<{ text: string }>(sql`select s::text as text from sessions s`);
  t.false(rows.some((row) => row.text.includes(token.slice(9))));
});

test.serial('the look-up of a session is one statement that reads every table by an index', async (t) => {
  const plan = await archive.database.owner.many<Record<string, string>>(sql`
    explain select s.id from sessions s join accounts a on a.id = s.account_id join persons p on p.id = a.person_id where s.token_hash = ${Buffer.alloc(32)} and s.ended_at is null`);
  const text = plan.map((row) => Object.values(row)[0]).join('\n');
  t.regex(text, /sessions_token_hash_key/);
});

test.serial('R47: unknown name, wrong password, disabled and invited accounts look alike, and each refusal is an entry without the typed name', async (t) => {
  const { accounts } = archive;
  const { personId } = await accounts.createPerson(admins.system, { name: 'Invited', department: null });
  await accounts.createAccount(admins.system, { personId, username: 'invited.only' });
  const { accountId } = await newcomer(archive, admins.system, 'disabled.one');
  await accounts.disableAccount(admins.system, { accountId });
  for (const [username, password] of [
    ['nobody.here', PASSWORDS.other],
    ['lin.xia', 'wrong password 1'],
    ['invited.only', PASSWORDS.other],
    ['disabled.one', PASSWORDS.other],
    ['\0', 'x'],
    ['x'.repeat(5000), 'y'],
  ]) {
    t.is(await outcome(signIn(username ?? '', password ?? '')), 'bad_credentials', username);
  }
  const refusals = await lastActs(6);
  t.true(refusals.every((one) => one.act === 'session.refused' && one.decision === 'deny' && one.actor === 'nobody'));
  t.deepEqual(
    refusals.map((one) => (JSON.parse(one.entry) as { facts: { reason: string } }).facts.reason),
    ['unknown_name', 'wrong_password', 'wrong_password', 'not_active', 'unknown_name', 'unknown_name'],
  );
  t.false(refusals.some((one) => /nobody\.here|lin\.xia|192\.0\.2/.test(one.entry)));
  t.is(refusals[3]?.subject, accountId);
});

test.serial('R47: five failures lock, the right password too; known and unknown names alike; the time passes or the administrator unlocks', async (t) => {
  const { accountId } = await newcomer(archive, admins.system, 'locked.one');
  for (const name of ['locked.one', 'never.was']) {
    for (let i = 0; i < 4; i++) t.is(await outcome(signIn(name, 'wrong password 2')), 'bad_credentials');
    t.is(await outcome(signIn(name, 'wrong password 2')), 'locked_out');
    t.is(await outcome(signIn(name, PASSWORDS.other)), 'locked_out');
  }
  archive.clock.pass(14);
  t.is(await outcome(signIn('locked.one', PASSWORDS.other)), 'locked_out');
  archive.clock.pass(2);
  t.is(await outcome(signIn('locked.one', PASSWORDS.other)), 'ok');
  for (let i = 0; i < 5; i++) await outcome(signIn('locked.one', 'wrong password 3'));
  await archive.accounts.unlockAccount(admins.system, { accountId });
  t.is(await outcome(signIn('locked.one', PASSWORDS.other)), 'ok');
});

test.serial('R47: fifty guesses at once get five looks', async (t) => {
  await newcomer(archive, admins.system, 'many.guesses');
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcome(signIn('many.guesses', 'wrong password 4'))));
  t.true(outcomes.every((one) => one === 'bad_credentials' || one === 'locked_out'));
  const reasons = (await archive.acts()).slice(-50).map((one) => (JSON.parse(one.entry) as { facts: { reason: string } }).facts.reason);
  t.is(reasons.filter((reason) => reason === 'wrong_password').length, 5);
});

test.serial('R47: a session ends when it is idle, and in any case after its hours; use slides it at most once a minute', async (t) => {
  const { accounts, clock, database } = archive;
  const idle = await signIn('lin.xia', PASSWORDS.other);
  clock.pass(30);
  await t.throwsAsync(accounts.actorFromSession(idle.token, origin()), coded('session_expired'));
  const used = await signIn('lin.xia', PASSWORDS.other);
  const usedAt = async () =>
    (await database.owner.one<{ used_at: Date }>(sql`select used_at from sessions where id = ${used.actor.sessionId}`)).used_at.getTime();
  const before = await usedAt();
  clock.pass(0.9);
  await accounts.actorFromSession(used.token, origin());
  t.is(await usedAt(), before);
  const entries = (await archive.acts()).length;
  for (let i = 0; i < 24; i++) {
    clock.pass(29);
    await accounts.actorFromSession(used.token, origin());
  }
  t.is((await archive.acts()).length, entries, 'sliding is no audited change');
  clock.pass(24);
  await t.throwsAsync(accounts.actorFromSession(used.token, origin()), coded('session_expired'));
});

test.serial('R47: signing out, elsewhere and everywhere; never the session of another', async (t) => {
  const { accounts } = archive;
  const [one, two, three] = [await signIn('lin.xia', PASSWORDS.other), await signIn('lin.xia', PASSWORDS.other), await signIn('lin.xia', PASSWORDS.other)];
  const other = await signIn('locked.one', PASSWORDS.other);
  const listed = await accounts.listSessions(one.actor);
  t.is(listed.length, 3);
  t.deepEqual(
    listed.filter((session) => session.current).map((session) => session.id),
    [one.actor.sessionId],
  );
  t.is(listed[0]?.device, 'Firefox on Linux');
  await t.throwsAsync(accounts.signOut(one.actor, other.actor.sessionId ?? ''), coded('not_found'));
  await accounts.signOut(one.actor, two.actor.sessionId ?? '');
  await t.throwsAsync(accounts.actorFromSession(two.token, origin()), coded('unauthenticated'));
  t.true((await accounts.signOutEverywhere(one.actor)) >= 2);
  for (const { token } of [one, three]) await t.throwsAsync(accounts.actorFromSession(token, origin()), coded('unauthenticated'));
  await accounts.actorFromSession(other.token, origin());
  for (const rubbish of ['', 'x', 'lantai_s_', `lantai_s_${'A'.repeat(43)}`, `lantai_t_${'A'.repeat(43)}`, 'é'.repeat(52)]) {
    await t.throwsAsync(accounts.actorFromSession(rubbish, origin()), coded('unauthenticated'));
  }
});

test.serial('R47: a new password needs the present one and ends the other sessions', async (t) => {
  const { accounts } = archive;
  const mine = await signIn('lin.xia', PASSWORDS.other);
  const elsewhere = await signIn('lin.xia', PASSWORDS.other);
  await t.throwsAsync(accounts.setPassword(mine.actor, { current: 'not it at all', next: PASSWORDS.audit }), coded('bad_credentials'));
  await t.throwsAsync(accounts.setPassword(mine.actor, { current: PASSWORDS.other, next: 'password1234' }), coded('invalid_field'));
  await accounts.setPassword(mine.actor, { current: PASSWORDS.other, next: PASSWORDS.audit });
  await accounts.actorFromSession(mine.token, origin());
  await t.throwsAsync(accounts.actorFromSession(elsewhere.token, origin()), coded('unauthenticated'));
  t.is(await outcome(signIn('lin.xia', PASSWORDS.other)), 'bad_credentials');
  t.is(await outcome(signIn('lin.xia', PASSWORDS.audit)), 'ok');
});

test.serial('R47: guessing the present password in an open session locks like guessing at the door', async (t) => {
  const { accountId } = await newcomer(archive, admins.system, 'open.session');
  const { actor } = await signIn('open.session', PASSWORDS.other);
  const change = (current: string): Promise<string> => outcome(archive.accounts.setPassword(actor, { current, next: PASSWORDS.audit }));
  for (let i = 0; i < 4; i++) t.is(await change('wrong password 5'), 'bad_credentials');
  t.is(await change('wrong password 5'), 'locked_out');
  t.is(await change(PASSWORDS.other), 'locked_out');
  t.is(await outcome(signIn('open.session', PASSWORDS.other)), 'locked_out');
  await archive.accounts.unlockAccount(admins.system, { accountId });
  t.is(await change(PASSWORDS.other), 'ok');
});

test.serial('R47: accounts that nobody uses go to sleep, the last of each administrator stays awake, an invitation wakes', async (t) => {
  const { accounts, clock } = archive;
  const { accountId } = await newcomer(archive, admins.system, 'sleepy.one');
  const { token } = await signIn('sleepy.one', PASSWORDS.other);
  clock.pass(91 * 24 * 60);
  const awake = await signIn('locked.one', PASSWORDS.other);
  t.true((await accounts.disableSleepers({ requestId: 'job' })) >= 2);
  await t.throwsAsync(accounts.actorFromSession(token, origin()), coded('unauthenticated'));
  await accounts.actorFromSession(awake.token, origin());
  t.is(await outcome(signIn('sleepy.one', PASSWORDS.other)), 'bad_credentials');
  for (const [name, password] of [
    ['sys', PASSWORDS.system],
    ['sec', PASSWORDS.security],
    ['aud', PASSWORDS.audit],
  ] as const)
    t.is(await outcome(signIn(name, password)), 'ok');
  const { secret } = await accounts.inviteAgain(admins.system, { accountId });
  await accounts.claimInvitation({ secret, password: PASSWORDS.security, ...origin() });
  t.is(await outcome(signIn('sleepy.one', PASSWORDS.security)), 'ok');
  t.is(await accounts.disableSleepers({ requestId: 'job' }), 0);
});
