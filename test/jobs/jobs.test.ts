import test from 'ava';
import { z } from 'zod';
import { silentLogger } from '../../src/config/index.js';
import { sql } from '../../src/db/index.js';
import { checkPayload, createJobs, migrateJobs } from '../../src/jobs/index.js';
import { testDatabase } from '../support/database.js';

const database = await testDatabase();
test.after.always(() => database.close());

const number = z.strictObject({ n: z.int() });

function collector() {
  const seen: number[] = [];
  let waiting: { count: number; done: () => void } | undefined;
  return {
    seen,
    push(n: number) {
      seen.push(n);
      if (waiting && seen.length >= waiting.count) waiting.done();
    },
    until: (count: number) =>
      new Promise<void>((done) => {
        if (seen.length >= count) done();
        else waiting = { count, done };
      }),
  };
}

test.serial('a job exists when and only when the transaction of its cause commits', async (t) => {
  const got = collector();
  const jobs = createJobs({
    connectionString: database.urls.app,
    log: silentLogger,
    tasks: { count: { parse: (raw: unknown) => number.parse(raw), run: async ({ n }: { n: number }) => Promise.resolve(got.push(n)) } },
  });
  await database.app.tx((tx) => jobs.add(tx, 'count', { n: 1 }));
  await t.throwsAsync(
    database.app.tx(async (tx) => {
      await jobs.add(tx, 'count', { n: 2 });
      throw new Error('no');
    }),
  );
  await database.app.tx((tx) => jobs.add(tx, 'count', { n: 3 }));
  await jobs.start();
  await got.until(2);
  await jobs.stop();
  t.deepEqual(
    got.seen.sort((a, b) => a - b),
    [1, 3],
  );
  t.deepEqual(await database.owner.many(sql`select 1 from graphile_worker._private_jobs where attempts = 0`), []);
});

test.serial('a failure is kept without its message, which may quote content', async (t) => {
  const failed = collector();
  const jobs = createJobs({
    connectionString: database.urls.app,
    log: silentLogger,
    tasks: {
      fail: {
        parse: (raw: unknown) => number.parse(raw),
        run: async ({ n }: { n: number }) => {
          failed.push(n);
          return Promise.reject(new Error('张三 13912345678'));
        },
      },
    },
  });
  await database.app.tx((tx) => jobs.add(tx, 'fail', { n: 1 }));
  await jobs.start();
  await failed.until(1);
  await jobs.stop();
  const rows = await database.owner.many<{ text: string }>(sql`select coalesce(last_error, '') || payload::text as text from graphile_worker._private_jobs`);
  t.is(rows.length, 1);
  t.true(rows[0]?.text.startsWith('Error'));
  t.false(rows[0]?.text.includes('13912345678'));
});

test.serial('what a killed worker was at is taken up again, not after hours but at the next start', async (t) => {
  const again = collector();
  const jobs = createJobs({
    connectionString: database.urls.app,
    log: silentLogger,
    tasks: { left: { parse: (raw: unknown) => number.parse(raw), run: async ({ n }: { n: number }) => Promise.resolve(again.push(n)) } },
  });
  await database.app.tx((tx) => jobs.add(tx, 'left', { n: 9 }, { queue: 'one' }));
  await database.owner.run(sql`update graphile_worker._private_jobs set locked_at = now(), locked_by = 'killed' where payload::text like '%9%'`);
  await database.owner.run(sql`update graphile_worker._private_job_queues set locked_at = now(), locked_by = 'killed'`);
  await jobs.start();
  await again.until(1);
  await jobs.stop();
  t.deepEqual(again.seen, [9]);
});

test.serial('jobs of one key replace each other while they wait', async (t) => {
  const jobs = createJobs({
    connectionString: database.urls.app,
    log: silentLogger,
    tasks: { sweep: { parse: (raw: unknown) => number.parse(raw), run: async () => Promise.resolve() } },
  });
  for (const n of [1, 2, 3]) await database.app.tx((tx) => jobs.add(tx, 'sweep', { n }, { key: 'sweep', runAt: new Date('2100-01-01') }));
  t.deepEqual(await database.owner.many(sql`select payload from graphile_worker._private_jobs where key = 'sweep'`), [{ payload: { n: 3 } }]);
});

test('a payload carries ids, codes and numbers, never a text', (t) => {
  const id = '0190a1b2-0000-7000-8000-000000000000';
  t.deepEqual(checkPayload({ id, n: 1, whole: true }), { id, n: 1, whole: true });
  for (const bad of [{ note: 'two words' }, { name: '张三' }, { list: [1] }, { nested: {} }, { n: 1.5 }, null, [], 'x', { long: 'x'.repeat(101) }]) {
    t.throws(() => checkPayload(bad), { message: 'internal' });
  }
});

test('the set-up of the queue may be repeated', async (t) => {
  await migrateJobs(database.urls.owner);
  await t.notThrowsAsync(migrateJobs(database.urls.owner));
});
