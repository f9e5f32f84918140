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

test('lock dates far away survive', async (t) => {
  const { store, folder } = await fresh(t);
  const ref = await store.put(newKey(), Buffer.from('text'), 4);
  const far = new Date('2150-06-01T00:00:00.000Z');
  t.is((await store.lockUntil(ref, far)).getTime(), far.getTime());
  const again = new FolderStore({ folder });
  t.is((await again.stat(ref))?.lockedUntil?.getTime(), far.getTime());
  await utimes(join(folder, ref.key), new Date(), far);
});
