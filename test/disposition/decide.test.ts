import test from 'ava';
import { sql } from '../../src/db/index.js';
import { decideSql } from '../../src/disposition/due/decide-store.js';
import { decide, loadSchedules, type RetentionDecision, type Schedule } from '../../src/retention/index.js';
import { projectPath } from '../../src/app/index.js';
import { testDatabase } from '../support/database.js';
import { fill, randomRecords, randomSchedule, type RandomRecord } from './random.js';

type Row = { id: string; extended: boolean } & { [K in 'until' | 'minimum' | 'maximum' | 'rule']: RetentionDecision[K] | null };

function expected(record: RandomRecord, schedule: Schedule): Row {
  try {
    const { until, minimum, maximum, rule, extended } = decide(record.subject, record.events, schedule, [], '2026-01-01');
    return { id: record.id, extended, rule, until, minimum, maximum };
  } catch {
    // no rule matches
    return { id: record.id, extended: record.events.some(({ kind }) => kind === 'extension'), rule: null, until: null, minimum: null, maximum: null };
  }
}

test('R37, R38: one statement made from a schedule says of every record what decide says of it', async (t) => {
  const database = await testDatabase();
  t.teardown(() => database.close());
  const records = randomRecords(1500, 71);
  await fill(database, records);
  const shipped = (await loadSchedules(projectPath('retention'))).newest;
  const schedules = [shipped, ...Array.from({ length: 40 }, (_, seed) => randomSchedule(seed, seed % 2 === 0))];
  let unmatched = 0;
  for (const schedule of schedules) {
    const rows = await database.app.many<Row>(decideSql(schedule, sql`select * from records`));
    const found = new Map(rows.map(({ id, extended, rule, until, minimum, maximum }) => [id, { id, extended, rule, until, minimum, maximum }]));
    for (const record of records) {
      const wanted = expected(record, schedule);
      if (wanted.rule === null) unmatched++;
      t.deepEqual(found.get(record.id), wanted, JSON.stringify({ record, rules: schedule.rules.map(({ id, match, trigger }) => ({ id, match, trigger })) }));
    }
  }
  t.true(unmatched > 100, 'schedules that leave records out were among them');
});
