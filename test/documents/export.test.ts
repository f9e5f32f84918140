import { spawnSync } from 'node:child_process';
import { buffer, text } from 'node:stream/consumers';
import test from 'ava';
import { parse } from 'csv-parse/sync';
import exceljs from 'exceljs';
import fc from 'fast-check';
import { csvField, csvStream, flatten, harmless, xlsxStream, zip } from '../../src/documents/index.js';
import type { ExportColumn } from '../../src/documents/index.js';

type Row = [string, number | null];
const columns: ExportColumn<Row>[] = [
  { head: '题名', value: ([title]) => title },
  { head: 'n', value: ([, n]) => n },
];

test('R8: what could begin a formula is made harmless, also in full width and behind blanks', (t) => {
  for (const bad of ['=1+1', '+86 138', '-cmd', '@SUM(A1)', '\t=1', '\r=1', '\n=1', ' =1', '\u200B=1', '＝1', '＋1', '－1', '＠x']) {
    t.is(harmless(bad), `'${bad}`);
    t.true(csvField(bad).startsWith('"\''), JSON.stringify(bad));
  }
  for (const good of ['投诉', 'a=b', '2026-01-01', '']) t.is(harmless(good), good);
  t.is(csvField(-5), '-5', 'a number is a number');
});

test('CSV comes back as it was, with a byte order mark and CRLF', async (t) => {
  const rows: Row[] = [
    ['说 "你好"，\n再见', 1],
    ['=HYPERLINK("x")', null],
    ['普通', -2],
  ];
  const file = await text(csvStream(columns, rows));
  t.is(file.codePointAt(0), 0xfeff);
  t.deepEqual(parse(file, { bom: true }), [
    ['题名', 'n'],
    ['说 "你好"，\n再见', '1'],
    ['\'=HYPERLINK("x")', ''],
    ['普通', '-2'],
  ]);
  t.is(file.split('\r\n').length, 5);
});

test('CSV: any text comes back, and no field begins like a formula', async (t) => {
  await t.notThrowsAsync(
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.string({ unit: 'binary' }).map((s): Row => [s.toWellFormed(), 1]),
          { minLength: 1 },
        ),
        async (rows) => {
          const fields = parse(await text(csvStream(columns, rows)), { bom: true }).slice(1);
          return fields.every(([field = ''], i) => field === harmless(rows[i]?.[0] ?? '') && !/^[=+\-@\t\r]/.test(field));
        },
      ),
    ),
  );
});

test('XLSX opens elsewhere: texts stay texts, numbers numbers, formulas none; batches and single rows give the same bytes', async (t) => {
  const rows: Row[] = [
    ['=1+1', 1],
    [' 客户 <b>&"\'\u0000\u000B ', null],
    ['x'.repeat(40_000), 3.5],
    ['_row_\r\n行', -7],
  ];
  async function* batches(): AsyncGenerator<Row[]> {
    yield rows.slice(0, 3);
    yield rows.slice(3);
  }
  const file = await buffer(xlsxStream('清单/2026', columns, rows));
  t.deepEqual(await buffer(xlsxStream('清单/2026', columns, flatten(batches()))), file);
  const book = new exceljs.Workbook();
  await book.xlsx.load(file as never);
  const sheet = book.worksheets[0];
  t.is(sheet?.name, '清单 2026');
  t.is(sheet?.getCell('A1').value, '题名');
  t.is(sheet?.getCell('A2').value, '=1+1');
  t.is(sheet?.getCell('A2').type, exceljs.ValueType.String);
  t.is(sheet?.getCell('B2').value, 1);
  t.is(sheet?.getCell('A3').value, ' 客户 <b>&"\'\uFFFD\uFFFD ');
  t.is(sheet?.getCell('A4').text.length, 32_767);
  t.is(sheet?.getCell('B5').value, -7);
  t.is(sheet?.rowCount, 5);
});

test('the archive around it passes an independent check', async (t) => {
  if (spawnSync('python3', ['--version']).error) return t.pass('python3 is not installed');
  async function* entries(): AsyncGenerator<{ name: string; content: Iterable<string> }> {
    yield { name: '档案.txt', content: ['客户', '投诉'] };
    yield { name: 'empty.txt', content: [] };
    yield { name: 'big.txt', content: Array.from({ length: 3_000 }, (_, i) => `${'0123456789'.repeat(30)}${i}\n`) };
  }
  const parts: Buffer[] = [];
  for await (const part of zip(entries())) parts.push(part);
  const script =
    'import sys,io,zipfile; z=zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read())); assert z.testzip() is None; print([(i.filename,i.file_size) for i in z.infolist()])';
  const { stdout, stderr } = spawnSync('python3', ['-c', script], { input: Buffer.concat(parts), encoding: 'utf8' });
  t.regex(stdout, /档案\.txt', 12\), \('empty\.txt', 0\), \('big\.txt', 913890\)/, stderr);
});

test('a source that fails breaks the export instead of ending it short', async (t) => {
  async function* failing(): AsyncGenerator<Row> {
    yield ['a', 1];
    throw new Error('the cursor broke');
  }
  await t.throwsAsync(buffer(xlsxStream('x', columns, failing())), { message: 'the cursor broke' });
  await t.throwsAsync(text(csvStream(columns, failing())), { message: 'the cursor broke' });
});

test('a reader who leaves early ends the source too', async (t) => {
  for (const make of [(rows: AsyncIterable<Row>) => csvStream(columns, rows), (rows: AsyncIterable<Row>) => xlsxStream('x', columns, rows)]) {
    let ended: () => void = () => undefined;
    const end = new Promise<void>((resolve) => (ended = resolve));
    async function* endless(): AsyncGenerator<Row> {
      try {
        for (let i = 0; ; i++) yield [`${Math.sin(i)} ${i}`, i];
      } finally {
        ended();
      }
    }
    const stream = make(endless());
    for await (const chunk of stream) {
      if ((chunk as Buffer).length > 1000) break;
    }
    await end;
    t.true(stream.destroyed);
  }
});
