import test from 'ava';
import { currentCode, type SignedIn } from '../../src/accounts/index.js';
import { sql } from '../../src/db/index.js';
import { isCoded } from '../../src/errors/index.js';
import { bootstrap, newcomer, origin, PASSWORDS, testArchive, type Administrators, type TestArchive } from './support/archive.js';

let archive: TestArchive;
let admins: Administrators;

test.before(async () => {
  archive = await testArchive();
  admins = await bootstrap(archive);
});
test.after.always(() => archive.close());

const signIn = (username: string, deviceToken?: string): Promise<SignedIn> =>
  archive.accounts.signIn({ username, password: PASSWORDS.other, device: 'Firefox on Linux', deviceToken, ...origin() });
const outcome = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'ok',
    (error: unknown) => (isCoded(error) ? error.code : String(error)),
  );
const asked = async (one: SignedIn): Promise<string[]> => (await archive.accounts.askedDevices(one.actor)).map(({ id, mayVouch }) => `${id} ${mayVouch}`);
const deviceOf = async (one: SignedIn): Promise<string> => (await archive.accounts.listDevices(one.actor)).find(({ current }) => current)?.id ?? '';
const acts = async (act: string): Promise<number> => (await archive.acts()).filter((one) => one.act === act).length;

test.serial('a device is known by the cookie that it was given; a new one is asked about on the others, on record', async (t) => {
  await newcomer(archive, admins.system, 'lin.xia');
  const before = await acts('session.new_device');
  const first = await signIn('lin.xia');
  t.regex(first.device.token, /^lantai_d_[\w-]{43}$/);
  t.false(first.device.isNew, 'the first device of an account is nobody’s surprise');
  const again = await signIn('lin.xia', first.device.token);
  t.is(again.device.token, first.device.token);
  t.false(again.device.isNew);
  t.is((await archive.accounts.listDevices(again.actor)).length, 1);
  t.is(await acts('session.new_device'), before);
  const other = await signIn('lin.xia');
  t.true(other.device.isNew);
  t.is(await acts('session.new_device'), before + 1);
  const id = await deviceOf(other);
  t.deepEqual(await asked(first), [`${id} true`]);
  t.deepEqual(await asked(other), [], 'not on itself');
  t.deepEqual(await asked(await signIn('lin.xia', first.device.token)), [`${id} true`], 'and at the next sign-in');
  const stored = await archive.database.owner.many<{ row: string }>(sql`select d::text as row from known_devices d`);
  t.false(
    stored.some(({ row }) => row.includes(other.device.token.slice(9))),
    'the cookie stands nowhere',
  );
});

test.serial('“that was me” is said on a known device alone; “not me” signs it out at once and forgets it', async (t) => {
  await newcomer(archive, admins.system, 'gao.yu');
  const mine = await signIn('gao.yu');
  const thief = await signIn('gao.yu');
  const accomplice = await signIn('gao.yu');
  const [bad, worse] = [await deviceOf(thief), await deviceOf(accomplice)];
  t.is(await outcome(archive.accounts.vouchForDevice(thief.actor, { id: bad })), 'forbidden', 'not for itself');
  t.is(await outcome(archive.accounts.vouchForDevice(accomplice.actor, { id: bad })), 'forbidden', 'nor one new device for another');
  t.deepEqual(await asked(accomplice), [`${bad} false`]);
  const stranger = await signIn('lin.xia');
  t.is(await outcome(archive.accounts.vouchForDevice(stranger.actor, { id: bad })), 'not_found');
  t.is(await outcome(archive.accounts.removeDevice(stranger.actor, { id: bad, denied: true })), 'not_found');
  t.is(await archive.accounts.removeDevice(mine.actor, { id: bad, denied: true }), 1);
  t.is(await outcome(archive.accounts.actorFromSession(thief.token, origin())), 'unauthenticated');
  t.is(await outcome(archive.accounts.actorFromSession(accomplice.token, origin())), 'ok');
  t.true((await signIn('gao.yu', thief.device.token)).device.isNew, 'its cookie means nothing any more');
  await archive.accounts.vouchForDevice(mine.actor, { id: worse });
  t.is(await outcome(archive.accounts.vouchForDevice(mine.actor, { id: worse })), 'wrong_state');
  t.false((await asked(mine)).some((one) => one.startsWith(worse)));
  t.is(await outcome(archive.accounts.removeDevice(mine.actor, { id: await deviceOf(mine), denied: false })), 'wrong_state');
  for (const act of ['device.know', 'device.deny']) t.is(await acts(act), 1, act);
});

