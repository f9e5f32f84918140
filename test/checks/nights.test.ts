import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { compareReadsByNight, verifyLogByNight, type NightDeps } from '../../src/app/nights.js';
import { LogRuns, systemActor } from '../../src/audit/index.js';
import type { ArchiveChecks } from '../../src/checks/index.js';
import { sql } from '../../src/db/index.js';
import { openStore } from '../../src/storage/index.js';
import { testArchive, type TestArchive } from '../support/archive.js';
import { checksOf, DAY, keep, read } from './support.js';

let archive: TestArchive;
let dataDir = '';
let checks: ArchiveChecks;
let logRuns: LogRuns;
const troubles: string[] = [];

test.before(async () => {
  archive = await testArchive();
  dataDir = await mkdtemp(join(tmpdir(), 'lantai-test-nights-'));
  await symlink(archive.storeFolder, join(dataDir, 'objects'));
  const { db, audit, access, now } = archive.deps;
  const onTrouble = (reason: string): void => void troubles.push(reason);
  logRuns = new LogRuns({ db, audit, keystore: archive.keystore, authorize: (actor, right) => access.authorize(actor, right), now, onTrouble });
  checks = checksOf(archive, archive.store, { onTrouble });
});
test.after.always(async () => {
  await archive.close();
  await rm(dataDir, { recursive: true, force: true });
});

const nights = (change: Partial<NightDeps['config']> = {}): NightDeps => ({
  now: archive.deps.now,
  logRuns,
  checks,
  config: { nightlyChecks: true, storeLogs: [], dataDir, ...change },
});
const settled = async (): Promise<void> => {
  const { db, audit } = archive.deps;
  await audit.settled(
    await db.tx((tx) => audit.append(tx, { actor: systemActor(), act: 'test.mark', subject: { kind: 'archive', id: 'test' }, decision: 'allow' })),
  );
};
const runs = async (): Promise<(string | null)[]> => (await logRuns.list()).map((one) => one.result);

test.serial(
  'R55: the log is verified once a night, anew the next one, begun anew where a process was lost, and not at all where it is switched off',
  async (t) => {
    t.false(await verifyLogByNight(nights({ nightlyChecks: false })));
    t.true(await verifyLogByNight(nights()));
    t.false(await verifyLogByNight(nights()), 'one is under way, or was done tonight');
    await logRuns.settled();
    t.deepEqual(await runs(), ['whole']);
    t.false(await verifyLogByNight(nights()), 'it was done tonight');
    archive.clock.now = new Date(archive.clock.now.getTime() + DAY);
    // the process of the next night is lost: its run falls silent
    await archive.database.owner.run(sql`insert into log_verifications (id, started_at, pseudonym, total, heard_at)
    values (gen_random_uuid(), ${archive.clock.now}, 'system', 1, ${archive.clock.now})`);
    t.false(await verifyLogByNight(nights()), 'it may still be at work');
    archive.clock.now = new Date(archive.clock.now.getTime() + 3_600_000);
    t.true(await verifyLogByNight(nights()));
    await logRuns.settled();
    t.deepEqual(await runs(), ['whole', 'cut_off', 'whole']);
    t.false(await logRuns.faulty());
  },
);

test.serial('R55: what the night finds in the log is on record as found, and raises the alarm', async (t) => {
  archive.clock.now = new Date(archive.clock.now.getTime() + DAY);
  await settled();
  await archive.database.owner.run(sql`update audit_entries set actor = 'p-nobody' where sequence = 1`);
  t.true(await verifyLogByNight(nights()));
  await logRuns.settled();
  t.true(await logRuns.faulty());
  t.like(await logRuns.found(), [{ kind: 'column', from: '1', open: true }]);
  t.deepEqual(troubles.splice(0), ['log_faulty']);
  t.is((await logRuns.ended())?.at.getTime(), archive.clock.now.getTime());
});

test.serial('R54: reads of the store are compared with the log once a night; one past the archive stays an alarm the night after', async (t) => {
  archive.clock.now = new Date();
  const agent = archive.person('agent');
  const kept = await keep(archive, agent);
  await read(archive, agent, kept.record);
  await settled();
  t.is(await compareReadsByNight(nights({ nightlyChecks: false })), undefined);
  t.is(await compareReadsByNight(nights({ s3: { bucket: 'b' } as NonNullable<NightDeps['config']['s3']> })), undefined, 'no log of that store is named');
  t.is(await compareReadsByNight(nights()), 'clean');
  await settled();
  t.is(await compareReadsByNight(nights()), undefined, 'it was done tonight');
  const thief = openStore({ kind: 'folder', folder: archive.storeFolder });
  await buffer(await thief.get(kept.objects[0] as (typeof kept.objects)[number]));
  await thief.close();
  for (const night of [1, 2]) {
    archive.clock.now = new Date(Date.now() + night * DAY);
    // the entry of the last comparison has the time of the log, which is today's: it lies a night back
    t.is(await compareReadsByNight(nights()), 'unlogged');
    await settled();
    t.is(await checks.unlogged(), 1);
    t.like(await checks.foundReads(systemActor()), [{ object: kept.objects[0]?.id, open: true }]);
    t.deepEqual(troubles.splice(0), ['unlogged_reads']);
  }
});
