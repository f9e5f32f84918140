import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { rawPlacesOf } from '../../../src/app/raw-places.js';
import { ident, sql } from '../../../src/db/index.js';
import { begin, type Canary, canaryDraft, canaryOf, carry, type ExecutionDeps, newCanary, type RawPlace } from '../../../src/disposition/index.js';
import { markOf } from '../../../src/disposition/execution/canary/canary.js';
import { searchRaw } from '../../../src/disposition/execution/canary/raw-files.js';
import type { ClosureReport } from '../../../src/disposition/execution/steps/index.js';
import { capture } from '../../../src/records/index.js';
import { withEntry } from '../support/sql.js';
import { afterLocks, destroyed, registerOver, testExecution, type Execution } from './support.js';

let world: Execution;
let deps: ExecutionDeps;
let temporary: string;
/** Files of this archive's database, and the write-ahead log: the server is shared with other tests. */
let base: string;
let log: string;
test.before(async () => {
  world = await testExecution();
  temporary = await mkdtemp(join(tmpdir(), 'lantai-test-canary-'));
  const { superuser } = world.archive.database;
  const { folder, oid } = await superuser.one<{ folder: string; oid: string }>(
    sql`select current_setting('data_directory') as folder, oid::text from pg_database where datname = current_database()`,
  );
  [base, log] = [join(folder, 'base', oid), join(folder, 'pg_wal')];
  const places: RawPlace[] = [
    { what: 'store', folder: world.archive.storeFolder },
    { what: 'database', folder: base },
    { what: 'database', folder: log },
    { what: 'temporary', folder: temporary },
  ];
  deps = { ...world.deps, rawPlaces: () => places };
});
test.after.always(async () => {
  await world.close();
  await rm(temporary, { recursive: true, force: true });
});

async function plant(): Promise<{ id: string; canary: Canary }> {
  const { archive } = world;
  const canary = newCanary(deps.keystore, deps.random);
  const file = { name: `${canary.texts.title}.txt`, body: Readable.from([Buffer.from(canary.texts.content)], { objectMode: false }), size: null };
  const { id } = await capture(archive.deps, archive.person('agent', 'hotline'), { draft: canaryDraft(canary, 'hotline'), files: [file] } as never);
  await withEntry(archive, (tx) => tx.run(sql`update records set state = 'due' where id = ${id}`), archive.database.owner);
  return { id, canary };
}

async function indexed(ids: readonly string[]): Promise<void> {
  for (let i = 0; i < 400 && (await world.index.waiting(ids)) > 0; i++) await sleep(25);
  // the text of the file comes after the rest
  for (let i = 0; i < 400; i++) {
    const { n } = await world.archive.database.owner.one<{ n: number }>(
      sql`select count(*)::int as n from search_documents where id = any (${[...ids]}::uuid[]) and files <> ''`,
    );
    if (n === ids.length) break;
    await sleep(25);
  }
  await flushed();
}

/** Everything that the server holds in memory is written, unlogged tables too: a checkpoint by itself leaves those out, this copy does not. */
async function flushed(): Promise<void> {
  const { superuser } = world.archive.database;
  const name = ident(`lantai_test_flush_${randomBytes(6).toString('hex')}`);
  await superuser.run(sql`create database ${name} template template0 strategy file_copy`);
  await superuser.run(sql`drop database ${name}`);
}

/** Every canary text of this archive in the raw bytes of folders, with the files in which it stands. */
async function rawly(...folders: string[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const folder of folders)
    for (const { path, text } of (await searchRaw({ what: 'database', folder }, markOf(deps.keystore))).hits)
      found.set(text, [...(found.get(text) ?? []), path]);
  return found;
}

const reportOf = async (register: string): Promise<ClosureReport> =>
  (await world.archive.database.owner.one<{ report: ClosureReport }>(sql`select report from destruction_runs where register_id = ${register}`)).report;

