import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { systemActor } from '../../../src/audit/index.js';
import { openKeystore } from '../../../src/crypto/index.js';
import { type Db, newId, openDatabase, sql, type Tx } from '../../../src/db/index.js';
import { recordFaults } from '../../../src/checks/parts/records-store.js';
import { begin, carry, clearUnlocked, type ExecutionDeps, isBehindLedger, replayLedger } from '../../../src/disposition/index.js';
import { removeCopies } from '../../../src/disposition/execution/remove.js';
import { isCoded } from '../../../src/errors/index.js';
import { changePiece, nextPiece, setCarried } from '../../../src/records/restriction/pieces-store.js';
import { FolderStore } from '../../../src/storage/folder/folder.js';
import { createVault } from '../../../src/vault/index.js';
import { testAudit } from '../../support/audit.js';
import { testDatabase, type TestDatabase } from '../../support/database.js';
import { run, withEntry } from '../support/sql.js';
import { certifiedFrom, heldBy, restricted } from './sources.js';
import { afterLocks, checkedRegister, destroyed, registerState, stateOf, testExecution, type Execution } from './support.js';

const replayer = (database: TestDatabase) => (): Db => openDatabase({ connectionString: database.urls.owner, role: 'lantai_replay', max: 1 });

/** The parts of an archive over a database and objects of before, with the keystore of today and a log of its own. */
async function restoredOn(world: Execution, database: TestDatabase, folder: string): Promise<{ deps: ExecutionDeps; stop(): Promise<void> }> {
  const keystore = await openKeystore(world.deps.keystore.folder);
  const log = await testAudit(database, { keystore: await openKeystore(await mkdtemp(join(tmpdir(), 'lantai-test-keys-')), { create: true }) });
  const store = new FolderStore({ folder, now: world.deps.now });
  await store.prepare();
  const vault = createVault({ db: database.app, store, keystore, audit: log.audit, now: world.deps.now, random: randomBytes });
  return { deps: { ...world.deps, db: database.app, audit: log.audit, keystore, store, vault }, stop: () => log.stop() };
}

/** Marks what a restriction over a client covers, and lets it stand; the ids. */
async function markAll(tx: Tx, restriction: string, client: string): Promise<string[]> {
  const { ids } = await nextPiece(tx, client, true, null, 100);
  const marked = await changePiece(tx, client, true, ids);
  await setCarried(tx, restriction, 'live');
  return marked;
}