test.serial('a stranger with the password forgets no known device; its owner does, from a known one or with a second factor he had before', async (t) => {
  await newcomer(archive, admins.system, 'he.min');
  const mine = await signIn('he.min');
  const known = await deviceOf(mine);
  const thief = await signIn('he.min');
  const mayRemove = async (one: SignedIn): Promise<(boolean | undefined)[]> =>
    (await archive.accounts.listDevices(one.actor)).filter(({ id }) => id === known).map((row) => row.mayRemove);
  for (const denied of [true, false]) t.is(await outcome(archive.accounts.removeDevice(thief.actor, { id: known, denied })), 'forbidden');
  t.deepEqual(await mayRemove(thief), [false]);
  t.is(await outcome(archive.accounts.actorFromSession(mine.token, origin())), 'ok', 'its sessions go on');
  // what was enrolled in this very session proves no more than the password did
  const enrol = async (token: string): Promise<string> => {
    const actor = await archive.accounts.actorFromSession(token, origin());
    const { uri } = await archive.accounts.beginSecondFactor(actor);
    await archive.accounts.confirmSecondFactor(actor, { code: currentCode(uri, archive.clock.now()) });
    return uri;
  };
  const uri = await enrol(thief.token);
  const shown = await archive.accounts.actorFromSession(thief.token, origin());
  t.true(shown.secondFactor);
  t.is(await outcome(archive.accounts.removeDevice(shown, { id: known, denied: false })), 'forbidden');
  // a third device, where the factor that there was already is shown
  archive.clock.pass(5);
  const third = await signIn('he.min');
  t.is(await outcome(archive.accounts.removeDevice(third.actor, { id: known, denied: false })), 'forbidden');
  await archive.accounts.showSecondFactor(third.actor, { code: currentCode(uri, archive.clock.now()) });
  const proved = await archive.accounts.actorFromSession(third.token, origin());
  t.deepEqual(await mayRemove(third), [true]);
  await archive.accounts.removeDevice(proved, { id: known, denied: false });
  t.deepEqual(await mayRemove(third), []);
});

test.serial('two accounts share a device and nothing else; after a fortnight nobody is asked any more; fifty are kept', async (t) => {
  await newcomer(archive, admins.system, 'one.desk');
  await newcomer(archive, admins.system, 'same.desk');
  const one = await signIn('one.desk');
  const same = await signIn('same.desk', one.device.token);
  t.is(same.device.token, one.device.token, 'one cookie serves both');
  const hashes = await archive.database.owner.many<{ hash: string }>(sql`select encode(k.token_hash, 'hex') as hash from known_devices k
    join accounts a on a.id = k.account_id where a.username in ('one.desk', 'same.desk')`);
  t.is(new Set(hashes.map(({ hash }) => hash)).size, 2);
  const later = await signIn('one.desk');
  t.is((await asked(one)).length, 1);
  archive.clock.pass(15 * 24 * 60);
  t.is((await asked(one)).length, 0);
  t.true((await archive.accounts.listDevices(later.actor)).every(({ known }) => known));
  for (let i = 0; i < 52; i++) await signIn('one.desk');
  t.is((await archive.accounts.listDevices(one.actor)).length, 50);
  t.is(await outcome(signIn('one.desk', 'lantai_d_nonsense')), 'ok');
});
