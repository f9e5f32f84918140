import test from 'ava';
import fc from 'fast-check';
import { CodedError } from '../../src/errors/index.js';
import { prepared, sql, sqlState } from '../../src/db/index.js';
import { testDatabase } from '../support/database.js';

const database = await testDatabase();
test.after.always(() => database.close());

test('the three roles reach the database, and none of them is a superuser', async (t) => {
  for (const db of [database.owner, database.app, database.audit]) {
    const row = await db.one<{ super: boolean; makes: boolean }>(
      sql`select rolsuper as super, rolcreatedb or rolcreaterole as makes from pg_roles where rolname = current_user`,
    );
    t.deepEqual(row, { super: false, makes: false });
  }
});

test('R19: the server is set so that row content stays out of its log', async (t) => {
  const rows = await database.owner.many<{ name: string; setting: string }>(
    sql`select name, setting from pg_settings where name in ('log_error_verbosity', 'log_min_error_statement', 'log_statement', 'log_parameter_max_length_on_error') order by name`,
  );
  t.deepEqual(
    rows.map((row) => row.setting),
    ['terse', 'panic', '0', 'none'],
  );
});

test('the server keeps UTF-8, checksums and code-point order, and listens on loopback only', async (t) => {
  const row = await database.owner.one(sql`
    select current_setting('server_encoding') as encoding, current_setting('data_checksums') as checksums, current_setting('listen_addresses') as listens,
      (select datlocprovider::text || ' ' || datlocale from pg_database where datname = current_database()) as locale`);
  t.deepEqual(row, { encoding: 'UTF8', checksums: 'on', listens: '127.0.0.1', locale: 'b C.UTF-8' });
});

test('the application may not make tables', async (t) => {
  const error = await t.throwsAsync(database.app.run(sql`create table of_its_own (id int)`));
  t.is((error as { code?: string }).code, '42501');
});

test('a day stays text, int8 becomes a bigint, and an error loses its row content', async (t) => {
  t.deepEqual(await database.owner.one(sql`select '2024-02-29'::date as day, 9007199254740993::int8 as big`), { day: '2024-02-29', big: 9007199254740993n });
  await database.owner.run(sql`create table secrets (word text not null check (word <> 'planted'))`);
  const error = await t.throwsAsync(database.owner.run(sql`insert into secrets values (${'planted'})`));
  t.false([error?.message, ...Object.values(error ?? {}).map(String)].join(' ').includes('planted)'));
});

test('a statement that takes long on a server that answers is not cut, and many beside it neither', async (t) => {
  const long = database.app.one<{ n: number }>(sql`select 1 as n from pg_sleep(4.5)`);
  const inside = database.app.tx((tx) => tx.one<{ n: number }>(sql`select 2 as n from pg_sleep(4.5)`));
  const short = await Promise.all(Array.from({ length: 20 }, (_, i) => database.app.one<{ n: number }>(sql`select ${i}::int as n`)));
  t.deepEqual(
    short.map((row) => row.n),
    Array.from({ length: 20 }, (_, i) => i),
  );
  t.deepEqual([(await long).n, (await inside).n], [1, 2]);
});

test('a prepared statement is planned once on a connection, gives what it always gave, and may fail and go on', async (t) => {
  const session = await database.app.session();
  t.teardown(() => session.release());
  const divide = (by: number) => session.one<{ n: number }>(prepared(sql`select 12 / ${by}::int as n`));
  t.is((await divide(3)).n, 4);
  t.is(sqlState(await t.throwsAsync(divide(0))), '22012');
  for (let by = 1; by <= 12; by++) t.is((await divide(by)).n, Math.floor(12 / by));
  const kept = await session.many<{ statement: string }>(sql`select statement from pg_prepared_statements where name <> ''`);
  t.deepEqual(
    kept.map((row) => row.statement),
    ['select 12 / $1::int as n'],
  );
});

test('a transaction that throws leaves nothing, one that resolves runs what waits for its commit', async (t) => {
  await database.owner.run(sql`create table steps (n int)`);
  await t.throwsAsync(
    database.owner.tx(async (tx) => {
      await tx.run(sql`insert into steps values (1)`);
      throw new CodedError('conflict');
    }),
    { message: 'conflict' },
  );
  let told = 0;
  await database.owner.tx(async (tx) => {
    tx.afterCommit(() => (told += 1));
    await tx.run(sql`insert into steps values (2)`);
  });
  t.deepEqual(await database.owner.many(sql`select n from steps`), [{ n: 2 }]);
  t.is(told, 1);
});

test('a list reaches the server as it is, whatever stands in it', async (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('"', '\\', ',', '{', '}', ' ', '\n', '\t', '\u0001', '\u007f', '中', '😀', 'NULL', "'") }),
    fc.constantFrom('', 'NULL', 'null', '{}', '"', '\\"', '[{"a":"b\\nc"}]'),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(text.map((one) => one.replaceAll('\0', '')))),
      fc.array(fc.option(fc.integer())),
      fc.array(fc.boolean()),
      fc.array(fc.option(fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') })), { minLength: 1 }),
      async (texts, numbers, flags, times) => {
        const row = await database.app.one(sql`
          select ${texts}::text[] as texts, ${numbers}::int[] as numbers, ${flags}::boolean[] as flags, ${times}::timestamptz[] as times`);
        t.deepEqual(row, { texts, numbers, flags, times });
      },
    ),
    { numRuns: 300 },
  );
  const bytes = [Buffer.from([0, 255, 92]), Buffer.alloc(0)];
  t.deepEqual(await database.app.one(sql`select ${bytes}::bytea[] as bytes, ${[]}::text[] as none, ${[1n, 2n ** 62n]}::bigint[]::text[] as big`), {
    bytes,
    none: [],
    big: ['1', String(2n ** 62n)],
  });
});
