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
  type Condition,
  type RecordAttributes,
  type SearchFilter,
} from '../../src/access/index.js';
import { allowingRule, toAbility } from '../../src/access/to-casl.js';
import { ident, join, sql } from '../../src/db/index.js';
import { RECORD_STATES } from '../../src/records/values.js';
import { testDatabase } from '../support/database.js';
import { conditions, records } from './support/arbitraries.js';
import { meets } from './support/search-filter.js';

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
    filter.kind === 'everything' || (filter.kind === 'filter' && meets(filter.text, { ...record }));
  fc.assert(
    fc.property(conditions, conditions, records, (read, list, record) => {
      const [one, other] = [toSearchFilter(read), toSearchFilter(list)];
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
  await owner.run(sql`create table rule_subjects (number integer not null, service_type text not null, client_type text not null, department text not null,
    sensitivity text not null, medium text not null, channel text not null, state text not null, restricted boolean not null, fonds text not null, staff_account text not null)`);
  const sample = fc.sample(records, { numRuns: 400, seed: 7 });
  const columns = join(
    RECORD_COLUMNS.map((column) => ident(column)),
    ', ',
    sql``,
  );
  const rows = sample.map(
    (record, number) =>
      sql`(${number}::int, ${join(
        RECORD_COLUMNS.map((column) => (column === 'restricted' ? sql`${record[column]}::boolean` : sql`${record[column]}`)),
        ', ',
        sql``,
      )})`,
  );
  await owner.run(sql`insert into rule_subjects (number, ${columns}) values ${join(rows, ', ', sql``)}`);

  const bySql = async (condition: Condition): Promise<number[]> =>
    (await owner.many<{ number: number }>(sql`select number from rule_subjects r where ${toSql(condition, 'r')} order by number`)).map((row) => row.number);
  const by = (meetsIt: (record: RecordAttributes) => boolean): number[] => sample.flatMap((record, number) => (meetsIt(record) ? [number] : []));

  await fc.assert(
    fc.asyncProperty(conditions, async (condition) => {
      const wanted = by((record) => evaluate(condition, record));
      t.deepEqual(await bySql(condition), wanted);
      t.deepEqual(await bySql(simplify(condition)), wanted);
      const filter = toSearchFilter(condition);
      t.deepEqual(
        by((record) => filter.kind === 'everything' || (filter.kind === 'filter' && meets(filter.text, { ...record }))),
        wanted,
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
