import test from 'ava';
import fc from 'fast-check';
import { COUNT_DIMENSIONS, countLog, foldCounts, verifyCounts, type CountDimension, type CountFilter, type Decision } from '../../src/audit/index.js';
import { keptFor } from '../../src/audit/counts/read.js';
import { workCalendar, type DayExceptions, type WorkCalendar } from '../../src/config/index.js';
import { newId, sql } from '../../src/db/index.js';
import { testActor, testAudit, testEntry } from '../support/audit.js';
import { testDatabase, type TestDatabase } from '../support/database.js';

const week = (hours: string[]) => ({ mon: hours, tue: hours, wed: hours, thu: hours, fri: hours, sat: [], sun: [] });
const none: DayExceptions = { version: 'none', on: () => null };
const may: DayExceptions = {
  version: 'may',
  on: (day) => (day === '2026-05-09' ? 'worked' : day >= '2026-05-01' && day <= '2026-05-05' ? 'off' : null),
};
const hours = workCalendar({ week: week(['08:30-18:00']) }, 'Asia/Shanghai', may);

const ACTS = ['reading.open', 'reading.print', 'record.search', 'route.refused'];
const PEOPLE = ['p-a', 'p-b', 'p-c'];
const DEPARTMENTS = ['hotline', 'branch', ''];
const PURPOSES = ['complaint', 'audit', undefined];
const DECISIONS: Decision[] = ['allow', 'deny', 'error'];

const entry = fc.record({
  act: fc.constantFrom(...ACTS),
  person: fc.constantFrom(...PEOPLE),
  department: fc.constantFrom(...DEPARTMENTS),
  purpose: fc.constantFrom(...PURPOSES),
  decision: fc.constantFrom(...DECISIONS),
  record: fc.constantFrom('018f0000-0000-7000-8000-000000000001', '018f0000-0000-7000-8000-000000000002'),
});
const some = <T>(values: readonly T[]) => fc.option(fc.subarray([...values], { minLength: 1 }), { nil: undefined });
const days = fc.option(
  fc.integer({ min: -2, max: 70 }).map((n) => new Date(Date.parse('2026-04-25T00:00:00Z') + n * 86_400_000).toISOString().slice(0, 10)),
  { nil: undefined },
);
const question = fc.record({
  filter: fc.record({
    actors: some(PEOPLE),
    departments: some(DEPARTMENTS),
    acts: some(ACTS),
    purposes: some(['complaint', 'audit', '']),
    decisions: some(DECISIONS),
    outside: fc.option(fc.boolean(), { nil: undefined }),
    from: days,
    to: days,
    records: fc.option(fc.constant(['018f0000-0000-7000-8000-000000000001']), { nil: undefined }),
  }),
  by: fc.subarray([...COUNT_DIMENSIONS]),
});

/** The same question in plain SQL, which knows nothing of the counts. */
async function plain(database: TestDatabase, filter: CountFilter, by: readonly CountDimension[]): Promise<Map<string, number>> {
  const rows = await database.owner.many<Record<CountDimension, string | boolean> & { n: bigint }>(sql`
    with seen as (
      select (t at time zone 'Asia/Shanghai')::date::text as day, actor as person, coalesce(department, '') as department, act, decision, coalesce(purpose, '') as purpose,
        record_id, not (
          (extract(isodow from t at time zone 'Asia/Shanghai') < 6 or (t at time zone 'Asia/Shanghai')::date = '2026-05-09')
          and (t at time zone 'Asia/Shanghai')::date not between '2026-05-01' and '2026-05-05'
          and (t at time zone 'Asia/Shanghai')::time >= '08:30' and (t at time zone 'Asia/Shanghai')::time < '18:00') as outside
      from audit_entries e where sequence < (select max(size) from audit_heads h where h.log = e.log)
    )
    select day, person, department, act, decision, purpose, outside, count(*) as n from seen
    where (${filter.actors ?? null}::text[] is null or person = any (${filter.actors ?? null}::text[]))
      and (${filter.departments ?? null}::text[] is null or department = any (${filter.departments ?? null}::text[]))
      and (${filter.acts ?? null}::text[] is null or act = any (${filter.acts ?? null}::text[]))
      and (${filter.purposes ?? null}::text[] is null or purpose = any (${filter.purposes ?? null}::text[]))
      and (${filter.decisions ?? null}::text[] is null or decision = any (${filter.decisions ?? null}::text[]))
      and (${filter.records ?? null}::text[] is null or record_id = any (${filter.records ?? null}::text[]))
      and (${filter.outside ?? null}::boolean is null or outside = ${filter.outside ?? null}::boolean)
      and (${filter.from ?? null}::text is null or day >= ${filter.from ?? null}::text) and (${filter.to ?? null}::text is null or day <= ${filter.to ?? null}::text)
    group by 1, 2, 3, 4, 5, 6, 7`);
  const sums = new Map<string, number>();
  for (const row of rows) {
    const key = JSON.stringify(by.map((one) => row[one]));
    sums.set(key, (sums.get(key) ?? 0) + Number(row.n));
  }
  return sorted(sums);
}

