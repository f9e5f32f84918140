import test from 'ava';
import fc from 'fast-check';
import {
  allFilters,
  anyFilter,
  evaluate,
  notFilter,
  RECORD_COLUMNS,
  simplify,
  STATES,
  toSearchFilter,
  toSql,
  withGranted,
  type Condition,
  type RecordAttributes,
  type SearchFilter,
} from '../../src/access/index.js';
import { allowingRule, toAbility } from '../../src/access/to-casl.js';
import { ident, join, sql } from '../../src/db/index.js';
import { RECORD_STATES } from '../../src/records/values.js';
import { testDatabase, type TestDatabase } from '../support/database.js';
import { AT, conditions, READER, records } from './support/arbitraries.js';
import { meets } from './support/search-filter.js';

/** Grants to view are all that an index is told of. */
const onlyView = (condition: Condition): Condition => {
  if (condition.op === 'granted') return { ...condition, act: 'view' };
  if (condition.op === 'and') return { op: 'and', all: condition.all.map(onlyView) };
  if (condition.op === 'or') return { op: 'or', any: condition.any.map(onlyView) };
  return condition;
};

test('the states that rules may name are those of records', (t) => {
  t.deepEqual([...STATES], [...RECORD_STATES]);
});

test('simplifying changes no answer and simplifying twice changes nothing', (t) => {
  fc.assert(
    fc.property(conditions, records, (condition, record) => {
      const simple = simplify(condition);
      t.is(evaluate(simple, record), evaluate(condition, record));
      t.deepEqual(simplify(simple), simple);
    }),
    { numRuns: 2_000 },
  );
});

test('simplified conditions hold no constants inside', (t) => {
  const constants = (condition: Condition): number => {
    if (condition.op === 'and') return condition.all.reduce((n, part) => n + constants(part), 0);
    if (condition.op === 'or') return condition.any.reduce((n, part) => n + constants(part), 0);
    return condition.op === 'true' || condition.op === 'false' ? 1 : 0;
  };
  fc.assert(
    fc.property(conditions, (condition) => {
      const simple = simplify(condition);
      if (simple.op !== 'true' && simple.op !== 'false') t.is(constants(simple), 0);
    }),
  );
});

test('failure class 12: an empty choice, an empty join and a missing attribute let nothing through', (t) => {
  t.deepEqual(simplify({ op: 'in', column: 'department', values: [] }), { op: 'false' });
  t.deepEqual(simplify({ op: 'or', any: [] }), { op: 'false' });
  t.deepEqual(toSearchFilter({ op: 'false' }), { kind: 'nothing' });
  t.deepEqual(toSearchFilter({ op: 'true' }), { kind: 'everything' });
  t.is(toSql({ op: 'in', column: 'department', values: [] }, 'r').text, 'false');
  t.is(toSql({ op: 'or', any: [] }, 'r').text, '(false)');
  t.false(evaluate({ op: 'eq', column: 'department', value: 'hotline' }, {}));
});

test('search filters joined and negated keep all and nothing apart from text, and mean what the conditions mean', (t) => {
  const [all, none] = [toSearchFilter({ op: 'true' }), toSearchFilter({ op: 'false' })];
  t.deepEqual([allFilters([]), anyFilter([]), notFilter(all), notFilter(none)], [all, none, none, all]);
  const passes = (filter: SearchFilter, record: RecordAttributes): boolean =>
    filter.kind === 'everything' || (filter.kind === 'filter' && meets(filter.text, { ...record, rid: 'this' }));
  fc.assert(
    fc.property(conditions, conditions, records, (read, list, record) => {
      const ids = record.granted?.includes('view') ? ['this'] : [];
      const [one, other] = [toSearchFilter(withGranted(onlyView(read), ids)), toSearchFilter(withGranted(onlyView(list), ids))];
      read = onlyView(read);
      list = onlyView(list);
      t.is(passes(allFilters([one, other]), record), evaluate(read, record) && evaluate(list, record));
      t.is(passes(anyFilter([one, other]), record), evaluate(read, record) || evaluate(list, record));
      t.is(passes(allFilters([other, notFilter(one)]), record), evaluate(list, record) && !evaluate(read, record));
    }),
    { numRuns: 2_000 },
  );
  t.deepEqual(
    toSearchFilter({ op: 'eq', column: 'department', value: 'A"b' }, (value) => value.toLowerCase()),
    { kind: 'filter', text: 'department = "a\\"b"' },
  );
});