test.serial('R69: canaries that stood in the raw files of the database are gone from them, and the closure check says where it looked', async (t) => {
  t.timeout(240_000);
  const { archive } = world;
  const [gone, kept] = [await plant(), await plant()];
  await indexed([gone.id, kept.id]);
  const before = await rawly(base, log);
  for (const { canary } of [gone, kept]) for (const text of Object.values(canary.texts)) t.true(before.has(text), 'as long as it is kept it can be seen');
  t.is((await rawly(archive.storeFolder)).size, 0, 'the store holds nothing in the open, even then');
  const register = await registerOver(archive, [gone.id]);
  afterLocks(archive);
  await destroyed({ ...world, deps }, register);

  const report = await reportOf(register.id);
  t.deepEqual(
    report.checked.find((one) => one.what === 'canaries'),
    { what: 'canaries', looked: 2, found: 0 },
  );
  t.is(report.canaries?.planted, 1);
  t.deepEqual(
    report.canaries?.places.map((one) => one.what),
    ['store', 'database', 'database', 'temporary'],
  );
  t.true((report.canaries?.places.find((one) => one.what === 'database')?.bytes ?? 0) > 1_000_000);

  await flushed();
  const after = await rawly(base, log);
  t.is(after.get(gone.canary.texts.content), undefined, 'no word of the content in any file of the database, its write-ahead log included');
  t.true(after.has(kept.canary.texts.content) && after.has(kept.canary.texts.title), 'what stays is still seen: the search works');
  const title = after.get(gone.canary.texts.title) ?? [];
  t.true(title.length > 0, 'titles stay in the write-ahead log, or in pages of tables, for a while: this is what the report has to say');
  const remains = (what: string): number => report.remains.find((one) => one.what === what)?.count ?? -1;
  // in which of the two is up to the server, which may have begun its log anew meanwhile
  t.true(remains('write_ahead_log') >= 0 && remains('free_pages') >= 0);
  t.true(remains('write_ahead_log') + remains('free_pages') > 0);
  // no live row says it
  await archive.database.superuser.run(sql`vacuum full records`);
  await archive.database.superuser.run(sql`vacuum full record_files`);
  await archive.database.superuser.run(sql`vacuum full record_history`);
  await flushed();
  t.deepEqual((await rawly(base)).get(gone.canary.texts.title), undefined, 'once the tables were written anew the title is in none of their files');
});

test.serial('R70: a canary in a file that should not be there keeps the register from being carried out, until the file is gone', async (t) => {
  t.timeout(240_000);
  const { archive } = world;
  const { id, canary } = await plant();
  await indexed([id]);
  const register = await registerOver(archive, [id]);
  afterLocks(archive);
  const forgotten = join(temporary, 'preview.cache');
  // across the border of two pieces that are read one after the other
  await writeFile(forgotten, `${'x'.repeat(4 * 1_048_576 - 10)}${canary.texts.content}`);
  await begin(deps, register.executor, { register: register.id, number: register.number });
  t.deepEqual(await carry(deps, register.id), { state: 'stuck', step: 'closure', why: 'something_left' }, JSON.stringify(world.faults.map(String)));
  await writeFile(forgotten, canary.texts.title);
  t.deepEqual(await carry(deps, register.id), { state: 'stuck', step: 'closure', why: 'something_left' }, 'a title elsewhere than in the database too');
  await rm(forgotten);
  t.deepEqual(await carry(deps, register.id), { state: 'executed' });
});

test('a canary proves itself by its number and needs nothing that was kept', (t) => {
  const { keystore } = deps;
  const one = newCanary(keystore, deps.random);
  t.deepEqual(canaryOf(keystore, one.serviceNo), one);
  t.is(canaryOf(keystore, `${one.serviceNo.slice(0, -1)}${one.serviceNo.endsWith('b') ? 'c' : 'b'}`), undefined);
  t.is(canaryOf(keystore, 'CANARY-bbbbbbbbbbbb-bbbbbbbb'), undefined);
  t.is(canaryOf(keystore, 'KF-1'), undefined);
  t.regex(one.texts.title, /^[b-v]{36}$/);
  t.not(one.texts.title, one.texts.content);
});

test('every folder of an archive is looked through, and the keystore is none', (t) => {
  const config = { dataDir: '/d', keystore: '/d/keystore', rawFolders: ['/var/meili'] };
  const places = rawPlacesOf(config);
  t.deepEqual(
    places.map((one) => [one.what, one.folder]),
    [
      ['store', '/d/objects'],
      ['uploads', '/d/uploads'],
      ['database', '/d'],
      ['temporary', tmpdir()],
      ['named', '/var/meili'],
    ],
  );
  t.deepEqual(rawPlacesOf(config, '/d/postgres/data'), places, 'the embedded database lies in it');
  t.deepEqual(
    rawPlacesOf(config, '/var/lib/lantai/0a1b/postgres').filter((one) => one.what === 'database'),
    [...places.filter((one) => one.what === 'database'), { what: 'database', folder: '/var/lib/lantai/0a1b/postgres' }],
    'or, as root, elsewhere',
  );
  t.deepEqual(places.find((one) => one.what === 'database')?.except, ['/d/objects', '/d/uploads', '/d/keystore']);
});
