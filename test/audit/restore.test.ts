import { readdir, unlink, writeFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { sql } from '../../src/db/index.js';
import { storedLogs } from '../../src/audit/index.js';
import { leafHash } from '../../src/audit/log/tree.js';
import { encodeBundle } from '../../src/audit/publish/bundle.js';
import { logPrefix } from '../../src/audit/publish/layout.js';
import type { ObjectStore } from '../../src/storage/index.js';
import { testEntry } from '../support/audit.js';
import { timesInLog } from './log-support.js';
import { restorable, troubleOf, type Restorable } from './restore-support.js';

const YEAR = String(new Date().getUTCFullYear());

/** A backup of `before` entries, then more, published; then the database is put back to the backup. */
async function rolledBack(made: Restorable, before: number, after: number): Promise<string[]> {
  const audit = await made.start();
  await made.add(audit, before);
  await made.publish();
  await made.backup();
  await made.add(audit, after);
  await made.publish();
  await audit.stop();
  const texts = await made.texts();
  await made.restore();
  return texts;
}

test('R55: a database that was put back to yesterday gets its entries again from the object store, byte for byte, and goes on', async (t) => {
  const made = await restorable(t);
  const texts = await rolledBack(made, 300, 1500);
  t.is((await made.texts()).length, 301);
  const audit = await made.start();
  t.is(await troubleOf(audit), null);
  t.deepEqual((await made.texts()).slice(0, 1801), texts);
  await made.add(audit, 40);
  const report = await made.whole(t);
  t.is(report.lost, 500, 'what stood beside them was not in the store, and is said to be lost');
  t.is(report.erased, 0);
  const told = await made.database.owner.one<{ entry: string }>(sql`select entry from audit_entries where act = 'log.replay'`);
  t.deepEqual((JSON.parse(told.entry) as { facts: object }).facts, { from: '301', to: '1801' });
  await audit.stop();
  const again = await made.start();
  await made.add(again, 1);
  t.is((await made.texts()).filter((one) => one.includes('"act":"log.replay"')).length, 1, 'told once');
});

test('R55: entries that waited when the backup was made get no second place, and keep what stood beside them', async (t) => {
  const made = await restorable(t);
  const audit = await made.start();
  await made.add(audit, 10);
  await made.publish();
  await audit.stop();
  const waiting = await made.database.app.tx((tx) => audit.append(tx, testEntry({ side: { note: 'kept' } })));
  await made.backup();
  const other = await made.start();
  await made.add(other, 5);
  await made.publish();
  await other.stop();
  await made.restore();
  await made.start();
  t.deepEqual(await timesInLog(made.database, [waiting.id]), [1]);
  t.is((await made.whole(t)).lost, 2);
});

for (const step of ['noted', 'rewritten', 'reheaded'] as const) {
  test(`R55: a kill after "${step}" while entries are written again leaves no gap, no double, no other entry`, async (t) => {
    const made = await restorable(t);
    const texts = await rolledBack(made, 300, 2500);
    let deaths = 0;
    const audit = await made.start(
      {
        step(at) {
          if (at === step && deaths < 3) {
            deaths++;
            throw new Error('killed');
          }
        },
      },
      { timeout: 20_000 },
    );
    await made.add(audit, 3);
    t.true(deaths >= 1);
    t.deepEqual((await made.texts()).slice(0, 2801), texts);
    await made.whole(t);
  });
}

test('R55: with keystore and database put back together, the object store still tells: nothing is signed a second way', async (t) => {
  const made = await restorable(t);
  const audit = await made.start();
  await made.add(audit, 100);
  await made.publish();
  await audit.stop();
  await made.backup();
  const memory = join(made.keystore.folder, 'audit-signer');
  const old = await readFile(memory);
  const other = await made.start();
  await made.add(other, 400);
  await made.publish();
  await other.stop();
  const texts = await made.texts();
  await made.restore();
  await writeFile(memory, old);
  const again = await made.start();
  t.is(await troubleOf(again), null);
  t.deepEqual((await made.texts()).slice(0, texts.length), texts);
  await made.add(again, 3);
  await made.publish();
  await made.whole(t);
});

test('R55: a year that was lost whole comes again, its log opened by the one before', async (t) => {
  const made = await restorable(t);
  let clock = new Date(`${Number(YEAR) - 1}-12-31T23:59:00Z`);
  const now = (): Date => clock;
  const first = await made.start(undefined, { now });
  await made.add(first, 50);
  await made.publish();
  await first.stop();
  await made.backup();
  const second = await made.start(undefined, { now });
  await made.add(second, 300);
  clock = new Date(`${YEAR}-01-01T00:00:10Z`);
  await made.add(second, 300);
  await made.publish();
  await second.stop();
  const texts = await made.texts();
  await made.restore();
  const again = await made.start(undefined, { now });
  t.is(await troubleOf(again), null);
  t.deepEqual((await made.texts()).slice(0, texts.length), texts);
  await made.add(again, 1);
  await made.whole(t);
});

test('R55: bundles that are missing, damaged or differ are not written again; nothing is signed, and readings wait in vain', async (t) => {
  const made = await restorable(t);
  await rolledBack(made, 300, 1500);
  const bundles = join(made.folder, YEAR, 'tile/entries');
  const third = join(bundles, '003');
  const good = await readFile(third);
  await unlink(third);
  const audit = await made.start(undefined, { timeout: 300 });
  t.is(await troubleOf(audit), 'signer: the log is behind what was signed');
  t.is((await made.texts()).length, 301, 'no checkpoint stands below the gap');
  const pending = await made.database.app.tx((tx) => audit.append(tx, testEntry()));
  await t.throwsAsync(audit.settled(pending), { code: 'audit_unavailable' });
  await audit.stop();
  // one entry changed, its published hash not
  await writeFile(third, encodeBundle(['{}']));
  const second = await made.start();
  t.is(await troubleOf(second), 'signer: the log is behind what was signed');
  await second.stop();
  await writeFile(third, good);
  const whole = await made.start();
  t.is(await troubleOf(whole), null, 'put right, it goes on');
  await made.add(whole, 1);
  t.deepEqual(await timesInLog(made.database, [pending.id]), [1]);
  await made.whole(t);
  t.true((await readdir(bundles)).length > 3);
});

test('R55: a database that differs from what was published is not gone on with', async (t) => {
  const made = await restorable(t);
  await rolledBack(made, 300, 700);
  await made.database.owner.run(sql`update audit_entries set leaf_hash = sha256('x') where sequence = 290`);
  const audit = await made.start();
  t.is(await troubleOf(audit), 'signer: the log differs from what was published');
  t.is((await made.texts()).length, 301);
  await rm(join(made.folder, YEAR, 'checkpoints'), { recursive: true });
});

test('R55: what somebody else puts into the object store under names of the log stops nothing', async (t) => {
  const made = await restorable(t);
  const audit = await made.start();
  await made.add(audit, 100);
  await made.publish();
  await audit.stop();
  const { archiveId } = made.keystore;
  const leaves = Array.from({ length: 110 }, (_, i) => `{"n":${i}}`);
  const put = (path: string, bytes: Buffer) => made.store.put(logPrefix(archiveId, path), bytes, bytes.length);
  for (const log of [YEAR, `${YEAR}b`]) {
    await put(`${log}/tile/entries/000.p/110`, encodeBundle(leaves));
    await put(`${log}/tile/0/000.p/110`, Buffer.concat(leaves.map((one) => leafHash(one))));
    await put(`${log}/checkpoints/${'110'.padStart(20, '0')}`, Buffer.from('a note that nobody signed\n'));
  }
  const again = await made.start();
  t.is(await troubleOf(again), null);
  await made.add(again, 3);
  await made.whole(t);
});

test('R55: the log starts within its time while the object store does not answer', async (t) => {
  const made = await restorable(t);
  const silent = { ...made.store, list: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) }) };
  const stored = storedLogs(silent as unknown as ObjectStore, made.keystore.archiveId, 100);
  const audit = await made.start(undefined, { stored });
  t.is(await troubleOf(audit), null);
  await made.add(audit, 1);
});
