import { createHash, randomBytes, randomUUID, sign, verify } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Keystore, openKeystore } from '../../src/crypto/index.js';
import { isCoded } from '../../src/errors/index.js';

const folder = async (t: ExecutionContext): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'lantai-keystore-'));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
};
const refused = async (t: ExecutionContext, work: Promise<unknown>): Promise<void> => {
  t.true(isCoded(await t.throwsAsync(work), 'key_unavailable'));
};
const kekId = () => ({ bucket: randomUUID(), generation: 1 });
const bytesOf = async (keystore: Keystore, id: { bucket: string; generation: number }) => (await keystore.kek(id)).export().toString('hex');

test('a missing keystore is refused, never silently made anew', async (t) => {
  const place = join(await folder(t), 'keystore');
  await refused(t, openKeystore(place));
  await openKeystore(place, { create: true });
  await rename(join(place, 'root.json'), join(place, 'root.away'));
  await refused(t, openKeystore(place));
  await refused(t, openKeystore(place, { create: true }));
  await rename(join(place, 'root.away'), join(place, 'root.json'));
  await openKeystore(place);
});

test('a folder that holds other things is not made a keystore', async (t) => {
  const place = await folder(t);
  await writeFile(join(place, 'letter.txt'), 'mine');
  await refused(t, openKeystore(place, { create: true }));
});

test('nobody else on the machine may enter: 0700 and 0600, and a looser folder is refused', async (t) => {
  const place = join(await folder(t), 'keystore');
  const keystore = await openKeystore(place, { create: true });
  await keystore.ensureKek(kekId());
  t.is((await stat(place)).mode & 0o777, 0o700);
  t.is((await stat(join(place, 'keks'))).mode & 0o777, 0o700);
  for (const path of ['root.json', 'keystore.json', `keks/${(await readdir(join(place, 'keks')))[0] ?? ''}`]) {
    t.is((await stat(join(place, path))).mode & 0o777, 0o600, path);
  }
  await chmod(place, 0o755);
  await refused(t, openKeystore(place));
});

test('secrets and signing keys come back after a restart, differ by name and by archive', async (t) => {
  const place = join(await folder(t), 'keystore');
  const first = await openKeystore(place, { create: true });
  const again = await openKeystore(place);
  t.is(first.archiveId, again.archiveId);
  t.is(first.fingerprint, again.fingerprint);
  t.deepEqual(first.secret('phone-index').export(), again.secret('phone-index').export());
  t.is(first.secret('phone-index').symmetricKeySize, 32);
  t.notDeepEqual(first.secret('phone-index').export(), first.secret('side-rows').export());
  const signature = sign(null, Buffer.from('head'), first.signingKey('audit').privateKey);
  t.true(verify(null, Buffer.from('head'), again.signingKey('audit').publicKey, signature));
  t.false(verify(null, Buffer.from('head'), again.signingKey('other').publicKey, signature));
  t.is(again.signingKey('audit').publicKey.asymmetricKeyType, 'ed25519');
  const other = await openKeystore(join(await folder(t), 'keystore'), { create: true });
  t.notDeepEqual(first.secret('phone-index').export(), other.secret('phone-index').export());
  t.throws(() => first.secret('../root'));
});

test('two processes that make the keystore at once end with the same root', async (t) => {
  const place = join(await folder(t), 'keystore');
  const all = await Promise.allSettled(Array.from({ length: 6 }, () => openKeystore(place, { create: true })));
  const made = all.filter((one) => one.status === 'fulfilled').map((one) => one.value);
  t.true(made.length >= 1);
  t.is(new Set(made.map((one) => one.fingerprint)).size, 1);
  t.is((await openKeystore(place)).fingerprint, made[0]?.fingerprint ?? '');
});

test('a key-encryption key is durable in every copy before its first use', async (t) => {
  const base = await folder(t);
  const copies = [join(base, 'copy1'), join(base, 'copy2')];
  const keystore = await openKeystore(join(base, 'keystore'), { create: true, copies });
  const id = kekId();
  await keystore.ensureKek(id);
  const wanted = await bytesOf(keystore, id);
  for (const copy of copies) t.is(await bytesOf(await openKeystore(copy), id), wanted);
  await keystore.ensureKek(id);
  t.is(await bytesOf(keystore, id), wanted, 'making it again changes nothing');

  await rm(join(base, 'copy2'), { recursive: true });
  await writeFile(join(base, 'copy2'), 'a file where the folder was: out of reach');
  await refused(t, keystore.ensureKek(kekId()));
  t.is(await bytesOf(keystore, id), wanted, 'what exists can still be used');
  await rm(join(base, 'copy2'));
  const whole = await openKeystore(join(base, 'keystore'), { copies });
  t.is(await bytesOf(await openKeystore(join(base, 'copy2')), id), wanted, 'a copy that is back gets what it lacks');
  t.true((await whole.check()).every((one) => one.reachable && one.same && one.faults.length === 0));
});

