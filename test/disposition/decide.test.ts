import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import { sql } from '../../src/db/index.js';
import { decideSql, reasonsSql } from '../../src/disposition/due/decide-store.js';
import { decide, loadSchedules, type Reason, type RetentionDecision, type Schedule } from '../../src/retention/index.js';
import { projectPath } from '../../src/app/index.js';
import { testDatabase } from '../support/database.js';
import { fill, randomRecords, randomSchedule, type RandomRecord } from './random.js';

type Row = { id: string; extended: boolean; reasons: Reason[] | null } & { [K in 'until' | 'minimum' | 'maximum' | 'rule']: RetentionDecision[K] | null };

function expected(record: RandomRecord, schedule: Schedule): Row {
  try {
    const { until, minimum, maximum, rule, extended, reasons } = decide(record.subject, record.events, schedule, [], '1900-01-01');
    return { id: record.id, extended, rule, until, minimum, maximum, reasons };
  } catch {
    // no rule matches
    return {
      id: record.id,
      extended: record.events.some(({ kind }) => kind === 'extension'),
      rule: null,
      until: null,
      minimum: null,
      maximum: null,
      reasons: null,
    };
  }
}

test('R37, R38: one statement made from a schedule says of every record what decide says of it, the derivation included', async (t) => {
  const database = await testDatabase();
  t.teardown(() => database.close());
  const records = randomRecords(1000, 71);
  await fill(database, records);
  const shipped = (await loadSchedules(projectPath('retention'))).newest;
  const schedules = [shipped, ...Array.from({ length: 30 }, (_, seed) => randomSchedule(seed, seed % 2 === 0))];
  let unmatched = 0;
  let checked = 0;
  const codes = new Set<string>();
  for (const schedule of schedules) {
    const rows = await database.app.many<Row>(
      sql`select d.id, d.extended, d.rule, d.until, d.minimum, d.maximum, case when d.rule is not null then ${reasonsSql(schedule)} end as reasons
        from (${decideSql(schedule, sql`select * from records`, ['special_term'], schedules.indexOf(schedule) % 2 === 0)}) d`,
    );
    const found = new Map(rows.map((row) => [row.id, row]));
    for (const record of records) {
      const wanted = expected(record, schedule);
      checked++;
      if (wanted.rule === null) unmatched++;
      for (const { code } of wanted.reasons ?? []) codes.add(code);
      if (!isDeepStrictEqual(found.get(record.id), wanted))
        t.deepEqual(found.get(record.id), wanted, JSON.stringify({ record, rules: schedule.rules.map(({ id, match, trigger }) => ({ id, match, trigger })) }));
    }
  }
  t.true(checked === records.length * schedules.length);
  t.deepEqual([...codes].sort(), ['extended', 'kept', 'maximum', 'minimum', 'month_end', 'promised', 'rule', 'signed', 'special_asked']);
  t.true(unmatched > 100, 'schedules that leave records out were among them');
});
