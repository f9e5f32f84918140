import test from 'ava';
import { currentCode } from '../../src/accounts/index.js';
import type { Actor } from '../../src/audit/index.js';
import { newId, sql } from '../../src/db/index.js';
import { isCoded, type ErrorCode } from '../../src/errors/index.js';
import { actorOf, bootstrap, newcomer, origin, PASSWORDS, testArchive, type Administrators, type TestArchive } from './support/archive.js';

const coded = (code: ErrorCode) => ({ message: code, name: 'CodedError' });
let archive: TestArchive;
let admins: Administrators;

test.before(async () => {
  archive = await testArchive();
  admins = await bootstrap(archive);
});
test.after.always(() => archive.close());

/** Signed in by password alone. */
async function byPassword(username: string, password: string = PASSWORDS.other): Promise<{ token: string; actor: Actor }> {
  return archive.accounts.signIn({ username, password, device: 'test', ...origin() });
}

const again = (token: string): Promise<Actor> => archive.accounts.actorFromSession(token, origin());

interface Enrolled {
  personId: string;
  accountId: string;
  uri: string;
  recoveryCodes: string[];
  token: string;
  actor: Actor;
}

/** Somebody new with a second factor, of which the present step was used up by the enrolment. */
async function enrolled(username: string): Promise<Enrolled> {
  const made = await newcomer(archive, await fresh('sys', PASSWORDS.system), username);
  const { token, actor } = await byPassword(username);
  const { uri } = await archive.accounts.beginSecondFactor(actor);
  const { recoveryCodes } = await archive.accounts.confirmSecondFactor(actor, { code: currentCode(uri, archive.clock.now()) });
  return { ...made, uri, recoveryCodes, token, actor: await again(token) };
}

const fresh = (username: string, password: string): Promise<Actor> => actorOf(archive, username, password);

async function outcome(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'ok',
    (error: unknown) => (isCoded(error) ? (error.fields[0]?.code ?? error.code) : String(error)),
  );
}

test.serial('R47: by password alone an administrator is denied everything but the own session, until the second factor is shown', async (t) => {
  const { accounts } = archive;
  const { token, actor } = await byPassword('sys', PASSWORDS.system);
  await t.throwsAsync(accounts.listPeople(actor, {}), coded('second_factor_required'));
  await t.throwsAsync(accounts.createPerson(actor, { name: '甲', department: null }), coded('second_factor_required'));
  await accounts.listSessions(actor);
  await t.throwsAsync(accounts.beginSecondFactor(actor), coded('second_factor_required'), 'who has the password alone puts no other phone in its place');
  await t.throwsAsync(accounts.renewRecoveryCodes(actor), coded('second_factor_required'));
  await t.throwsAsync(accounts.removeSecondFactor(actor), coded('second_factor_required'));
  const state = await accounts.secondFactorState(await again(token));
  t.like(state, { needed: true, shown: false });
  t.like(await accounts.secondFactorState(admins.system), { needed: true, shown: true });
  await t.throwsAsync(accounts.removeSecondFactor(await fresh('sys', PASSWORDS.system)), coded('wrong_state'), 'a role needs it');
});

test.serial('R47: a code that is shown many times at once works once', async (t) => {
  const { accounts, clock } = archive;
  const one = await enrolled('code.race'); // an account of its own: wrong codes before the race would lock it
  clock.pass(2);
  const { actor } = await byPassword('code.race');
  const race = await Promise.all(Array.from({ length: 4 }, () => outcome(accounts.showSecondFactor(actor, { code: currentCode(one.uri, clock.now()) }))));
  t.deepEqual(race.sort(), ['ok', 'wrong_code', 'wrong_code', 'wrong_code']);
});

