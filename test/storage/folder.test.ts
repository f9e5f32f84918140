import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { isCoded } from '../../src/errors/index.js';
import { openStore } from '../../src/storage/index.js';
import { FolderStore } from '../../src/storage/folder/folder.js';
import { newKey, storeSuite } from './suite.js';

const base = await mkdtemp(join(tmpdir(), 'lantai-store-'));
test.after.always(() => rm(base, { recursive: true, force: true }));

storeSuite(test, async () => {
  const store = openStore({ kind: 'folder', folder: join(base, 'suite') });
  await store.prepare();
  return store;
});

async function fresh(t: ExecutionContext, now?: () => Date): Promise<{ store: FolderStore; folder: string }> {
  const folder = join(await mkdtemp(join(tmpdir(), 'lantai-store-')), 'objects');
  t.teardown(() => rm(join(folder, '..'), { recursive: true, force: true }));
  const store = new FolderStore({ folder, ...(now ? { now } : {}) });
  await store.prepare();
  return { store, folder };
}

test('an object is a read-only file under its key, and nothing else of it lies about', async (t) => {
  const { store, folder } = await fresh(t);
  const ref = await store.put(newKey(), Readable.from([randomBytes(100)], { objectMode: false }), 100);
  t.is((await stat(join(folder, ref.key))).mode & 0o777, 0o400);
  t.deepEqual(await readdir(join(folder, '.incoming')), []);
  await t.throwsAsync(store.put(newKey(), Readable.from([randomBytes(100)], { objectMode: false }), 7));
  t.deepEqual(await readdir(join(folder, '.incoming')), []);
});

test('what a crash left is tidied away once it has not been touched for long', async (t) => {
  const { store, folder } = await fresh(t);
  await writeFile(join(folder, '.incoming', 'left.abc'), 'half');
  t.is(await store.tidy(new Date(Date.now() - 3_600_000)), 0);
  t.is(await store.tidy(new Date(Date.now() + 1000)), 1);
  t.deepEqual(await readdir(join(folder, '.incoming')), []);
});

test('objects of one folder are removed at the same time, though the first one to end takes the folder along', async (t) => {
  let time = Date.now();
  const { store } = await fresh(t, () => new Date(time));
  for (let round = 0; round < 20; round++) {
    const [first, ...others] = Array.from({ length: 6 }, () => newKey());
    const folder = (first ?? '').split('/').slice(0, -1).join('/');
    const refs = await Promise.all(
      [first ?? '', ...others.map((key) => `${folder}/${key.split('/').at(-1) ?? ''}`)].map((key) => store.put(key, Buffer.from('text'), 4)),
    );
    time += 86_400_001;
    await t.notThrowsAsync(Promise.all(refs.map((ref) => store.remove(ref))));
  }
});

test('an object whose lock has passed can be removed, and its empty folders go with it', async (t) => {
  let time = Date.now();
  const { store, folder } = await fresh(t, () => new Date(time));
  const ref = await store.put(newKey(), Buffer.from('text'), 4);
  t.true(isCoded(await t.throwsAsync(store.remove(ref)), 'conflict'));
  time += 86_400_001;
  await store.setLegalHold(ref, true);
  t.true(isCoded(await t.throwsAsync(store.remove(ref)), 'conflict'));
  await store.setLegalHold(ref, false);
  await store.remove(ref);
  t.is(await store.stat(ref), undefined);
  t.deepEqual(await readdir(folder), ['.incoming', '.lantai-store']);
  const again = await store.put(ref.key, Buffer.from('anew'), 4);
  t.is((await store.stat(again))?.size, 4, 'folders that were removed are made again');
});

test('a folder that is gone is a store out of reach, never "no such object"', async (t) => {
  const { store, folder } = await fresh(t);
  const ref = await store.put(newKey(), Buffer.from('text'), 4);
  await rename(folder, `${folder}.away`);
  for (const work of [
    store.get(ref),
    store.stat(ref),
    store.put(newKey(), Buffer.from('x'), 1),
    store.lockUntil(ref, new Date(Date.now() + 1e9)),
    store.list('v1/')[Symbol.asyncIterator]().next(),
  ]) {
    t.true(isCoded(await t.throwsAsync(work), 'store_unavailable'));
  }
  await rename(`${folder}.away`, folder);
  t.is((await store.stat(ref))?.size, 4);
});

test('hundreds of small objects at once are all there', async (t) => {
  const { store } = await fresh(t);
  const refs = await Promise.all(Array.from({ length: 400 }, (_, i) => store.put(newKey(), Buffer.from(String(i)), String(i).length)));
  let found = 0;
  for await (const _ of store.list('v1/')) found++;
  t.is(found, refs.length);
});

test('one small object that cannot be stored among many fails alone, and what was there keeps its bytes', async (t) => {
  const { store, folder } = await fresh(t);
  const taken = newKey();
  await store.put(taken, Buffer.from('first'), 5);
  const keys = Array.from({ length: 40 }, () => newKey());
  const results = await Promise.allSettled([...keys, taken, keys[0] as string].map((key) => store.put(key, Buffer.from(key), key.length)));
  t.deepEqual(
    results
      .slice(0, 40)
      .map((one) => one.status)
      .filter((status) => status !== 'fulfilled'),
    [],
  );
  for (const one of results.slice(40)) t.true(one.status === 'rejected' && isCoded(one.reason, 'conflict'));
  const read = async (key: string): Promise<string> => Buffer.concat(await (await store.get({ key, version: '1' })).toArray()).toString();
  t.is(await read(taken), 'first');
  for (const key of keys) t.is(await read(key), key);
  t.deepEqual(await readdir(join(folder, '.incoming')), []);
});

test('locks of many objects are extended at once, each read back, a missing one alone not found', async (t) => {
  const { store } = await fresh(t);
  const refs = await Promise.all(Array.from({ length: 30 }, () => store.put(newKey(), Buffer.from('text'), 4)));
  const until = (i: number): Date => new Date(Date.UTC(2040, 0, 1 + i));
  const missing = { key: newKey(), version: '1' };
  const results = await Promise.allSettled([...refs, missing].map((ref, i) => store.lockUntil(ref, until(i))));
  const last = results.pop();
  t.true(last?.status === 'rejected' && isCoded(last.reason, 'not_found'));
  t.deepEqual(
    results,
    refs.map((_, i) => ({ status: 'fulfilled' as const, value: until(i) })),
  );
  for (const [i, ref] of refs.entries()) t.deepEqual((await store.stat(ref))?.lockedUntil, until(i));
});

test('a writing thread that ends fails what it was given, and the next object starts another', async (t) => {
  const { store } = await fresh(t);
  await store.put(newKey(), Buffer.from('text'), 4);
  const lost = store.put(newKey(), Buffer.from('text'), 4);
  await store.close();
  t.true(isCoded(await t.throwsAsync(lost), 'store_unavailable'));
  const ref = await store.put(newKey(), Buffer.from('again'), 5);
  t.is((await store.stat(ref))?.size, 5);
});

test('lock dates far away survive', async (t) => {
  const { store, folder } = await fresh(t);
  const ref = await store.put(newKey(), Buffer.from('text'), 4);
  const far = new Date('2150-06-01T00:00:00.000Z');
  t.is((await store.lockUntil(ref, far)).getTime(), far.getTime());
  const again = new FolderStore({ folder });
  t.is((await again.stat(ref))?.lockedUntil?.getTime(), far.getTime());
  await utimes(join(folder, ref.key), new Date(), far);
});