test("a copy of another archive's keystore is refused", async (t) => {
  const base = await folder(t);
  await openKeystore(join(base, 'other'), { create: true });
  await openKeystore(join(base, 'keystore'), { create: true });
  await refused(t, openKeystore(join(base, 'keystore'), { copies: [join(base, 'other')] }));
});

test('a retired key is dropped from memory and opens nothing, also in another process', async (t) => {
  const place = join(await folder(t), 'keystore');
  const keystore = await openKeystore(place, { create: true });
  const other = await openKeystore(place, { recheckAfter: 0 });
  const id = kekId();
  await keystore.ensureKek(id);
  t.is(await bytesOf(other, id), await bytesOf(keystore, id));
  await keystore.retireKek(id);
  await refused(t, keystore.kek(id));
  await refused(t, other.kek(id));
  t.is((await keystore.keks())[0]?.state, 'retired');
  await keystore.ensureKek(id);
  await refused(t, keystore.kek(id));
});

test('a destroyed key is gone from every copy; a copy out of reach keeps it destroying', async (t) => {
  const base = await folder(t);
  const copies = [join(base, 'copy')];
  const keystore = await openKeystore(join(base, 'keystore'), { create: true, copies });
  const id = kekId();
  await keystore.ensureKek(id);
  const file = join('keks', `${id.bucket}-1.json`);
  const held = (JSON.parse(await readFile(join(base, 'copy', file), 'utf8')) as { key: string }).key;
  await rename(join(base, 'copy'), join(base, 'away'));
  await writeFile(join(base, 'copy'), '');
  t.is(await keystore.destroyKek(id), 'destroying');
  await refused(t, keystore.kek(id));
  await rm(join(base, 'copy'));
  await rename(join(base, 'away'), join(base, 'copy'));
  t.is(await keystore.destroyKek(id), 'destroyed');
  for (const place of ['keystore', 'copy']) {
    for (const name of await readdir(join(base, place, 'keks'))) t.false((await readFile(join(base, place, 'keks', name), 'utf8')).includes(held));
  }
  t.is((await keystore.keks())[0]?.state, 'destroyed');
});

test('a state cannot be turned back by editing a file, and check names what is wrong', async (t) => {
  const base = await folder(t);
  const copies = [join(base, 'copy')];
  const keystore = await openKeystore(join(base, 'keystore'), { create: true, copies });
  const id = kekId();
  await keystore.ensureKek(id);
  await keystore.ensureKek({ ...id, generation: 2 });
  await keystore.retireKek(id);
  const path = join(base, 'keystore', 'keks', `${id.bucket}-1.json`);
  await writeFile(path, (await readFile(path, 'utf8')).replace('retired', 'active'));
  await refused(t, (await openKeystore(join(base, 'keystore'))).kek(id));
  const [primary, copy] = await keystore.check();
  t.deepEqual(primary?.faults, [`${id.bucket}-1.json`]);
  t.is(primary?.keks.active, 1);
  t.deepEqual(copy?.faults, [`${id.bucket}-1.json`]);
});

test('no key material stands in the open in a key file', async (t) => {
  const place = join(await folder(t), 'keystore');
  const keystore = await openKeystore(place, { create: true });
  const id = kekId();
  await keystore.ensureKek(id);
  const raw = (await keystore.kek(id)).export();
  const text = await readFile(join(place, 'keks', `${id.bucket}-1.json`), 'utf8');
  t.false(text.includes(raw.toString('base64')));
  t.false((await readFile(join(place, 'keystore.json'), 'utf8')).includes(createHash('sha256').update(raw).digest('hex')));
});

test('a root that was exchanged is noticed', async (t) => {
  const place = join(await folder(t), 'keystore');
  await openKeystore(place, { create: true });
  await writeFile(join(place, 'root.json'), JSON.stringify({ v: 1, root: randomBytes(32).toString('base64') }));
  await refused(t, openKeystore(place));
  await mkdir(join(place, 'x'));
});
