import { readdirSync, rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { parse } from 'csv-parse/sync';
import exceljs from 'exceljs';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { CodedError } from '../../../src/errors/index.js';
import { cutCsv } from '../../../src/records/import/read/csv.js';
import type { Row } from '../../../src/records/import/read/row.js';
import { bufferSource } from '../../../src/records/import/read/source.js';
import { openTable, type TableOptions } from '../../../src/records/import/read/table.js';
import { serialToLocal } from '../../../src/records/import/read/serial.js';

interface Read {
  header: readonly string[];
  rows: { number: number; fault?: string; cells: unknown[] }[];
  encoding: string;
  format: string;
}

async function read(bytes: Buffer | string, options: TableOptions = {}): Promise<Read> {
  const table = await openTable(bufferSource('x', Buffer.from(bytes)), options);
  const rows: Read['rows'] = [];
  for await (const batch of table.rows())
    for (const row of batch) {
      const cells = JSON.parse(row.fault?.code === 'not_json' || row.raw() === '' ? 'null' : row.raw()) as unknown[];
      rows.push(row.fault ? { number: row.number, fault: row.fault.code, cells } : { number: row.number, cells });
    }
  if (rows.length !== table.total) throw new Error(`counted ${table.total}, read ${rows.length}`);
  return { header: table.header, rows, encoding: table.encoding, format: table.format };
}

async function reason(bytes: Buffer | string, options: TableOptions = {}): Promise<unknown> {
  try {
    await read(bytes, options);
    return 'taken';
  } catch (error) {
    return error instanceof CodedError && error.code === 'import_refused' ? error.params['reason'] : error;
  }
}

const CHINESE = '服务编号,内容\r\nS1,"第一行\n第二行"\r\nS2,普通\r\n';
const EXPECTED = [
  { number: 2, cells: ['S1', '第一行\n第二行'] },
  { number: 3, cells: ['S2', '普通'] },
];

test('R8: a table is read the same from every encoding, plain or packed, told or found out', async (t) => {
  const cases: [string, Buffer, string][] = [
    ['utf-8', Buffer.from(CHINESE), 'utf-8'],
    ['utf-8', Buffer.from(`\uFEFF${CHINESE}`), 'utf-8'],
    ['utf-16', Buffer.from(`\uFEFF${CHINESE}`, 'utf16le'), 'utf-16le'],
    ['utf-16le', Buffer.from(CHINESE, 'utf16le'), 'utf-16le'],
    ['utf-16be', Buffer.from(`\uFEFF${CHINESE}`, 'utf16le').swap16(), 'utf-16be'],
    ['gbk', iconv.encode(CHINESE, 'gb18030'), 'gb18030'],
  ];
  for (const [told, bytes, encoding] of cases)
    for (const content of [bytes, gzipSync(bytes)])
      for (const options of [{ encoding: told }, {}])
        t.like(await read(content, options), { encoding, format: 'csv', header: ['服务编号', '内容'], rows: EXPECTED }, told);
});

test('R8: a head of plain ASCII does not fool the guess', async (t) => {
  const ascii = `a,b\n${'x,y\n'.repeat(100_000)}`;
  t.is((await read(Buffer.concat([Buffer.from(ascii), iconv.encode('普通,服务内容很好\n', 'gb18030')]))).encoding, 'gb18030');
  t.is((await read(`${ascii}普通,服务\n`)).encoding, 'utf-8');
});

test('R8: a broken file is refused whole with the reason', async (t) => {
  const packed = gzipSync(Buffer.from(`a,b\n${'x,y\n'.repeat(100_000)}`));
  const cases: [string, Buffer | string, TableOptions?][] = [
    ['empty_file', ''],
    ['empty_file', gzipSync('')],
    ['empty_file', '\uFEFF'],
    ['no_rows', 'a,b\n'],
    ['cut_gzip', packed.subarray(0, packed.length - 20)],
    ['cut_gzip', packed.subarray(0, 12)],
    ['broken_gzip', Buffer.concat([packed.subarray(0, packed.length - 8), Buffer.alloc(8, 1)])],
    ['wrong_encoding', iconv.encode(CHINESE, 'gb18030'), { encoding: 'utf-8' }],
    ['wrong_encoding', Buffer.from(CHINESE), { encoding: 'gb18030' }],
    ['wrong_encoding', Buffer.from('name,city\nJos\u00e9 Mu\u00f1oz,C\u00e1diz\nZo\u00eb,M\u00e1laga\n', 'latin1')],
    ['wrong_encoding', Buffer.concat([Buffer.from(`\uFEFF${CHINESE}`, 'utf16le'), Buffer.from([65])])],
    ['unknown_encoding', CHINESE, { encoding: 'ebcdic' }],
    ['binary', Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 7) % 23))],
    ['not_a_table', '%PDF-1.7 …'],
    ['not_a_table', '<!DOCTYPE html><html></html>'],
    ['not_a_table', '[{"a":1},{"a":2}]'],
    ['not_a_table', '{"a":\n1}', { format: 'jsonl' }],
    ['not_a_table', `a,b\n${'x'.repeat(3_000_000)}`],
    ['legacy_excel', Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)])],
    ['broken_xlsx', Buffer.from('PK\x03\x04 nothing more')],
    ['duplicate_header', '编号, 编号\n1,2\n'],
  ];
  for (const [expected, bytes, options] of cases) t.is(await reason(bytes, options ?? {}), expected);
});