test('SQL, search filter, rule library and evaluation give the same answer, on PostgreSQL', async (t) => {
  const database = await testDatabase();
  const { owner } = database;
  t.teardown(() => database.close());
  await owner.run(sql`create table rule_subjects (number integer not null, id uuid not null, service_type text not null, client_type text not null, department text not null,
    sensitivity text not null, medium text not null, channel text not null, state text not null, restricted boolean not null, fonds text not null, staff_account text not null)`);
  const sample = fc.sample(records, { numRuns: 400, seed: 7 });
  const columns = join(
    RECORD_COLUMNS.map((column) => ident(column)),
    ', ',
    sql``,
  );
  const idOf = (number: number): string => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;
  const rows = sample.map(
    (record, number) =>
      sql`(${number}::int, ${idOf(number)}::uuid, ${join(
        RECORD_COLUMNS.map((column) => (column === 'restricted' ? sql`${record[column]}::boolean` : sql`${record[column]}`)),
        ', ',
        sql``,
      )})`,
  );
  await owner.run(sql`insert into rule_subjects (number, id, ${columns}) values ${join(rows, ', ', sql``)}`);

  await giveGrants(
    database,
    sample.map((record, number) => ({ id: idOf(number), acts: record.granted ?? [] })),
  );
  const bySql = async (condition: Condition): Promise<number[]> =>
    (await owner.many<{ number: number }>(sql`select number from rule_subjects r where ${toSql(condition, 'r')} order by number`)).map((row) => row.number);
  const by = (meetsIt: (record: RecordAttributes) => boolean): number[] => sample.flatMap((record, number) => (meetsIt(record) ? [number] : []));

  await fc.assert(
    fc.asyncProperty(conditions, async (condition) => {
      const wanted = by((record) => evaluate(condition, record));
      t.deepEqual(await bySql(condition), wanted);
      t.deepEqual(await bySql(simplify(condition)), wanted);
      const viewed = onlyView(condition);
      const ids = sample.flatMap((record, number) => (record.granted?.includes('view') ? [idOf(number)] : []));
      const filter = toSearchFilter(withGranted(viewed, ids));
      t.deepEqual(
        sample.flatMap((record, number) =>
          filter.kind === 'everything' || (filter.kind === 'filter' && meets(filter.text, { ...record, rid: idOf(number) })) ? [number] : [],
        ),
        by((record) => evaluate(viewed, record)),
      );
      const ability = toAbility([{ id: 'role/rule', act: 'record.read', on: 'record', condition }]);
      t.deepEqual(
        by((record) => allowingRule(ability, 'record.read', { record }) !== null),
        wanted,
      );
      t.is(allowingRule(ability, 'record.print', { record: sample[0] as RecordAttributes }), null);
    }),
    { numRuns: 400 },
  );
});

/** Live grants as said, and beside each record ones that give nothing: another's, one that ended, one that is over, one that has not begun. */
async function giveGrants({ owner }: TestDatabase, subjects: readonly { id: string; acts: readonly string[] }[]): Promise<void> {
  await owner.run(sql`alter table grant_records drop constraint grant_records_grant_id_fkey, drop constraint grant_records_record_id_fkey`);
  await owner.run(sql`alter table grant_records disable trigger user`);
  const all = ['view', 'print', 'download'];
  const [before, after] = [new Date(AT.getTime() - 3_600_000), new Date(AT.getTime() + 3_600_000)];
  const other = '00000000-0000-7000-8000-0000000000ff';
  const rows = subjects.flatMap(({ id, acts }) => [
    ...(acts.length > 0 ? [{ record_id: id, person_id: READER, acts, starts_at: AT, ends_at: after, live: true }] : []),
    { record_id: id, person_id: other, acts: all, starts_at: before, ends_at: after, live: true },
    { record_id: id, person_id: READER, acts: all, starts_at: before, ends_at: after, live: false },
    { record_id: id, person_id: READER, acts: all, starts_at: before, ends_at: AT, live: true },
    { record_id: id, person_id: READER, acts: all, starts_at: after, ends_at: new Date(after.getTime() + 1), live: true },
  ]);
  await owner.run(sql`insert into grant_records (grant_id, record_id, person_id, acts, starts_at, ends_at, live)
    select gen_random_uuid(), x.* from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(record_id uuid, person_id uuid, acts text[], starts_at timestamptz, ends_at timestamptz, live boolean)`);
}
