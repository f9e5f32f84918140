import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { Imports } from '../../../src/records/import/imports.js';
import { viewImport, viewImports } from '../../../src/records/import/list.js';
import { openRejects, viewRejects } from '../../../src/records/import/rejects.js';
import { BATCH_UNITS } from '../../../src/records/import/take-in.js';
import { testActor } from '../../support/audit.js';
import { importWorld, type World } from './world.js';

const actor = testActor();
const HEADER = '服务编号,服务日期,服务人员,客户编号,服务内容,服务结果,客户签名,服务评价';
const rows = (count: number): Buffer =>
  Buffer.from([HEADER, ...Array.from({ length: count }, (_, i) => `N-${i},2026-03-01,王敏,C-1,机密内容编号${i},已答复,本人,5`), ''].join('\n'));

async function setting(t: { teardown(act: () => Promise<void>): void }): Promise<{ w: World; folder: string; open: () => Imports; stopped: unknown[] }> {
  const w = await importWorld();
  const folder = await mkdtemp(join(tmpdir(), 'intake-spool-'));
  const stopped: unknown[] = [];
  t.teardown(async () => {
    await w.close();
    await rm(folder, { recursive: true });
  });
  return { w, folder, stopped, open: () => new Imports(w.deps, { folder, maxBytes: 10_000_000, onStopped: (_, error) => void stopped.push(error) }) };
}

async function ended(w: World, id: string): Promise<Awaited<ReturnType<typeof viewImport>>> {
  for (;;) {
    const receipt = await viewImport(w.deps, actor, id);
    if (receipt.state !== 'running') return receipt;
    await wait(20);
  }
}

test('an upload waits sealed, is taken in in the background, and is gone when its import has ended', async (t) => {
  const { w, folder, open } = await setting(t);
  const imports = open();
  let seen: string[] = [];
  w.before.hook = async () => {
    seen = await readdir(folder);
    const bytes = await readFile(join(folder, seen[0] ?? ''));
    t.false(bytes.includes(Buffer.from('机密内容')));
  };
  const id = await imports.start(actor, { name: 'a.csv.gz', body: Readable.from([gzipSync(rows(BATCH_UNITS * 2))]), options: {} });
  const receipt = await ended(w, id);
  await imports.close();
  t.like(receipt, { state: 'finished', counts: { captured: BATCH_UNITS * 2 } });
  t.deepEqual(seen, [`${id}.sealed`]);
  t.deepEqual(await readdir(folder), []);
});

test('after a shutdown the next start goes on where it was; a broken or oversized upload leaves nothing', async (t) => {
  const { w, folder, open } = await setting(t);
  const first = open();
  let calls = 0;
  w.before.hook = () => {
    if (++calls === 2) void first.close();
  };
  const id = await first.start(actor, { name: 'a.csv', body: Readable.from([rows(BATCH_UNITS * 6)]), options: {} });
  t.like(await ended(w, id), { state: 'stopped', reason: 'shutdown' });
  await first.close();
  t.deepEqual(await readdir(folder), [`${id}.sealed`]);
  const second = open();
  t.is(await second.resumeInterrupted(actor), 1);
  t.like(await ended(w, id), { state: 'finished', counts: { captured: BATCH_UNITS * 6, replayed: 0 } });
  await second.close();
  await t.throwsAsync(second.start(actor, { name: 'b', body: Readable.from([Buffer.from('%PDF-1.4')]), options: {} }), { message: 'import_refused' });
  await t.throwsAsync(second.start(actor, { name: 'c', body: Readable.from([Buffer.alloc(10_000_001, 'a')]), options: {} }), { message: 'too_large' });
  t.deepEqual(await readdir(folder), []);
});

test('a stopped import is resumed when a person asks, and not by itself', async (t) => {
  const { w, open, stopped } = await setting(t);
  const imports = open();
  let id = '';
  w.before.hook = () => {
    w.before.hook = () => undefined;
    setTimeout(() => void imports.stop(actor, id), 0);
  };
  id = await imports.start(actor, { name: 'a.csv', body: Readable.from([rows(BATCH_UNITS * 30)]), options: {} });
  const receipt = await ended(w, id);
  t.like(receipt, { state: 'stopped', reason: 'asked' });
  await imports.close();
  t.is(await imports.resumeInterrupted(actor), 0);
  await imports.resume(actor, id);
  t.like(await ended(w, id), { state: 'finished', counts: { captured: BATCH_UNITS * 30 } });
  await t.throwsAsync(imports.resume(actor, id), { message: 'wrong_state' });
  await imports.close();
  t.deepEqual(stopped, []);
});

test('an upload can be tried out without leaving anything', async (t) => {
  const { w, folder, open } = await setting(t);
  const found = await open().tryOut(actor, { name: 'a.csv', body: Readable.from([rows(3)]), options: {} });
  t.is(found.counts.rowsTaken, 3);
  t.is(w.archive.size, 0);
  t.deepEqual(await readdir(folder), []);
});

test('a machine sees its own imports only: what another handed in, and what was rejected of it, does not exist for it', async (t) => {
  const { w, open } = await setting(t);
  const imports = open();
  const id = await imports.start(actor, { name: 'a.csv', body: Readable.from([rows(2)]), options: {} });
  await ended(w, id);
  const machine = (pseudonym: string) =>
    testActor({ kind: 'integration', pseudonym, personId: null, accountId: null, roles: ['integration'], scopes: ['import'] });
  const other = machine('m-1');
  for (const asked of [
    viewImport(w.deps, other, id),
    openRejects(w.deps, other, id),
    viewRejects(w.deps, other, id),
    imports.stop(other, id),
    imports.resume(other, id),
  ])
    await t.throwsAsync(asked, { message: 'not_found' });
  t.deepEqual((await viewImports(w.deps, other)).items, []);
  const own = await imports.start(machine('m-2'), { name: 'b.csv', body: Readable.from([rows(2)]), options: {} });
  t.is((await viewImport(w.deps, machine('m-2'), own)).id, own);
  await ended(w, own);
  t.deepEqual(
    (await viewImports(w.deps, machine('m-2'))).items.map((one) => one.id),
    [own],
  );
  await imports.close();
});
