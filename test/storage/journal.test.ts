import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { files } from '../../src/storage/folder/calls.js';
import { FolderStore } from '../../src/storage/folder/folder.js';
import { JOURNAL } from '../../src/storage/folder/journal.js';
import { forRequest } from '../../src/storage/index.js';
import { why } from '../support/why.js';

const KEY = 'v1/a/Z001/r/v/o';

async function folderOf(t: { teardown(work: () => Promise<unknown>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lantai-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function linesIn(folder: string): Promise<Record<string, unknown>[]> {
  const names = (await readdir(join(folder, JOURNAL))).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, JOURNAL, name), 'utf8')));
  return texts
    .join('')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('R54: each read of the folder is on record before its first byte: when, what, which bytes, for which request, and nothing else', async (t) => {
  const folder = await folderOf(t);
  const store = new FolderStore({ folder });
  await store.prepare();
  const ref = await store.put(KEY, Buffer.from('sealed bytes'), 12);
  const body = await forRequest('r-1', () => store.get(ref, { start: 2, end: 5 }));
  const [line] = await linesIn(folder);
  t.deepEqual(Object.keys(line ?? {}).sort(), ['e', 'k', 'r', 's', 't']);
  t.like(line, { k: KEY, s: 2, e: 5, r: 'r-1' });
  await buffer(body);
  await buffer(await store.get(ref));
  t.deepEqual(Object.keys((await linesIn(folder))[1] ?? {}).sort(), ['k', 't'], 'nobody asked for it over HTTP');
  const [name = ''] = await readdir(join(folder, JOURNAL));
  t.is((await stat(join(folder, JOURNAL, name))).mode & 0o777, 0o600);
  const listed: string[] = [];
  for await (const one of store.list('')) listed.push(one.key);
  t.deepEqual(listed, [KEY], 'the journal is no object');
  await store.close();
});

test('the journal begins new files and lets the oldest go: it is bounded', async (t) => {
  const folder = await folderOf(t);
  const store = new FolderStore({ folder, journal: { file: 1_000, all: 4_000 } });
  await store.prepare();
  const ref = await store.put(KEY, Buffer.from('x'), 1);
  for (let i = 0; i < 200; i++) await store.get(ref);
  await store.close();
  const names = await readdir(join(folder, JOURNAL));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, JOURNAL, name))).size));
  t.true(names.length >= 2 && sizes.reduce((a, b) => a + b, 0) <= 4_200, sizes.join(' '));
});

test('reads of one moment are all on record, each once', async (t) => {
  const folder = await folderOf(t);
  const store = new FolderStore({ folder, journal: { file: 2_000, all: 1e9 } });
  await store.prepare();
  const ref = await store.put(KEY, Buffer.from('x'.repeat(500)), 500);
  await Promise.all(Array.from({ length: 300 }, (_, i) => store.get(ref, { start: i, end: i + 1 })));
  const starts = (await linesIn(folder)).map((line) => Number(line['s'])).sort((a, b) => a - b);
  t.deepEqual(
    starts,
    Array.from({ length: 300 }, (_, i) => i),
  );
  await store.close();
});

test('R54: where the journal cannot be written nothing is read', async (t) => {
  const folder = await folderOf(t);
  const store = new FolderStore({ folder });
  await store.prepare();
  const ref = await store.put(KEY, Buffer.from('x'), 1);
  await writeFile(join(folder, JOURNAL), 'a file where the folder should be');
  t.is(await why(store.get(ref)), 'store_unavailable');
  await rm(join(folder, JOURNAL));
  t.is((await buffer(await store.get(ref))).length, 1, 'and is again once it can be');
  await store.close();
});

test.serial('R54: attempts on a full disk leave no files behind', async (t) => {
  const folder = await folderOf(t);
  const store = new FolderStore({ folder });
  await store.prepare();
  const ref = await store.put(KEY, Buffer.from('x'), 1);
  const { writev } = files;
  files.writev = (() => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'writev' }))) as typeof writev;
  try {
    for (let i = 0; i < 5; i++) t.is(await why(store.get(ref)), 'disk_full');
  } finally {
    files.writev = writev;
  }
  t.is((await buffer(await store.get(ref))).length, 1, 'it goes on once there is room');
  t.is((await readdir(join(folder, JOURNAL))).length, 1);
  await store.close();
});

test('R54: no kill of the process loses a read that gave bytes', async (t) => {
  const folder = await folderOf(t);
  const store = new FolderStore({ folder });
  await store.prepare();
  await store.put(KEY, Buffer.from('x'.repeat(10_000)), 10_000);
  await store.close();
  const module = fileURLToPath(new URL('../../src/storage/folder/folder.js', import.meta.url));
  const script = `const { FolderStore } = await import(${JSON.stringify(module)}); const store = new FolderStore({ folder: ${JSON.stringify(folder)} });
    for (let i = 0; ; i++) { for await (const piece of await store.get({ key: ${JSON.stringify(KEY)}, version: '1' }, { start: i, end: i + 1 })) process.stdout.write(i + '\\n'); }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (piece: Buffer) => {
    out += piece.toString();
    if (out.length > 1_000) child.kill('SIGKILL');
  });
  await once(child, 'close');
  const told = out.slice(0, out.lastIndexOf('\n')).split('\n').map(Number);
  const kept = new Set((await linesIn(folder)).map((line) => line['s']));
  t.true(told.length > 50);
  t.deepEqual(
    told.filter((one) => !kept.has(one)),
    [],
  );
});

test('a read that comes just as the last line was written is not left waiting', async (t) => {
  const folder = await folderOf(t);
  const store = new FolderStore({ folder });
  await store.prepare();
  const ref = await store.put(KEY, Buffer.from('x'), 1);
  const reader = async (): Promise<void> => {
    for (let i = 0; i < 100; i++) await store.get(ref);
  };
  await Promise.all(Array.from({ length: 8 }, reader));
  t.is((await linesIn(folder)).length, 800);
  await store.close();
});
