import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import test from 'ava';
import { systemActor } from '../../../src/audit/index.js';
import { openKeystore } from '../../../src/crypto/index.js';
import { type Db, openDatabase, sql } from '../../../src/db/index.js';
import { clearUnlocked, type ExecutionDeps, isBehindLedger, replayLedger } from '../../../src/disposition/index.js';
import { isCoded } from '../../../src/errors/index.js';
import { FolderStore } from '../../../src/storage/folder/folder.js';
import { createVault, rotateKeys } from '../../../src/vault/index.js';
import { testAudit } from '../../support/audit.js';
import { testDatabase } from '../../support/database.js';
import { afterLocks, checkedRegister, destroyed, stateOf, testExecution } from './support.js';
import { cp } from 'node:fs/promises';

test('R69, R80: a database and objects of before, with the keystore of today: what was destroyed stays so, the rest is read, and nothing is served before the ledger was replayed', async (t) => {
  t.timeout(120_000);
  const world = await testExecution();
  t.teardown(() => world.close());
  const { archive, deps } = world;
  const doomed = await checkedRegister(archive, 2);
  const kept = await checkedRegister(archive, 2);
  const bodies = await archive.database.owner.many<{ id: string; record_id: string }>(sql`select id, record_id from objects`);
  const objectOf = (record: string): string => bodies.find((one) => one.record_id === record)?.id ?? '';

  const before = await testDatabase({ copyOf: archive.database });
  t.teardown(() => before.close());
  const oldObjects = await mkdtemp(join(tmpdir(), 'lantai-test-restored-'));
  t.teardown(() => rm(oldObjects, { recursive: true, force: true }));
  await cp(archive.storeFolder, oldObjects, { recursive: true, preserveTimestamps: true });

  afterLocks(archive);
  await destroyed(world, doomed);
  await rotateKeys({ ...world.vaultDeps, authorize: () => ({ policy: 'test@sha256:0' }) }, systemActor());

  const keystore = await openKeystore(deps.keystore.folder);
  // the log's own way back after a restore is another matter; here it has a log of its own
  const log = await testAudit(before, { keystore: await openKeystore(await mkdtemp(join(tmpdir(), 'lantai-test-keys-')), { create: true }) });
  t.teardown(() => log.stop());
  // what the store kept since: snapshots and ledger stand in it, as they would in a bucket that was copied back over
  const store = new FolderStore({ folder: oldObjects, now: deps.now });
  await store.prepare();
  const vault = createVault({ db: before.app, store, keystore, audit: log.audit, now: deps.now, random: randomBytes });
  const restored: ExecutionDeps = { ...deps, db: before.app, audit: log.audit, keystore, store, vault };
  const state = (record: string): Promise<{ state: string; title: string; client_name_masked: string }> =>
    before.owner.one(sql`select state, title, client_name_masked from records where id = ${record}`);
  t.is((await state(doomed.records[0] ?? '')).state, 'approved', 'the backup knows nothing of it');
  const asReplay = (): Db => openDatabase({ connectionString: before.urls.owner, role: 'lantai_replay', max: 1 });
  t.true(await isBehindLedger(restored));
  for (const record of [...doomed.records, ...kept.records])
    t.true(
      isCoded(
        await t.throwsAsync(vault.replayEquals(objectOf(record), Buffer.alloc(Number((await vault.facts([objectOf(record)]))[0]?.plainSize)))),
        'key_unavailable',
      ),
    );

  const report = await replayLedger({ ...restored, asReplay }, systemActor());
  t.deepEqual(report, { keyTable: true, destructions: 1, records: 2 });
  t.false(await isBehindLedger(restored));
  t.deepEqual(await replayLedger({ ...restored, asReplay }, systemActor()), { keyTable: false, destructions: 0, records: 0 }, 'once is enough');
  for (const record of doomed.records) {
    const now = await state(record);
    t.is(now.state, 'shredded');
    t.is(now.title + now.client_name_masked, '');
    const { wraps } = await before.owner.one<{ wraps: number }>(sql`select count(wrapped_key)::int as wraps from objects where record_id = ${record}`);
    t.is(wraps, 0);
  }
  for (const record of kept.records) {
    t.is((await state(record)).state, 'approved');
    t.false(
      await vault.replayEquals(objectOf(record), Buffer.alloc(Number((await vault.facts([objectOf(record)]))[0]?.plainSize))),
      'its key opens; it only is not these bytes',
    );
  }
  // the old objects came back with the copy; they are removed like the first time
  await clearUnlocked(restored, systemActor());
  for (const record of doomed.records) t.is((await state(record)).state, 'destroyed');
  const left = (await readdir(oldObjects, { recursive: true })).filter((name) => doomed.records.some((record) => name.includes(record)));
  t.deepEqual(left, []);
  t.is(await stateOf(archive, doomed.records[0] ?? ''), 'destroyed');
});

test('R80: a ledger that another hand changed, or that has a gap, is refused', async (t) => {
  const world = await testExecution();
  t.teardown(() => world.close());
  const first = await checkedRegister(world.archive, 1);
  const second = await checkedRegister(world.archive, 1);
  const before = await testDatabase({ copyOf: world.archive.database });
  t.teardown(() => before.close());
  afterLocks(world.archive);
  await destroyed(world, first);
  await destroyed(world, second);
  const deps = { ...world.deps, db: before.app };
  t.true(await isBehindLedger(deps));
  const folder = join(world.deps.keystore.folder, 'kept');
  const text = await readFile(join(folder, 'ledger-000001.json'), 'utf8');
  await world.deps.keystore.keep('ledger-000001.json', Buffer.from(text.replace(first.records[0] ?? '', second.records[0] ?? '')));
  t.true(isCoded(await t.throwsAsync(isBehindLedger(deps)), 'key_unavailable'));
  await rm(join(folder, 'ledger-000001.json'));
  t.true(await isBehindLedger(deps), 'the store has it too');
  const empty = new FolderStore({ folder: await mkdtemp(join(tmpdir(), 'lantai-test-store-')), now: deps.now });
  await empty.prepare();
  t.true(isCoded(await t.throwsAsync(isBehindLedger({ ...deps, store: empty })), 'key_unavailable'), 'a gap');
});