test('R80, R34, R87: a hold and a restriction of before that were lifted by then do not keep a replay; each record tells what stood', async (t) => {
  t.timeout(120_000);
  const world = await testExecution();
  t.teardown(() => world.close());
  const { archive } = world;
  const { owner } = archive.database;
  const register = await checkedRegister(archive, 3);
  const [held = '', limited = '', plain = ''] = register.records;
  const client = `C-${newId().slice(-6)}`;
  await run(archive, sql`update records set client_number = ${client} where id = ${limited}`);
  const copy = await certifiedFrom(world, held);
  const importId = newId();
  const entry = await archive.deps.db.tx((tx) =>
    archive.deps.audit.append(tx, {
      actor: archive.person('records_clerk', 'archive'),
      act: 'record.send_back',
      subject: { kind: 'record', id: plain },
      decision: 'allow',
      side: { reason: '客户王小明的电话有误' },
    }),
  );
  await archive.deps.audit.settled(entry);
  const sides = async (database: TestDatabase): Promise<number> =>
    (await database.owner.one<{ n: number }>(sql`select count(*)::int as n from audit_side where entry_id = ${entry.id}`)).n;
  t.is(await sides(archive.database), 1);
  await withEntry(
    archive,
    async (tx) => {
      await tx.run(sql`insert into imports (id, state, source_mac, source_sealed, bytes, pseudonym, started_at, updated_at, ended_at)
        values (${importId}, 'finished', ${randomBytes(32)}, ${randomBytes(20)}, 0, 'p-1', now(), now(), now())`);
      await tx.run(sql`insert into import_rejects (import_id, row_number, code, fields, row_sealed) values (${importId}, 1, 'x', '[]', ${randomBytes(20)})`);
      await tx.run(sql`update records set import_id = ${importId} where id = ${plain}`);
      await tx.run(sql`insert into import_waiting (id, caller_id, source_sealed, spool_key, created_at, expires_at)
        values (${newId()}, ${newId()}, ${randomBytes(20)}, ${randomBytes(20)}, ${archive.clock.now}, ${new Date(archive.clock.now.getTime() + 3_600_000)})`);
    },
    owner,
  );

  const before = await testDatabase({ copyOf: archive.database });
  t.teardown(() => before.close());
  const oldObjects = await mkdtemp(join(tmpdir(), 'lantai-test-restored-'));
  t.teardown(() => rm(oldObjects, { recursive: true, force: true }));
  await cp(archive.storeFolder, oldObjects, { recursive: true, preserveTimestamps: true });
  // what stood in the backup and had ended before the destruction
  const there = { ...archive, database: before, deps: { ...archive.deps, db: before.app } };
  await heldBy(there, held);
  const restriction = await restricted(there, client);
  await withEntry(there, (tx) => markAll(tx, restriction, client), before.app);

  await owner.run(sql`delete from import_waiting`);
  afterLocks(archive);
  await destroyed(world, register);
  t.is(await sides(archive.database), 0, 'what was written about it beside the log');
  t.is(await sides(before), 1, 'and what the backup has of it');

  const { deps: restored, stop } = await restoredOn(world, before, oldObjects);
  t.teardown(stop);
  t.true(await isBehindLedger(restored));
  t.deepEqual(await replayLedger({ ...restored, asReplay: replayer(before) }, systemActor()), { keyTable: true, destructions: 1, records: 3 });
  t.false(await isBehindLedger(restored));
  t.is(await sides(before), 0, 'what was written about it beside the log is gone before anything is served');
  for (const record of register.records) {
    const { state, client_number, title } = await before.owner.one<Record<string, string>>(
      sql`select state, client_number, title from records where id = ${record}`,
    );
    t.deepEqual({ state, client_number, title }, { state: 'shredded', client_number: '', title: '' });
  }
  const { wraps } = await before.owner.one<{ wraps: number }>(
    sql`select count(wrapped_key)::int as wraps from objects where id = ${copy} or record_id = any (${register.records}::uuid[])`,
  );
  t.is(wraps, 0, 'also of what was certified from them');
  const { rejects, waiting } = await before.owner.one<{ rejects: number; waiting: number }>(
    sql`select (select count(*)::int from import_rejects) as rejects, (select count(*)::int from import_waiting) as waiting`,
  );
  t.deepEqual({ rejects, waiting }, { rejects: 0, waiting: 0 }, 'what an import left behind came back with the backup');
  const told = await before.owner.many<{ entry: string }>(
    sql`select entry from audit_entries where act = 'record.shredded' union all select entry from audit_pending where entry::jsonb ->> 'act' = 'record.shredded'`,
  );
  const facts = told.map((one) => {
    const { subject, facts: said } = JSON.parse(one.entry) as { subject: { id: string }; facts: Record<string, unknown> };
    return [subject.id, [said['replayed'], said['stood'], said['held'], said['restricted']]] as const;
  });
  const expected = new Map([
    [held, [true, 'approved', true, false]],
    [limited, [true, 'approved', false, true]],
    [plain, [true, 'approved', false, false]],
  ]);
  t.deepEqual(new Map(facts), expected);
  // what the integrator takes into the log only now waits for no store that is out of reach, nor for a lock to end
  await withEntry(there, (tx) => tx.run(sql`insert into audit_side (entry_id, sealed) values (${entry.id}, ${randomBytes(20)})`), before.owner);
  const away = {
    ...restored,
    store: Object.assign(Object.create(restored.store) as typeof restored.store, { remove: () => Promise.reject(new Error('away')) }),
  };
  await clearUnlocked(away, systemActor());
  t.is(await stateOf({ ...archive, database: before }, plain), 'shredded');
  t.is(await sides(before), 0, 'what was written about it beside the log');
  const left = async (): Promise<string[]> => (await recordFaults(before.app, register.records)).flatMap((one) => one.kinds);
  const troubles: string[] = [];
  const behind: ExecutionDeps = {
    ...restored,
    patience: 20,
    index: { ...restored.index, waiting: () => Promise.resolve(2) },
    onTrouble: (_, facts) => troubles.push(`${String(facts['step'])}:${String(facts['why'])}:${String(facts['records'])}`),
  };
  for (let hour = 1; hour <= 2; hour++) {
    await clearUnlocked(behind, systemActor());
    t.is(troubles.length, hour, 'an alarm each time, until the index has followed and was purged');
    t.is(await stateOf({ ...archive, database: before }, plain), 'shredded', 'nothing is called destroyed before');
    t.is((await left()).filter((one) => one === 'index_left').length, 3, 'and a check finds each of them');
  }
  t.deepEqual([...new Set(troubles)], ['index:index_behind:2']);
  // the store lets go although a hold stands in this catalogue again
  await clearUnlocked(restored, systemActor());
  for (const record of register.records)
    t.is((await before.owner.one<{ state: string }>(sql`select state from records where id = ${record}`)).state, 'destroyed');
  t.false((await left()).includes('index_left'));
  t.is((await before.owner.one<{ n: number }>(sql`select count(*)::int as n from hold_objects where wanted`)).n, 0);
  t.is(await sides(before), 0);
});

