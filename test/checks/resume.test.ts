import test from 'ava';
import { systemActor } from '../../src/audit/index.js';
import { type CheckRow, percentUp, upperBound } from '../../src/checks/index.js';
import { sql } from '../../src/db/index.js';
import { isCoded } from '../../src/errors/index.js';
import type { ObjectStore } from '../../src/storage/index.js';
import { testArchive, type TestArchive } from '../support/archive.js';
import { why } from '../support/why.js';
import { checksOf, keep, looked, tamper } from './support.js';

let archive: TestArchive;
test.before(async () => {
  archive = await testArchive();
  const agent = archive.person('agent');
  for (let i = 0; i < 70; i++) await keep(archive, agent);
});
test.after.always(() => archive.close());

/** A store that counts what is read of it, and may break off. */
function counted(breakAfter = Infinity): { store: ObjectStore; reads: () => number } {
  let reads = 0;
  const store = new Proxy(archive.store, {
    get(target, name: keyof ObjectStore) {
      const own = target[name];
      if (name !== 'get') return typeof own === 'function' ? (own as () => unknown).bind(target) : own;
      return async (...args: Parameters<ObjectStore['get']>) => {
        if (++reads > breakAfter) throw Object.assign(new Error('cut'), { code: 'ECUT' });
        return target.get(...args);
      };
    },
  });
  return { store, reads: () => reads };
}

test.serial('a check whose process ends anywhere goes on where it stopped, and the sum is that of one that was not stopped', async (t) => {
  const [row] = await archive.database.owner.many<{ id: string }>(sql`select id from records order by id limit 1`);
  await tamper(archive, sql`update records set term_until = term_until + 1 where id = ${row?.id}`);
  const whole = await looked(checksOf(archive));
  const steps = new Set<string>();
  let last: CheckRow | undefined;
  let id = '';
  for (let n = 1; n < 50 && last === undefined; n++) {
    const stop = new AbortController();
    let seen = 0;
    // each process of its own, ended after one more step
    last = await checksOf(archive).work(
      systemActor(),
      { mode: 'whole' },
      {
        signal: stop.signal,
        progress: (one) => {
          id = one.id;
          steps.add(`${one.part} ${one.place}`);
          if (++seen > 1) stop.abort();
        },
      },
    );
  }
  t.is(last?.id, id);
  t.true(steps.size > 8, 'it stopped in the middle of parts too');
  t.deepEqual(last?.counts, whole.row.counts);
  t.is(last?.bytes, whole.row.bytes);
  t.is(last?.fault_count, 1n);
  const { faults } = await checksOf(archive).view(systemActor(), id);
  t.deepEqual(
    faults.map((one) => one.kind),
    ['term'],
    'and nothing is told twice',
  );
});

test.serial('after a failure of the store nothing before it is read again, and what stopped it is told', async (t) => {
  const first = counted(100);
  await t.throwsAsync(checksOf(archive, first.store).work(systemActor(), { mode: 'whole' }), { message: 'cut' });
  const [row] = await checksOf(archive).list(systemActor());
  t.like(row, { result: null, trouble: 'internal', part: 'objects' });
  const done = row?.counts.objects?.done ?? 0;
  t.is(done, 64, 'as far as was kept');
  const second = counted();
  const ended = await checksOf(archive, second.store).work(systemActor(), { mode: 'whole' });
  t.is(ended?.id, row?.id);
  t.is(second.reads(), 140 - done);
});

test.serial('two processes do not work on one check, and whoever was held up writes nothing over the other', async (t) => {
  const stop = new AbortController();
  const held = checksOf(archive);
  const begun = held.work(systemActor(), { mode: 'whole' }, { signal: stop.signal, progress: () => undefined });
  await new Promise((done) => setTimeout(done, 30));
  t.true(isCoded(await t.throwsAsync(checksOf(archive).work(systemActor(), { mode: 'whole' })), 'conflict'));
  // its connection to the lock is cut while it works: another takes over, and the first is refused
  await archive.database.superuser.many(sql`select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
    where l.locktype = 'advisory' and l.objid = 7104349 and d.datname = current_database()`);
  const other = await checksOf(archive)
    .work(systemActor(), { mode: 'whole' })
    .catch((error: unknown) => error);
  const first = await begun.catch((error: unknown) => error);
  const ends = [first, other].map((one) => (isCoded(one, 'conflict') ? 'refused' : one === undefined ? 'ended' : (one as CheckRow).result));
  t.is(ends.filter((one) => one === 'faulty').length, 1, JSON.stringify(ends));
});

test.serial('a sample is drawn by its seed, looks at so many of each kind, and says how sure that makes', async (t) => {
  const checks = checksOf(archive);
  const reads: string[][] = [];
  for (const seed of ['spring', 'spring', 'autumn']) {
    const names: string[] = [];
    const store = new Proxy(archive.store, {
      get(target, name: keyof ObjectStore) {
        const own = target[name];
        if (name === 'get') return (...args: Parameters<ObjectStore['get']>) => (names.push(args[0].key), target.get(...args));
        return typeof own === 'function' ? (own as () => unknown).bind(target) : own;
      },
    });
    const { row } = await looked(checksOf(archive, store), { mode: 'sample', size: 10, seed });
    t.like(row.counts, { records: { done: 10, total: 10, frame: 70 }, objects: { done: 10, frame: 140 }, store: { done: 10, frame: 70 } });
    reads.push(names.sort());
  }
  t.deepEqual(reads[0], reads[1]);
  t.notDeepEqual(reads[0], reads[2]);
  t.is(await why(checks.start(systemActor(), { mode: 'sample', size: 0 })), 'invalid_field');
  t.is(await why(checks.start(systemActor(), { mode: 'sample', size: 5, seed: 'a b' })), 'invalid_field');
  t.is(await why(checks.start(archive.person('agent'), { mode: 'whole' })), 'forbidden');
});

test.serial('one that nobody goes on with can be given up, on record; the alarm stands until a check finds nothing', async (t) => {
  await t.throwsAsync(checksOf(archive, counted(3).store).work(systemActor(), { mode: 'whole' }));
  await checksOf(archive).giveUp(systemActor());
  t.is((await checksOf(archive).list(systemActor()))[0]?.result, 'given_up');
  const { row } = await looked(checksOf(archive));
  t.is(row.result, 'faulty');
  t.like(await checksOf(archive).alarm(), { id: row.id, faults: 1 });
  // a sample does not take the alarm of a whole one back
  const sample = await looked(checksOf(archive), { mode: 'sample', size: 1, seed: 'x' });
  // one in seventy draws the very record that is not sound, and raises the alarm itself
  t.like(await checksOf(archive).alarm(), { id: sample.row.result === 'whole' ? row.id : sample.row.id });
  await tamper(archive, sql`update records set term_until = term_until - 1 where id = (select id from records order by id limit 1)`);
  t.is((await looked(checksOf(archive))).row.result, 'whole');
  t.is(await checksOf(archive).alarm(), undefined);
});

test('the bound of a sample is that of Clopper and Pearson', (t) => {
  const close = (value: number, to: number): void => void t.true(Math.abs(value - to) < 1e-6, `${value} against ${to}`);
  close(upperBound(0, 1000), 0.002991);
  close(upperBound(0, 59), 0.049508); // the rule of 59
  close(upperBound(1, 1000), 0.004735);
  close(upperBound(5, 200), 0.051843);
  t.deepEqual([0.002991, 0.2, 0.0000299, 1].map(percentUp), ['0.3 %', '20 %', '0.003 %', '100 %']);
  t.is(upperBound(0, 0), 1);
  t.is(upperBound(10, 10), 1);
});