test.serial('R47: a code works once; codes of the step before and after count, others do not', async (t) => {
  const { accounts, clock } = archive;
  const one = await enrolled('code.once');
  const show = (shift: number, actor: Actor) => outcome(accounts.showSecondFactor(actor, { code: currentCode(one.uri, clock.now(), shift) }));
  const { actor, token } = await byPassword('code.once');
  t.is(await show(0, actor), 'wrong_code', 'it confirmed the enrolment');
  clock.pass(2);
  t.is(await show(-2, actor), 'wrong_code');
  t.is(await show(2, actor), 'wrong_code');
  t.is(await show(0, actor), 'ok');
  t.is(await show(0, actor), 'wrong_code');
  t.true((await again(token)).secondFactor);
  const other = await byPassword('code.once');
  t.false((await again(other.token)).secondFactor, 'shown in one session is not shown in another');
  t.is(await show(-1, other.actor), 'wrong_code', 'earlier than one that was used');
  t.is(await show(1, other.actor), 'ok');
  const shown = (await archive.acts()).filter((entry) => entry.act === 'second_factor.show');
  t.true(shown.some((entry) => entry.decision === 'allow') && shown.some((entry) => entry.decision === 'deny'));
});

test.serial('R47: five wrong codes lock the second factor, right ones included; the password is not locked by it', async (t) => {
  const { accounts, clock } = archive;
  const one = await enrolled('five.codes');
  clock.pass(2);
  const { actor } = await byPassword('five.codes');
  for (let i = 0; i < 4; i++) t.is(await outcome(accounts.showSecondFactor(actor, { code: '000000' })), 'wrong_code');
  t.is(await outcome(accounts.showSecondFactor(actor, { code: 'aaaa-bbbb-cccc' })), 'locked_out', 'recovery codes count as well');
  t.is(await outcome(accounts.showSecondFactor(actor, { code: currentCode(one.uri, clock.now()) })), 'locked_out');
  t.is(await outcome(accounts.showSecondFactor(actor, { code: one.recoveryCodes[0] ?? '' })), 'locked_out');
  t.is(await outcome(byPassword('five.codes')), 'ok');
  await accounts.unlockAccount(await fresh('sys', PASSWORDS.system), { accountId: one.accountId });
  t.is(await outcome(accounts.showSecondFactor(actor, { code: currentCode(one.uri, clock.now()) })), 'ok');
});

test.serial('R47: a recovery code works once, typed as people type; new ones void the old ones', async (t) => {
  const { accounts } = archive;
  const one = await enrolled('recovery.one');
  t.is(new Set(one.recoveryCodes).size, 10);
  const [first = '', second = ''] = one.recoveryCodes;
  const { actor, token } = await byPassword('recovery.one');
  t.deepEqual(await accounts.showSecondFactor(actor, { code: ` ${first.toUpperCase().replaceAll('-', ' ')} ` }), { recoveryLeft: 9 });
  t.is(await outcome(accounts.showSecondFactor(actor, { code: first })), 'wrong_code');
  const { recoveryCodes } = await accounts.renewRecoveryCodes(await again(token));
  t.is(await outcome(accounts.showSecondFactor(actor, { code: second })), 'wrong_code');
  t.is(await outcome(accounts.showSecondFactor(actor, { code: recoveryCodes[0] ?? '' })), 'ok');
  await t.throwsAsync(archive.database.owner.run(sql`update recovery_codes set used_at = null where used_at is not null`), { message: /works once/ });
});

test.serial('R47: a reset needs two persons, neither of them its owner; the database says so too', async (t) => {
  const { accounts, database } = archive;
  const one = await enrolled('lost.phone');
  const system = await fresh('sys', PASSWORDS.system);
  const security = await fresh('sec', PASSWORDS.security);
  await t.throwsAsync(accounts.proposeReset(security, { accountId: one.accountId }), { message: 'forbidden' });
  await t.throwsAsync(accounts.proposeReset(system, { accountId: system.accountId ?? '' }), coded('same_person'));
  const { resetId } = await accounts.proposeReset(system, { accountId: one.accountId });
  await t.throwsAsync(accounts.proposeReset(system, { accountId: one.accountId }), coded('conflict'));
  await t.throwsAsync(accounts.decideReset(system, { resetId, agree: true }), { message: 'forbidden' }, 'never alone');
  const decide = (by: string | null) => sql`update second_factor_resets set state = 'done', decided_by = ${by}, decided_at = now() where id = ${resetId}`;
  await t.throwsAsync(database.owner.run(decide(system.personId)), { message: /second_person_resets/ });
  await t.throwsAsync(database.owner.run(decide(one.personId)), { message: /nobody_resets_himself/ });
  const end = sql`
    update second_factors set ended_at = now(), end_reason = 'reset', reset_id = ${resetId}, secret_sealed = null
    where account_id = ${one.accountId} and ended_at is null`;
  await t.throwsAsync(database.owner.run(end), { message: /reset by two persons/ });
  t.is((await accounts.listWaitingResets(security)).find((row) => row.resetId === resetId)?.username, 'lost.phone');
  await accounts.decideReset(security, { resetId, agree: true });
  await t.throwsAsync(accounts.decideReset(security, { resetId, agree: true }), coded('wrong_state'));
  await t.throwsAsync(again(one.token), coded('unauthenticated'), 'every session ends');
  const { actor, token } = await byPassword('lost.phone');
  t.is((await accounts.secondFactorState(actor)).enrolledAt, null);
  t.is(await outcome(accounts.showSecondFactor(actor, { code: one.recoveryCodes[3] ?? '' })), 'wrong_state');
  t.false((await again(token)).secondFactor);
});