test('R80: the role of the replay may do this one thing, and nobody who serves may take it', async (t) => {
  const database = await testDatabase();
  t.teardown(() => database.close());
  const db = replayer(database)();
  t.teardown(() => db.close());
  t.is((await db.one<{ role: string }>(sql`select current_user::text as role`)).role, 'lantai_replay');
  for (const statement of [
    sql`select from records`,
    sql`select from objects`,
    sql`update records set state = 'destroyed'`,
    sql`update objects set wrapped_key = null`,
    sql`insert into destruction_ledger_records (record_id, number, replayed) values (${newId()}, 1, true)`,
    sql`select destruction_erase(array[]::uuid[])`,
    sql`delete from audit_pending`,
  ])
    t.regex(String(await t.throwsAsync(db.run(statement))), /permission denied/, statement.text);
  for (const pool of [database.app, database.audit]) t.regex(String(await t.throwsAsync(pool.run(sql`set role lantai_replay`))), /permission denied/);
});

test('R87, R70: a restriction over a client that comes in the middle of a destruction, or a hold, neither stops nor takes what is being destroyed', async (t) => {
  const world = await testExecution();
  t.teardown(() => world.close());
  const { archive } = world;
  const client = `C-${newId().slice(-6)}`;
  const register = await checkedRegister(archive, 1, { client: { number: client, name: '王小明', type: 'individual' } });
  afterLocks(archive);
  await begin(world.deps, register.executor, { register: register.id, number: register.number });
  const restriction = await restricted(archive, client);
  t.deepEqual(await withEntry(archive, (tx) => markAll(tx, restriction, client)), [], 'what is being destroyed is restricted no more');
  // one that was restricted all the same, by whatever program, is destroyed to the end
  await run(archive, sql`update records set restricted = true where id = any (${register.records}::uuid[])`);
  t.deepEqual(await carry(world.deps, register.id), { state: 'executed' });
  t.is(await stateOf(archive, register.records[0] ?? ''), 'destroyed');
  t.is(await registerState(archive, register.id), 'open');
});

test('R80: the ledger has no hole: one that stopped between catalogue and ledger is kept before the next, and a hole serves nobody', async (t) => {
  t.timeout(120_000);
  const world = await testExecution();
  t.teardown(() => world.close());
  const { archive, deps } = world;
  const [first, second, third] = [await checkedRegister(archive, 1), await checkedRegister(archive, 1), await checkedRegister(archive, 1)];
  const before = await testDatabase({ copyOf: archive.database });
  t.teardown(() => before.close());
  afterLocks(archive);
  await begin(deps, first.executor, { register: first.id, number: first.number });
  const { keep } = deps.keystore;
  t.teardown(() => (deps.keystore.keep = keep));
  deps.keystore.keep = () => Promise.reject(new Error('out of reach'));
  t.like(await carry(deps, first.id), { state: 'stuck', step: 'ledger' });
  deps.keystore.keep = keep.bind(deps.keystore);
  await destroyed(world, second);
  await destroyed(world, third);
  t.deepEqual(await deps.keystore.keptNames('ledger-'), ['ledger-000001.json', 'ledger-000002.json', 'ledger-000003.json']);

  const { deps: restored, stop } = await restoredOn(world, before, archive.storeFolder);
  t.teardown(stop);
  // one that both places lost
  const folder = join(deps.keystore.folder, 'kept');
  const empty = new FolderStore({ folder: await mkdtemp(join(tmpdir(), 'lantai-test-store-')), now: deps.now });
  await empty.prepare();
  await cp(folder, `${folder}.all`, { recursive: true });
  for (const number of [1, 2]) {
    await rm(join(folder, `ledger-00000${String(number)}.json`));
    const error = await t.throwsAsync(replayLedger({ ...restored, store: empty, asReplay: replayer(before) }, systemActor()));
    t.true(isCoded(error, 'key_unavailable'));
    t.regex(String((error as { detail?: string }).detail), new RegExp(`gap: entry ${String(number)}`));
    await cp(`${folder}.all`, folder, { recursive: true });
  }
  t.is((await before.owner.one<{ n: number }>(sql`select count(*)::int as n from destruction_ledger`)).n, 0, 'nothing was taken over of a ledger with a hole');
  const report = await replayLedger({ ...restored, asReplay: replayer(before) }, systemActor());
  t.deepEqual([report.destructions, report.records], [3, 3]);
});

test('R70: stopped between the removal of the last copy and calling the record destroyed, the next run goes on', async (t) => {
  const world = await testExecution();
  t.teardown(() => world.close());
  const { archive, deps } = world;
  const register = await checkedRegister(archive, 1);
  await destroyed(world, register);
  t.is(await stateOf(archive, register.records[0] ?? ''), 'shredded', 'under lock');
  afterLocks(archive);
  t.like(await removeCopies(deps, systemActor(), 'test', register.id), { locked: 0 });
  t.is(await stateOf(archive, register.records[0] ?? ''), 'shredded', 'and here it was stopped');
  await clearUnlocked(deps, systemActor());
  t.is(await stateOf(archive, register.records[0] ?? ''), 'destroyed');
});
