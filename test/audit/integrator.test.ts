import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { createAudit, type PendingEntry } from '../../src/audit/index.js';
import { randomBytes } from 'node:crypto';
import { newId, sql } from '../../src/db/index.js';
import { testAudit, testEntry } from '../support/audit.js';
import { testDatabase } from '../support/database.js';
import { check, fill, timesInLog } from './log-support.js';

const real = { now: () => new Date(), random: randomBytes };

test('R59: 20 who append at once give one sequence without gaps, in order of time', async (t) => {
  const database = await testDatabase();
  t.teardown(() => database.close());
  const { audit, keystore, stop } = await testAudit(database);
  t.teardown(stop);
  const ids: string[] = [];
  const appender = async (): Promise<void> => {
    for (let i = 0; i < 60; i++) {
      const many = await database.app.tx((tx) => audit.appendMany(tx, [testEntry(), testEntry({ side: { note: 'x' } })]));
      ids.push(...many.map((one) => one.id));
      await audit.settled(many[1]!);
    }
  };
  await Promise.all(Array.from({ length: 20 }, appender));
  const report = await check(database, keystore);
  t.deepEqual(report.faults, []);
  t.is(report.entries, 2401, 'and the entry that opens the log');
  t.true(report.tiles >= 9);
  t.deepEqual(await timesInLog(database, ids), [1]);
});

test('R54: entries that are handed over stand once, after what they follow from, also where the one before died with them', async (t) => {
  const database = await testDatabase();
  t.teardown(() => database.close());
  let batches = 0;
  const { audit, keystore, stop } = await testAudit(database, {
    timeout: 20_000,
    faults: {
      step: (at) => {
        if (at === 'moved' && ++batches % 9 === 0) throw new Error('killed');
      },
    },
  });
  t.teardown(stop);
  const handed = (): Promise<PendingEntry | undefined> =>
    audit.appendWithin(testEntry(), async (_pending, insert) => {
      const done = await database.app.one<{ xact: string }>(
        sql`with entry as (${insert(sql`(select 1) as one`)} returning 1) select pg_current_xact_id()::text as xact from entry`,
      );
      return done.xact;
    });
  const pairs: [string, string][] = [];
  const appender = async (): Promise<void> => {
    for (let i = 0; i < 40; i++) {
      const before = await database.app.tx((tx) => audit.append(tx, testEntry()));
      const after = await handed();
      pairs.push([before.id, after!.id]);
      await audit.settled(after!);
    }
  };
  await Promise.all(Array.from({ length: 6 }, appender));
  t.deepEqual(await timesInLog(database, pairs.flat()), [1]);
  const report = await check(database, keystore);
  t.deepEqual(report.faults, []);
  t.true(batches > 9);
  const rows = await database.owner.many<{ id: string; sequence: bigint }>(sql`select id, sequence from audit_entries`);
  const at = new Map(rows.map((row) => [row.id, row.sequence]));
  for (const [before, after] of pairs) t.true((at.get(before) ?? 1n << 60n) < (at.get(after) ?? 0n));
});

for (const name of ['taken', 'moved', 'signed', 'headed'] as const) {
  test(`R54: an integrator that dies after "${name}" leaves no gap, no loss, no double`, async (t) => {
    const database = await testDatabase();
    t.teardown(() => database.close());
    let deaths = 0;
    const { audit, keystore, stop } = await testAudit(database, {
      timeout: 20_000,
      faults: {
        step: (at) => {
          if (at === name && deaths < 2) {
            deaths++;
            throw new Error('killed');
          }
        },
      },
    });
    t.teardown(stop);
    const first = await fill(database, audit, 300, { together: true });
    const second = await fill(database, audit, 20);
    t.is(deaths, 2);
    t.deepEqual(await timesInLog(database, [...first, ...second]), [1]);
    const report = await check(database, keystore);
    t.deepEqual(report.faults, []);
    t.is(report.entries, 321);
    t.is(report.unsigned, 0n);
  });
}

test('two integrators at once: the older epoch writes nothing', async (t) => {
  const database = await testDatabase();
  t.teardown(() => database.close());
  const { audit, keystore, stop } = await testAudit(database, { timeout: 30_000 });
  t.teardown(stop);
  await fill(database, audit, 10);
  const rival = createAudit({ db: database.app, auditDb: database.audit, keystore, ...real, timeout: 30_000, faults: { lockless: true } });
  await rival.startIntegrator();
  const ids = [...(await fill(database, audit, 200)), ...(await fill(database, rival, 200))];
  await rival.stop();
  ids.push(...(await fill(database, audit, 50)));
  t.deepEqual(await timesInLog(database, ids), [1]);
  t.deepEqual((await check(database, keystore)).faults, []);
});