test.serial('R47: a dangerous act asks for password or code of the last ten minutes, and a wrong password is no answer', async (t) => {
  const { accounts, clock } = archive;
  const one = await enrolled('late.one');
  clock.pass(11);
  const later = await again(one.token);
  await t.throwsAsync(accounts.renewRecoveryCodes(later), coded('reauthentication_required'));
  await t.throwsAsync(accounts.beginSecondFactor(later), coded('reauthentication_required'));
  await t.throwsAsync(accounts.reauthenticate(later, { password: 'wrong password 9' }), coded('bad_credentials'));
  await t.throwsAsync(accounts.renewRecoveryCodes(await again(one.token)), coded('reauthentication_required'));
  await accounts.reauthenticate(later, { password: PASSWORDS.other });
  await accounts.renewRecoveryCodes(await again(one.token));
  await accounts.removeSecondFactor(await again(one.token));
  t.false((await again(one.token)).secondFactor);
});

test.serial('R47: an enrolment is confirmed in its own session, by a code of its own secret, within its time; a new phone ends the old one', async (t) => {
  const { accounts, clock, database } = archive;
  const one = await enrolled('new.phone');
  clock.pass(1);
  const begun = await accounts.beginSecondFactor(one.actor);
  const elsewhere = await byPassword('new.phone');
  t.is(await accounts.begunSecondFactor(elsewhere.actor), null);
  t.is(await outcome(accounts.confirmSecondFactor(elsewhere.actor, { code: currentCode(begun.uri, clock.now()) })), 'wrong_state');
  t.is(await outcome(accounts.confirmSecondFactor(one.actor, { code: currentCode(one.uri, clock.now()) })), 'wrong_code', 'of the old secret');
  await accounts.confirmSecondFactor(one.actor, { code: currentCode(begun.uri, clock.now()) });
  await t.throwsAsync(again(elsewhere.token), coded('unauthenticated'), 'other sessions end');
  clock.pass(1);
  t.is(await outcome(accounts.showSecondFactor(one.actor, { code: currentCode(one.uri, clock.now()) })), 'wrong_code');
  t.is(await outcome(accounts.showSecondFactor(one.actor, { code: currentCode(begun.uri, clock.now()) })), 'ok');
  const rows = await database.owner.many<{ text: string }>(sql`select f::text as text from second_factors f where account_id = ${one.accountId}`);
  const secret = new URL(begun.uri).searchParams.get('secret') ?? 'none';
  t.is(rows.length, 2);
  t.false(
    rows.some(({ text }) => text.includes(secret) || text.includes(Buffer.from(secret).toString('hex'))),
    'sealed',
  );
  t.false((await archive.acts()).some(({ entry }) => entry.includes(secret) || one.recoveryCodes.some((code) => entry.includes(code))));
  const last = await accounts.beginSecondFactor(await again(one.token));
  clock.pass(16);
  t.is(await outcome(accounts.confirmSecondFactor(one.actor, { code: currentCode(last.uri, clock.now()) })), 'wrong_state', 'too late');
  await t.throwsAsync(database.app.run(sql`update second_factors set last_step = 1 where account_id = ${one.accountId}`), { message: /forwards only/ });
  t.is(await outcome(accounts.decideReset(await fresh('sec', PASSWORDS.security), { resetId: newId(), agree: true })), 'not_found');
});
