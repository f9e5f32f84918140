import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { bundlesOf, folderSource, verifierKey, verifyPublished, verifyStored } from '../../../src/audit/index.js';
import { sql } from '../../../src/db/index.js';
import { carryLogDestruction, carryLogs, clearLogs, viewLogRegister, witnessLogDestruction } from '../../../src/disposition/index.js';
import type { KillInput } from './kill-child.js';
import { logRegister, OLD_YEAR, oldLog, stateOf, type OldLog } from './support.js';

/** Runs the work in a process that ends with -9 right after one call. */
async function killed(old: OldLog, register: string, after: string, nth: number, work: KillInput['work'] = 'carry'): Promise<string | null> {
  const { archive } = old.world;
  const input: KillInput = {
    url: archive.database.urls.app,
    audit: archive.database.urls.audit,
    keys: archive.keystore.folder,
    folder: archive.storeFolder,
    retention: fileURLToPath(new URL('../../../../retention', import.meta.url)),
    register,
    work,
    after,
    nth,
    now: archive.clock.now.toISOString(),
  };
  const path = fileURLToPath(new URL('kill-child.js', import.meta.url));
  const child = spawn(process.execPath, [path, JSON.stringify(input)], { stdio: ['ignore', 'ignore', 'inherit'] });
  return ((await once(child, 'close')) as [number | null, string | null])[1];
}

/** How far it is, and that both verifications accept what is there. */
async function stand(old: OldLog): Promise<string> {
  await old.settled();
  const { keystore, storeFolder, database } = old.world.archive;
  const faults = (await verifyStored(old.deps.db, keystore)).faults;
  const keys = `${verifierKey(old.deps.audit.originOf(OLD_YEAR), old.deps.audit.publicKey)}\n`;
  const published = await verifyPublished(folderSource(join(storeFolder, 'log', keystore.archiveId)), { keys });
  if (faults.length + published.faults.length > 0) return JSON.stringify([faults, published.faults]);
  const gone = await database.owner.maybe<{ published: boolean; removed: boolean }>(
    sql`select published_at is not null as published, removed_at is not null as removed from audit_gone`,
  );
  if (!gone) return 'nothing';
  return gone.removed ? 'removed' : (await old.count()) === 0 ? 'without entries' : gone.published ? 'published' : 'certified';
}

/** The calls of the way in their order, and how far it is after each. */
const CALLS = [
  ['db.tx', 1, 'certified'],
  ['store.put', 1, 'certified'],
  ['store.lockUntil', 1, 'certified'],
  ['db.tx', 1, 'published'],
  // bundles, which are removed side by side: then all of them are gone, and nothing says so
  ['store.remove', 1, 'published'],
  ['db.tx', 1, 'published'],
  ['db.tx', 1, 'without entries'],
  ['db.tx', 2, 'removed'],
] as const;

test('R70, R90: killed with -9 after each step of its way it goes on there, both verifications accept every stop, and it is called carried out once', async (t) => {
  t.timeout(120_000);
  const old = await oldLog(t);
  const made = await logRegister(old, 'executing');
  await old.publish();
  const bundles = await bundlesOf(old.deps.store, old.world.archive.keystore.archiveId, OLD_YEAR);
  t.true(bundles.length > 1);
  for (const [after, nth, far] of CALLS) {
    t.is(await killed(old, made.id, after, nth), 'SIGKILL', `${after} ${nth}`);
    t.is(await stand(old), far, `${after} ${nth}`);
    t.is(await stateOf(old, made.id), 'executing', 'it is never called carried out before it is');
  }
  t.is(await carryLogs(old.deps), 1);
  t.is(await stateOf(old, made.id), 'open');
  t.like((await viewLogRegister(old.deps, old.manager, made.id)).progress, { locked: 0, attempts: 0, bundlesGone: String(bundles.length) });
  const { owner } = old.world.archive.database;
  t.deepEqual(await owner.many(sql`select key from audit_published where log = ${OLD_YEAR} and key like '%/tile/entries/%' and removed_at is null`), []);
  for (const who of [old.outsider, old.insider]) await witnessLogDestruction(old.deps, who, made.id);
  t.is(await stateOf(old, made.id), 'closed');
  await old.settled();
  const told = await owner.many<{ act: string; n: number }>(
    sql`select act, count(*)::int as n from audit_entries where act = any (${['log.certify_gone', 'log.publish_gone', 'log.gone', 'destruction.executed']}) group by act order by act`,
  );
  t.deepEqual(
    told.map((one) => [one.act, one.n]),
    [
      ['destruction.executed', 1],
      ['log.certify_gone', 1],
      ['log.gone', 1],
      ['log.publish_gone', 1],
    ],
  );
});

test('R70, R90: killed after what was locked went and before that was noted, the register still finds that nothing remains, and closes', async (t) => {
  const old = await oldLog(t);
  const { archive } = old.world;
  const locked = new Date(archive.clock.now.getTime() + 40 * 86_400_000);
  for await (const { key, version } of archive.store.list(`log/${archive.keystore.archiveId}/${OLD_YEAR}/tile/entries/`))
    await archive.store.lockUntil({ key, version }, locked);
  const bundles = await bundlesOf(archive.store, archive.keystore.archiveId, OLD_YEAR);
  const made = await logRegister(old, 'executing');
  await carryLogDestruction(old.deps, made.id);
  for (const who of [old.outsider, old.insider]) await witnessLogDestruction(old.deps, who, made.id);
  archive.clock.now = new Date(locked.getTime() + 1000);
  old.manager.shownAt = archive.clock.now;
  t.is(await killed(old, made.id, 'store.remove', 1, 'clear'), 'SIGKILL');
  t.is(await stand(old), 'removed');
  t.like(await viewLogRegister(old.deps, old.manager, made.id), { state: 'open', progress: { locked: bundles.length } });
  await clearLogs(old.deps);
  t.like(await viewLogRegister(old.deps, old.manager, made.id), { state: 'closed', progress: { locked: 0, bundlesGone: String(bundles.length) } });
});
