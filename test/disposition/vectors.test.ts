import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { sql } from '../../src/db/index.js';
import { decideSql } from '../../src/disposition/due/decide-store.js';
import { decide, lockUntil, parseSchedule, type RetentionEvent, type Schedule } from '../../src/retention/index.js';
import { testDatabase } from '../support/database.js';
import { fill, randomRecords, type RandomRecord } from './random.js';

interface Vector {
  note: string;
  closedAt: string;
  timeZone: string;
  years: number;
  months: number;
  trigger: string;
  until: string;
  endsBefore: string;
}
const file = JSON.parse(readFileSync(join(process.cwd(), 'test/vectors/retention-calendar.json'), 'utf8')) as { format: number; vectors: Vector[] };

const text = { zh: '《某法》第一条', en: 'a law' };

/** A schedule of one rule: the term of a vector, from the closing, the last contact or an event. */
function scheduleOf({ timeZone, years, months }: Vector, trigger: object): Schedule {
  const period = { years, months };
  const rule = {
    id: 'all',
    title: text,
    basis: [text],
    owner: text,
    match: { field: 'kind', in: ['service'] },
    trigger,
    minimum: period,
    period,
    maximum: period,
    follows: 'appraisal',
  };
  return parseSchedule({ format: 1, id: 'vector', version: '2027-01', title: text, timeZone, rules: [rule] });
}

test('R39: every published vector comes out of decide and of the SQL over records, from whatever the term counts', async (t) => {
  t.is(file.format, 1);
  t.true(file.vectors.length >= 60);
  t.is(new Set(file.vectors.map(({ note }) => note)).size, file.vectors.length);
  const database = await testDatabase();
  t.teardown(() => database.close());
  const [like] = randomRecords(1, 1);
  const long = new Date('1985-01-01T04:00:00Z');
  const cases = file.vectors.flatMap((vector) => {
    const at = new Date(vector.closedAt);
    const ways: [object, Date, RetentionEvent[]][] = [
      [{ on: 'closing' }, at, []],
      [
        { on: 'last_contact' },
        long,
        [
          { kind: 'contact', at: new Date(at.getTime() - 86_400_000) },
          { kind: 'contact', at },
        ],
      ],
      [{ on: 'event', name: 'contract_end' }, long, [{ kind: 'event', name: 'contract_end', at }]],
    ];
    return ways.map(([trigger, closedAt, events]) => {
      const subject = { ...(like as RandomRecord).subject, closedAt };
      return { vector, schedule: scheduleOf(vector, trigger), record: { ...(like as RandomRecord), id: randomUUID(), subject, events } };
    });
  });
  await fill(
    database,
    cases.map(({ record }) => record),
  );
  for (const { vector, schedule, record } of cases) {
    const decision = decide(record.subject, record.events, schedule, [], vector.until);
    t.like(decision, { until: vector.until, minimum: vector.until, maximum: vector.until, due: false }, vector.note);
    t.is(decision.reasons.find((one) => one.code === 'rule')?.anchor, vector.trigger, vector.note);
    t.is(lockUntil(decision, schedule).getTime(), Date.parse(vector.endsBefore), vector.note);
    const row = await database.app.one<{ until: string; anchor: string; ends: Date }>(
      sql`select d.until, d.anchor, (d.until + 1)::timestamp at time zone ${vector.timeZone} as ends from (${decideSql(schedule, sql`select * from records where id = ${record.id}`)}) d`,
    );
    t.deepEqual({ ...row, ends: row.ends.getTime() }, { until: vector.until, anchor: vector.trigger, ends: Date.parse(vector.endsBefore) }, vector.note);
  }
});