test('R8: one bad row never stops the rest', async (t) => {
  const { rows } = await read('a,b\n1,2\n"x"y,3\n4,5\n6\n7,8,9\n"open,10\n11,12\n\n13,"1""4"\n');
  t.deepEqual(
    rows.map((row) => [row.number, row.fault ?? row.cells.join('|')]),
    [
      [2, '1|2'],
      [3, 'stray_quote'],
      [4, '4|5'],
      [5, 'column_count'],
      [6, 'column_count'],
      [7, 'stray_quote'],
      [8, '11|12'],
      [10, '13|1"4'],
    ],
  );
});

test('R8: a quote that nobody closes costs its own line, not the file', async (t) => {
  const { rows } = await read(`a,b\n1,"open\n${'2,x\n'.repeat(1000)}`);
  t.is(rows.length, 1001);
  t.is(rows[0]?.fault, 'unclosed_quote');
  t.is(rows.filter((row) => row.fault).length, 1);
});

test('separated values are cut as an independent parser cuts them, wherever the chunks end', async (t) => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'ü', '表', ',', '"', '\n', '\r\n', ' ', "'", ';'), maxLength: 12 });
  const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 12 });
  await t.notThrowsAsync(
    fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 9 }), fc.boolean(), async (rows, size, last) => {
        const text =
          rows.map((row) => row.map((one) => (/[",\r\n]/.test(one) ? `"${one.replaceAll('"', '""')}"` : one)).join(',')).join('\n') + (last ? '\n' : '');
        const chunks = async function* (): AsyncGenerator<string> {
          for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
        };
        const found: string[][] = [];
        for await (const batch of cutCsv(chunks(), { delimiter: ',', maxRow: 1000 })) found.push(...batch.map((one) => (one.fault ? [one.fault] : one.cells)));
        t.deepEqual(found, rows);
        t.deepEqual(found, parse(text, { skip_empty_lines: true, record_delimiter: ['\n'] }));
      }),
    ),
  );
});

test('JSON lines keep long numbers, and a bad line is rejected alone', async (t) => {
  const table = await openTable(bufferSource('x', Buffer.from('{"a":{"b":[{"c":"é"}]},"n":12345678901234567890}\n{bad}\n\n[1]\n{"a":"\\ud800"}')));
  const rows: Row[] = [];
  for await (const batch of table.rows()) rows.push(...batch);
  t.is(rows[0]?.get('a.b[0].c'), 'é');
  t.is(rows[0]?.get('n'), '12345678901234567890');
  t.is(rows[0]?.get('__proto__.x'), undefined);
  t.deepEqual(
    rows.map((row) => [row.number, row.fault?.code]),
    [
      [1, undefined],
      [2, 'not_json'],
      [4, 'not_json'],
      [5, undefined],
    ],
  );
});

test('a spreadsheet is read row by row with dates, rich text and gaps, and nothing touches the temporary folder', async (t) => {
  const book = new exceljs.Workbook();
  book.addWorksheet('hidden', { state: 'hidden' }).addRow(['no']);
  const sheet = book.addWorksheet('数据');
  sheet.addRow(['编号', '日期', '金额', '备注']);
  const row = sheet.addRow(['S1', new Date(Date.UTC(2026, 0, 5, 14, 5, 30)), 0.1 + 0.2, { richText: [{ text: '很' }, { text: '好' }] }]);
  row.getCell(2).numFmt = 'yyyy"年"m"月"d"日" h:mm';
  sheet.addRow([]);
  sheet.addRow([13_800_000_000, '2026-01-06']);
  sheet.addRow([123_456_789_012_345_680, 'x']);
  sheet.addRow(['S4', { error: '#N/A' }]);
  const bytes = Buffer.from(await book.xlsx.writeBuffer());
  const temporary = mkdtempSync(join(tmpdir(), 'intake-xlsx-'));
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = temporary;
  try {
    for (const content of [bytes, gzipSync(bytes)]) {
      const found = await read(content);
      t.deepEqual(found.header, ['编号', '日期', '金额', '备注']);
      t.deepEqual(found.rows, [
        { number: 2, cells: ['S1', '2026-01-05T14:05:30', '0.3', '很好'] },
        { number: 4, cells: ['13800000000', '2026-01-06'] },
        { number: 5, fault: 'digits_lost', cells: ['123456789012345680', 'x'] },
        { number: 6, fault: 'excel_error', cells: ['S4', '#N/A'] },
      ]);
    }
    t.deepEqual(readdirSync(temporary), []);
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(temporary, { recursive: true });
  }
  t.is(await reason(bytes, { sheet: 'none' }), 'no_such_sheet');
  t.is(await reason(bytes.subarray(0, bytes.length - 100)), 'broken_xlsx');
});

test('serial days of both spreadsheet systems', (t) => {
  t.is(serialToLocal(1), '1900-01-01T00:00:00');
  t.is(serialToLocal(59), '1900-02-28T00:00:00');
  t.is(serialToLocal(60), undefined);
  t.is(serialToLocal(61), '1900-03-01T00:00:00');
  t.is(serialToLocal(46_027.5), '2026-01-05T12:00:00');
  t.is(serialToLocal(44_565.999_999, true), '2026-01-06T00:00:00');
  t.is(serialToLocal(-1), undefined);
});