test('a second process appends and waits while the first integrates, and takes over when it stops', async (t) => {
  const database = await testDatabase();
  t.teardown(() => database.close());
  const first = await testAudit(database);
  t.teardown(first.stop);
  const second = createAudit({ db: database.app, auditDb: database.audit, keystore: first.keystore, ...real, timeout: 20_000 });
  t.teardown(() => second.stop());
  await second.startIntegrator();
  t.true((await first.audit.state()).leading);
  t.false((await second.state()).leading);
  const ids = await fill(database, second, 20);
  await first.audit.stop();
  ids.push(...(await fill(database, second, 20)));
  t.true((await second.state()).leading);
  t.deepEqual(await timesInLog(database, ids), [1]);
  t.deepEqual((await check(database, first.keystore)).faults, []);
});

test('one log per year: the last checkpoint opens the next; time never runs backwards', async (t) => {
  const database = await testDatabase();
  t.teardown(() => database.close());
  let now = Date.parse('2026-12-31T23:59:59.900Z');
  const { audit, keystore, stop } = await testAudit(database, { now: () => new Date(now) });
  t.teardown(stop);
  await fill(database, audit, 5);
  now -= 60_000;
  await fill(database, audit, 5);
  now = Date.parse('2027-01-01T00:00:00.000Z');
  await fill(database, audit, 5);
  now = Date.parse('2026-12-31T12:00:00.000Z');
  await fill(database, audit, 5);
  const logs = await database.owner.many<{ log: string; n: number; first: string }>(sql`
    select log, count(*)::int as n, (array_agg(entry order by sequence))[1] as first from audit_entries group by log order by log`);
  t.deepEqual(
    logs.map(({ log, n }) => [log, n]),
    [
      ['2026', 11],
      ['2027', 11],
    ],
  );
  const head = await database.owner.one<{ root: Buffer }>(sql`select root from audit_heads where log = '2026' order by size desc limit 1`);
  const opening = JSON.parse(logs[1]!.first) as { act: string; facts: Record<string, string> };
  t.is(opening.act, 'log.open');
  t.is(opening.facts['previous'], '2026');
  t.is(opening.facts['size'], '11');
  t.is(opening.facts['root'], head.root.toString('base64'));
  await audit.stop();
  const again = await testAudit(database, { keystore, now: () => new Date(now) });
  t.teardown(again.stop);
  await fill(database, again.audit, 3);
  const report = await check(database, keystore);
  t.deepEqual(report.faults, []);
  t.is(report.entries, 25);
});

test('a row that this program did not write is shown for what it is, and stops nothing', async (t) => {
  const database = await testDatabase();
  t.teardown(() => database.close());
  const { audit, keystore, stop } = await testAudit(database);
  t.teardown(stop);
  const forged = ['{}', '{"v":1}', 'no JSON', '{"sequence":0, "v":1}', `{"v":1,"id":"${newId()}"}`];
  await database.app.run(sql`insert into audit_pending (id, entry) select gen_random_uuid(), * from unnest(${forged}::text[])`);
  await fill(database, audit, 3);
  const { n } = await database.owner.one<{ n: number }>(sql`select count(*)::int as n from audit_entries where act = 'log.malformed'`);
  t.is(n, forged.length);
  t.deepEqual((await check(database, keystore)).faults, []);
});

test('the signer goes on after its database lost nothing, and refuses one that was rolled back or changed', async (t) => {
  const database = await testDatabase();
  t.teardown(() => database.close());
  const first = await testAudit(database);
  t.teardown(first.stop);
  const { keystore } = first;
  await fill(database, first.audit, 600, { together: true });
  await first.audit.stop();
  const trouble = async (): Promise<string | null> => {
    const told: string[] = [];
    const again = createAudit({ db: database.app, auditDb: database.audit, keystore, ...real, timeout: 300, onTrouble: (reason) => told.push(reason) });
    await again.startIntegrator();
    const pending = await database.app.tx((tx) => again.append(tx, testEntry()));
    await again.settled(pending).catch((error: unknown) => t.is((error as Error).message, 'audit_unavailable'));
    const { trouble } = await again.state();
    await again.stop();
    t.deepEqual(told, trouble === null ? [] : [trouble], 'the operator is told, once');
    return trouble;
  };
  t.is(await trouble(), null);

  await database.owner.run(sql`create table kept as select * from audit_entries`);
  const size = (await database.owner.one<{ size: bigint }>(sql`select max(size) as size from audit_heads`)).size;
  await database.owner.run(sql`delete from audit_entries where sequence = ${size - 1n}`);
  t.is(await trouble(), 'signer: the log is behind what was signed');
  await database.owner.run(sql`insert into audit_entries select * from kept where sequence = ${size - 1n}`);

  await database.owner.run(sql`update audit_entries set leaf_hash = sha256('x') where sequence = ${size - 2n}`);
  t.is(await trouble(), 'signer: the stored log differs from what was signed');
  await database.owner.run(sql`update audit_entries e set leaf_hash = kept.leaf_hash from kept where kept.sequence = e.sequence and e.sequence = ${size - 2n}`);

  t.is(await trouble(), null, 'put right, it goes on, with what waited meanwhile');
  await rm(join(keystore.folder, 'audit-signer'));
  t.is(await trouble(), 'signer: its memory is missing, yet the log was signed before');
});