const sorted = (sums: Iterable<[string, number]>): Map<string, number> => new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));

async function counted(database: TestDatabase, calendar: WorkCalendar, filter: CountFilter, by: readonly CountDimension[]): Promise<Map<string, number>> {
  const rows = await countLog(database.app, calendar, filter, by);
  return sorted(rows.map((row) => [JSON.stringify(by.map((one) => row[one])), row.count]));
}

test('R89: whatever is asked, at whatever moment, the sums are those of the log: after crashes of who moves entries and of who counts', async (t) => {
  const database = await testDatabase();
  t.teardown(() => database.close());
  let now = Date.parse('2026-04-25T00:00:00Z');
  let deaths = 0;
  const { audit, stop } = await testAudit(database, {
    now: () => new Date(now),
    timeout: 30_000,
    faults: {
      step: (at) => {
        // two of them die between the log and its signed head
        if ((at === 'moved' || at === 'signed') && now > Date.parse('2026-05-03T00:00:00Z') && deaths < 2) {
          deaths++;
          throw new Error('killed');
        }
      },
    },
  });
  t.teardown(stop);
  const rounds = fc.sample(fc.array(entry, { minLength: 10, maxLength: 40 }), { numRuns: 14, seed: 20_260_501 });
  const questions = fc.sample(question, { numRuns: 160, seed: 44 });
  for (const [i, round] of rounds.entries()) {
    for (const one of round) {
      now += Math.floor(86_400_000 / 9);
      const { person, department, record, purpose, ...rest } = one;
      const actor = testActor({ pseudonym: person, department });
      const input = testEntry({ ...rest, actor, subject: { kind: 'reading', id: newId() }, facts: { record }, ...(purpose === undefined ? {} : { purpose }) });
      await audit.settled(await database.app.tx((tx) => audit.append(tx, input)));
    }
    if (i % 3 === 0) await foldCounts(database.audit, hours);
    if (i % 5 === 4) {
      // whoever counts dies in the middle: nothing of it is there
      await t.throwsAsync(
        foldCounts({ ...database.audit, tx: (work) => database.audit.tx(async (tx) => (await work(tx), Promise.reject(new Error('killed')))) }, hours),
      );
    }
    for (const { filter, by } of questions.slice(i * 8, i * 8 + 8))
      t.deepEqual(await counted(database, hours, filter, by), await plain(database, filter, by), JSON.stringify({ filter, by }));
  }
  t.is(deaths, 2);
  await foldCounts(database.audit, hours);
  for (const { filter, by } of questions)
    t.deepEqual(await counted(database, hours, filter, by), await plain(database, filter, by), JSON.stringify({ filter, by }));
  const report = await verifyCounts(database.app, hours);
  t.deepEqual([report.whole, report.days, report.current], [true, [], true]);
  const { n } = await database.owner.one<{ n: bigint }>(sql`select count(*) as n from audit_entries`);
  t.is(report.entries, Number(n));
  t.is(await foldCounts(database.audit, hours), 0n, 'there is nothing left to count');
});

