import test from 'ava';
import { allocateCodes } from '../../src/classification/index.js';
import type { Db, Tx } from '../../src/db/index.js';
import { sql } from '../../src/db/index.js';
import { testDatabase } from '../support/database.js';

const database = await testDatabase();
test.after.always(() => database.close());

/** Every change needs an entry in its transaction; here only the counters matter. */
const entry = async (tx: Tx): Promise<void> => {
  await tx.run(sql`insert into audit_pending (id, entry) values (gen_random_uuid(), '{}')`);
};
const allocate = (db: Db, wanted: { series: string; count: number }[]): Promise<Map<string, number>> =>
  db.tx(async (tx) => {
    await entry(tx);
    return allocateCodes(tx, wanted);
  });

test('R3: 10,000 captures in parallel give every number once and leave no gap', async (t) => {
  const counts = Array.from({ length: 400 }, (_, i) => (i % 49) + 1); // 9,988 … and the rest
  counts.push(10_000 - counts.reduce((a, b) => a + b, 0));
  const taken = (await Promise.all(counts.map((count) => allocate(database.app, [{ series: 'parallel', count }])))).flatMap((firsts, i) =>
    Array.from({ length: counts[i] ?? 0 }, (_, n) => (firsts.get('parallel') ?? 0) + n),
  );
  taken.sort((a, b) => a - b);
  t.is(taken.length, 10_000);
  t.true(taken.every((number, i) => number === i + 1));
});

test('R3: a capture that is rolled back leaves no gap', async (t) => {
  const series = 'rollback';
  await allocate(database.app, [{ series, count: 3 }]);
  await t.throwsAsync(
    database.app.tx(async (tx) => {
      await entry(tx);
      await allocateCodes(tx, [{ series, count: 5 }]);
      throw new Error('the capture fails afterwards');
    }),
  );
  t.is((await allocate(database.app, [{ series, count: 1 }])).get(series), 4);
});

test('R3: batches over many series in any order neither deadlock nor mix', async (t) => {
  const names = ['Z001-TS·2026-D3-#', 'Z001-CG·2026-D3-#', 'a', 'B'];
  await Promise.all(
    Array.from({ length: 60 }, (_, i) => {
      const turned = [...names.slice(i % 4), ...names.slice(0, i % 4)];
      return allocate(database.app, [...turned.map((series) => ({ series, count: 2 })), { series: turned[0] ?? '', count: 1 }]);
    }),
  );
  const lasts = await database.app.many<{ last: number }>(sql`select last from archival_series where series = any(${names}::text[])`);
  t.deepEqual(
    lasts.map((one) => one.last),
    [135, 135, 135, 135],
  );
});

test('R3: the database refuses to turn a counter back, to rename or to delete it', async (t) => {
  await allocate(database.app, [{ series: 'fixed', count: 9 }]);
  for (const statement of [
    sql`update archival_series set last = 1 where series = 'fixed'`,
    sql`update archival_series set series = 'other', last = 10 where series = 'fixed'`,
    sql`delete from archival_series where series = 'fixed'`,
  ]) {
    await t.throwsAsync(
      database.owner.tx(async (tx) => {
        await entry(tx);
        await tx.run(statement);
      }),
    );
  }
  await t.throwsAsync(
    database.app.tx((tx) => allocateCodes(tx, [{ series: 'fixed', count: 1 }])),
    undefined,
    'no change without an entry',
  );
  t.is((await allocate(database.app, [{ series: 'fixed', count: 1 }])).get('fixed'), 10);
});

test('a count must be a positive whole number; nothing wanted is nothing done', async (t) => {
  for (const count of [0, -1, 1.5, NaN]) await t.throwsAsync(allocate(database.app, [{ series: 'odd', count }]), { instanceOf: RangeError });
  t.is((await allocate(database.app, [])).size, 0);
});
