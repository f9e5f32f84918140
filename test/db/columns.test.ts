import test from 'ava';
import fc from 'fast-check';
import { type Column, type ColumnType, rowsOf, sql } from '../../src/db/index.js';
import { testDatabase } from '../support/database.js';

const database = await testDatabase();
test.after.always(() => database.close());

const TEXTS = fc.oneof(
  fc.constantFrom('', 'null', 'NULL', '{}', '"', '\\', '\\\\n', '\n\t\u0001', '{"a":"\\"b"}', "o'x", '兰台', '\u{1f4d6}', ' a '),
  fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
);

interface Row {
  id: number;
  a: string | null;
  b: boolean | null;
  list: string[];
  doc: unknown;
  bytes: Uint8Array | null;
  at: Date;
}
const ROW: fc.Arbitrary<Omit<Row, 'id'>> = fc.record({
  a: fc.option(TEXTS),
  b: fc.option(fc.boolean()),
  list: fc.array(TEXTS, { maxLength: 3 }),
  doc: fc.record({ x: TEXTS, y: fc.integer() }),
  bytes: fc.option(fc.uint8Array({ maxLength: 20 })),
  at: fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true }),
});

function columnsOf(rows: readonly Row[]): Column[] {
  const column = (name: string, type: ColumnType, values: Column['values']): Column => ({ name, type, values });
  return [
    column(
      'id',
      'integer',
      rows.map((row) => row.id),
    ),
    column(
      'a',
      'text',
      rows.map((row) => row.a),
    ),
    column(
      'b',
      'boolean',
      rows.map((row) => row.b),
    ),
    column(
      'list',
      'list',
      rows.map((row) => JSON.stringify(row.list)),
    ),
    column(
      'doc',
      'json',
      rows.map((row) => JSON.stringify(row.doc)),
    ),
    column(
      'bytes',
      'bytea',
      rows.map((row) => row.bytes),
    ),
    column(
      'at',
      'timestamptz',
      rows.map((row) => row.at.toISOString()),
    ),
  ];
}

test('rows reach the server as they are, whatever stands in them, and whatever all of them have in common', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(ROW, { minLength: 1, maxLength: 6 }), fc.boolean(), async (list, same) => {
      const rows = list.map((one, id) => ({ ...(same ? (list[0] ?? one) : one), id }));
      const { from, of } = rowsOf(columnsOf(rows), 'n');
      const back = await database.app.many(sql`
        select ${of('id')} as id, ${of('a')} as a, ${of('b')} as b, ${of('list')} as list, ${of('doc')} as doc, ${of('bytes')} as bytes, ${of('at')} as at from ${from} order by 1`);
      t.deepEqual(
        back,
        rows.map((row) => ({ ...row, bytes: row.bytes === null ? null : Buffer.from(row.bytes) })),
      );
    }),
    { numRuns: 150 },
  );
});

test('a column that was not told is a mistake of the program', (t) => {
  const { of } = rowsOf([{ name: 'id', type: 'integer', values: [1] }], 'n');
  t.throws(() => of('other'), { message: /no column/ });
});
