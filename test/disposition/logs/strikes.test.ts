import { join } from 'node:path';
import test from 'ava';
import { closedLogs, destroyAgain, folderSource, verifierKey, verifyCounts, verifyPublished, verifyStored, systemActor } from '../../../src/audit/index.js';
import { CodedError } from '../../../src/errors/index.js';
import { carryLogDestruction, carryLogs, certifying, clearLogs, viewLogRegister, witnessLogDestruction } from '../../../src/disposition/index.js';
import { newId, openDatabase, sql } from '../../../src/db/index.js';
import type { ObjectStore } from '../../../src/storage/index.js';
import { run } from '../support/sql.js';
import { logRegister, OLD_YEAR, oldLog, stateOf, type OldLog } from './support.js';

/** A store that fails at the n-th call of what changes it, before or after the call was done. */
function struck(store: ObjectStore, at: number, after: boolean): ObjectStore {
  let calls = 0;
  const strike =
    <A extends unknown[], T>(act: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      const mine = ++calls === at;
      if (mine && !after) throw new CodedError('store_unavailable');
      const done = await act(...args);
      if (mine) throw new CodedError('store_unavailable');
      return done;
    };
  return {
    kind: store.kind,
    prepare: () => store.prepare(),
    put: strike((...args: Parameters<ObjectStore['put']>) => store.put(...args)),
    settle: (...args) => store.settle(...args),
    get: (...args) => store.get(...args),
    stat: (...args) => store.stat(...args),
    lockUntil: strike((...args: Parameters<ObjectStore['lockUntil']>) => store.lockUntil(...args)),
    setLegalHold: (...args) => store.setLegalHold(...args),
    list: (...args) => store.list(...args),
    remove: strike((...args: Parameters<ObjectStore['remove']>) => store.remove(...args)),
    tidy: (...args) => store.tidy(...args),
    close: () => store.close(),
  };
}

async function sound(old: OldLog) {
  await old.settled();
  const stored = await verifyStored(old.deps.db, old.world.archive.keystore);
  const { keystore, storeFolder } = old.world.archive;
  await old.publish();
  const keys = `${verifierKey(old.deps.audit.originOf(OLD_YEAR), old.deps.audit.publicKey)}\n`;
  const published = await verifyPublished(folderSource(join(storeFolder, 'log', keystore.archiveId)), { keys });
  return [...stored.faults, ...published.faults];
}

test('R90: struck before and after every call to the store it goes on where it stood, and at every stop both verifications accept what is there', async (t) => {
  const old = await oldLog(t);
  const made = await logRegister(old, 'executing');
  const { store } = old.deps;
  let stuck = 0;
  // note, lock, bundles: each call of the way is struck once, before and after
  for (const after of [false, true]) {
    const deps = { ...old.deps, store: struck(store, 1, after) };
    if ((await carryLogDestruction(deps, made.id)) === 'stuck') stuck++;
    t.deepEqual(await sound(old), []);
  }
  for (let at = 2; at <= 4; at++) {
    const deps = { ...old.deps, store: struck(store, at, at % 2 === 0) };
    if ((await carryLogDestruction(deps, made.id)) === 'stuck') stuck++;
    t.deepEqual(await sound(old), []);
  }
  t.true(stuck >= 3);
  t.is((await viewLogRegister(old.deps, old.manager, made.id)).progress.attempts, stuck);
  old.world.archive.clock.now = new Date(old.world.archive.clock.now.getTime() + 86_400_000);
  await carryLogs(old.deps);
  t.is(await stateOf(old, made.id), 'open');
  t.deepEqual([await sound(old), await old.count()], [[], 0]);
});