test('other working hours have the counts made anew, and a false count is found', async (t) => {
  const database = await testDatabase();
  t.teardown(() => database.close());
  let now = Date.parse('2026-05-06T00:00:00Z');
  const { audit, stop } = await testAudit(database, { now: () => new Date(now) });
  t.teardown(stop);
  for (let i = 0; i < 30; i++) {
    now += 3_600_000;
    await audit.settled(await database.app.tx((tx) => audit.append(tx, testEntry())));
  }
  await foldCounts(database.audit, hours);
  const night = workCalendar({ week: week(['00:00-06:00', '22:00-24:00']) }, 'Asia/Shanghai', none);
  t.false((await verifyCounts(database.app, night)).current);
  const before = await countLog(database.app, hours, {}, ['outside']);
  t.is(await foldCounts(database.audit, night), 31n, 'and the entry that opens the log');
  const after = await countLog(database.app, night, {}, ['outside']);
  t.notDeepEqual(after, before);
  t.true((await verifyCounts(database.app, night)).whole);
  await t.throwsAsync(database.app.run(sql`update audit_counts set n = n + 1`), { message: /permission denied/ });
  await t.throwsAsync(database.app.run(sql`insert into audit_counted (log, size) values ('2027', 1)`), { message: /permission denied/ });
  for (const table of [sql`audit_counts`, sql`audit_counts_days`, sql`audit_counts_months`, sql`audit_sums`]) {
    await database.owner.run(sql`update ${table} set n = n + 1 where ctid = (select min(ctid) from ${table})`);
    t.false((await verifyCounts(database.app, night)).whole);
    await database.owner.run(sql`update ${table} set n = n - 1 where ctid = (select min(ctid) from ${table} where n > 1)`);
  }
});

test('the fewest rows are read: whole months by month, the days beside them by day, acts and purposes together where nobody asks for one', (t) => {
  t.deepEqual(keptFor({ from: '2026-01-15', to: '2026-04-10' }, ['person', 'act']), [
    { table: 'months', from: '2026-02-01', to: '2026-03-01' },
    { table: 'people', from: '2026-01-15', to: '2026-01-31' },
    { table: 'people', from: '2026-04-01', to: '2026-04-10' },
  ]);
  t.deepEqual(keptFor({ from: '2026-02-01', to: '2026-02-28', decisions: ['deny'] }, ['person']), [
    { table: 'plainMonths', from: '2026-02-01', to: '2026-02-01' },
  ]);
  t.deepEqual(keptFor({ from: '2026-02-02', to: '2026-02-28' }, ['person', 'outside']), [{ table: 'plainPeople', from: '2026-02-02', to: '2026-02-28' }]);
  t.deepEqual(keptFor({ from: '2026-02-02', to: '2026-02-28', purposes: ['solve'] }, ['person']), [{ table: 'people', from: '2026-02-02', to: '2026-02-28' }]);
  t.deepEqual(keptFor({ from: '2026-02-02', to: '2026-02-28' }, ['person', 'day']), [{ table: 'plainPeople', from: '2026-02-02', to: '2026-02-28' }]);
  t.deepEqual(keptFor({}, ['person', 'act']), [{ table: 'months', from: undefined, to: undefined }]);
  t.deepEqual(keptFor({ from: '2026-02-02' }, ['act', 'day']), [{ table: 'days', from: '2026-02-02', to: undefined }]);
  t.deepEqual(keptFor({ from: '2026-02-02' }, ['day', 'outside']), [{ table: 'plainDays', from: '2026-02-02', to: undefined }]);
  t.deepEqual(keptFor({ from: '2026-01-01', to: '2026-02-01' }, ['act', 'purpose']), [
    { table: 'kindMonths', from: '2026-01-01', to: '2026-01-01' },
    { table: 'days', from: '2026-02-01', to: '2026-02-01' },
  ]);
  t.deepEqual(keptFor({ actors: ['p-a'] }, ['act']), [{ table: 'people', from: undefined, to: undefined }]);
});