test('R90: bundles that the store still locks are named with their day, and the register stays open until they are gone', async (t) => {
  const old = await oldLog(t);
  const { archive } = old.world;
  const locked = new Date(archive.clock.now.getTime() + 40 * 86_400_000);
  const bundles: string[] = [];
  for await (const { key, version } of archive.store.list(`log/${archive.keystore.archiveId}/${OLD_YEAR}/tile/entries/`)) {
    bundles.push(key);
    await archive.store.lockUntil({ key, version }, locked);
  }
  const made = await logRegister(old, 'executing');
  t.is(await carryLogDestruction(old.deps, made.id), 'executed');
  t.is(await old.count(), 0);
  t.like(await viewLogRegister(old.deps, old.manager, made.id), { state: 'open', progress: { locked: bundles.length, lockedUntil: locked.toISOString() } });
  for (const who of [old.outsider, old.insider]) await witnessLogDestruction(old.deps, who, made.id);
  t.is(await stateOf(old, made.id), 'open', 'witnessed, but something remains');
  const certified = async () => (await viewLogRegister(old.deps, old.manager, made.id)).certificates.map((one) => [one.kind, one.locked]);
  t.deepEqual(await certified(), [['main', bundles.length]]);
  const close = sql`update log_destructions set state = 'closed', closed_at = now() where id = ${made.id}`;
  await t.throwsAsync(run(archive, sql`update log_destruction_copies set gone_at = now() where register_id = ${made.id}`, close), {
    message: /certificate says/,
  });
  const forge = (kind: string, locked: number) => sql`insert into log_destruction_certificates
    select ${newId()}, number || '-S', register_id, ${kind}, object_id, size, document_digest, data_digest, ${locked}, made_at, entry_id from log_destruction_certificates`;
  await t.throwsAsync(run(archive, forge('supplement', 0)), { message: /once nothing remains/ });
  await t.throwsAsync(run(archive, sql`delete from log_destruction_certificates`), { message: /permission/ });
  await clearLogs(old.deps);
  t.is(await stateOf(old, made.id), 'open');
  t.deepEqual(await sound(old), []);
  archive.clock.now = new Date(locked.getTime() + 1000);
  old.manager.shownAt = archive.clock.now;
  await clearLogs(old.deps);
  t.is(await stateOf(old, made.id), 'closed');
  t.deepEqual(await certified(), [
    ['main', bundles.length],
    ['supplement', 0],
  ]);
  t.like(await viewLogRegister(old.deps, { ...old.manager, shownAt: archive.clock.now }, made.id), { progress: { locked: 0 } });
});

test('R90: entries that a restore brings back go again, by the certificate in the store; sums made anew are what they were', async (t) => {
  const old = await oldLog(t);
  const { owner } = old.world.archive.database;
  await owner.tx(async (tx) => {
    await tx.run(sql`create table kept_entries as select * from audit_entries`);
    await tx.run(sql`create table kept_side as select * from audit_side`);
  });
  const { archive } = old.world;
  const lockedUntil = new Date(archive.clock.now.getTime() + 40 * 86_400_000);
  const bundles = async (): Promise<number> => {
    let n = 0;
    for await (const _ of archive.store.list(`log/${archive.keystore.archiveId}/${OLD_YEAR}/tile/entries/`)) n++;
    return n;
  };
  // one of them the store still locks
  for await (const { key, version } of archive.store.list(`log/${archive.keystore.archiveId}/${OLD_YEAR}/tile/entries/000`)) {
    await archive.store.lockUntil({ key, version }, lockedUntil);
    break;
  }
  const made = await logRegister(old, 'executing');
  await carryLogDestruction(old.deps, made.id);
  t.is(await bundles(), 1);
  await old.settled();
  t.like(await verifyCounts(old.deps.db, old.deps.hours()), { whole: true });
  await old.world.archive.database.superuser.tx(async (tx) => {
    await tx.run(sql`set local session_replication_role = replica`);
    await tx.run(sql`delete from audit_gone`);
    await tx.run(sql`delete from log_destruction_copies`);
    await tx.run(sql`insert into audit_entries select * from kept_entries where log = ${OLD_YEAR}`);
    await tx.run(sql`insert into audit_side select k.* from kept_side k where not exists (select from audit_side s where s.entry_id = k.entry_id)`);
    await tx.run(sql`update log_destructions set state = 'approving', approved_at = null, execute_after = null, executing_at = null, opened_at = null`);
  });
  t.is((await closedLogs(old.deps.db))[0]?.procedure, null);
  const asReplay = () => openDatabase({ connectionString: old.world.archive.database.urls.owner, role: 'lantai_replay', max: 1, statementTimeout: 0 });
  const again = { ...certifying(old.deps), audit: old.deps.audit, asReplay };
  t.deepEqual(await destroyAgain(again, systemActor()), [OLD_YEAR]);
  t.deepEqual([await old.count(), await sound(old)], [0, []]);
  t.is(await stateOf(old, made.id), 'voided');
  t.deepEqual(await destroyAgain(again, systemActor()), []);
  // no register names the bundle that is under lock: the regular job does not touch it before its day, and removes it after
  await clearLogs(old.deps);
  t.is(await bundles(), 1);
  archive.clock.now = new Date(lockedUntil.getTime() + 1000);
  t.is(await clearLogs(old.deps), 1);
  t.is(await bundles(), 0);
  t.is(await clearLogs(old.deps), 0);
  await old.settled();
  const told = await archive.database.owner.many<{ entry: string }>(sql`select entry from audit_entries where act = 'log.remove_bundles'`);
  t.deepEqual(
    told.map((one) => (JSON.parse(one.entry) as { facts: unknown; subject: unknown }).facts),
    [{ number: made.number, gone: 1, locked: 0 }],
  );
  t.deepEqual(await sound(old), []);
  await t.throwsAsync(old.deps.db.run(sql`select audit_gone_again(${OLD_YEAR}, 1, ''::bytea, ''::bytea, now(), now(), '', '', now(), '')`), {
    message: /permission/,
  });
});
