import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { clip, drawStamp, pdfTable, Sheet, transferListPdf, wrap } from '../../src/documents/index.js';
import type { TransferRow } from '../../src/documents/index.js';

const has = (tool: string): boolean => spawnSync(tool, ['--version']).error === undefined;
const madeAt = new Date('2026-03-01T06:05:00Z');
const zone = 'Asia/Shanghai';
const rows = (n: number): TransferRow[] =>
  Array.from({ length: n }, (_, i) => ({
    archivalCode: `Z001-TS·2026-D3-${String(i + 1).padStart(4, '0')}`,
    title:
      i % 3 === 0
        ? '关于“云栖”洗衣机漏水多次报修未果、客户要求退货并赔偿地板损失的投诉处理记录'
        : 'Broadband outage, Riverside block: engineer visit and credit note',
    date: '2026-02-11',
    extent: '3',
    medium: '电子',
    retention: '3年',
    note: '',
  }));
const list = { archive: '兰台示范档案室', fonds: 'Z001', batch: 'B-2026-0007', from: '客户服务一部', to: '档案室', madeAt, zone };

/** Text and structure by public tools where they are installed. */
function look(pdf: Buffer): { text: string; check: string; pages: number } {
  const folder = mkdtempSync(join(tmpdir(), 'documents-'));
  try {
    const file = join(folder, 'a.pdf');
    writeFileSync(file, pdf);
    const text = execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
    const check = spawnSync('qpdf', ['--check', file], { encoding: 'utf8' });
    return { text, check: check.status === 0 ? 'ok' : check.stdout + check.stderr, pages: text.split('\f').length - 1 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
const tools = has('pdftotext') && has('qpdf');
const withTools = tools ? test : test.skip; // apt-get install poppler-utils qpdf

withTools('R96: the transfer list prints both languages, every item, a head on each page and page x of y', async (t) => {
  const { text, check, pages } = look(
    await transferListPdf({ ...list, rows: rows(120), handedOver: { name: '李敏', at: madeAt }, received: { name: '周岩', at: madeAt } }),
  );
  t.is(check, 'ok');
  t.true(pages > 3);
  t.is(text.split('Archival code').length - 1, pages);
  for (const part of [
    '归档移交清册',
    'Transfer list',
    'B-2026-0007',
    '李敏',
    '周岩',
    '监交人',
    '合计件数',
    `第 ${pages} 页 / 共 ${pages} 页`,
    `Page 1 of ${pages}`,
    '2026-03-01 14:05',
  ]) {
    t.true(text.replace(/ +/g, ' ').includes(part), part);
  }
  for (let i = 1; i <= 120; i++) t.true(text.includes(`D3-${String(i).padStart(4, '0')}`), String(i));
});

withTools('R96: a list without items says so', async (t) => {
  const { text, pages } = look(await transferListPdf({ ...list, rows: [] }));
  t.is(pages, 1);
  t.true(text.includes('没有条目'));
});

withTools('rare characters of names are printed, unknown signs are seen as missing', async (t) => {
  const [first] = rows(1);
  const { text } = look(await transferListPdf({ ...list, rows: [{ ...(first as TransferRow), title: '張喆、刘煊、朱镕基、龘 \u{1F600} ＡＢＣ' }] }));
  t.true(text.includes('張喆、刘煊、朱镕基、龘 〓'), text);
});

withTools('the archiving stamp', async (t) => {
  const sheet = new Sheet({ title: { zh: '服务记录', en: 'Service record' }, archive: list.archive, madeAt, zone });
  drawStamp(sheet, { fonds: 'Z001', year: '2026', item: '0001', office: '客服一部', retention: '3年', extent: '2' });
  t.true(look(await sheet.finish()).text.includes('机构或问题'));
});

test('the same list gives the same bytes; PDF/A declares itself and carries its twin', async (t) => {
  const make = (): Promise<Buffer> =>
    transferListPdf({
      ...list,
      rows: rows(3),
      attachments: [{ name: 'list.json', type: 'application/json', data: Buffer.from('{"items":3}'), description: 'The same list for machines' }],
    });
  const pdf = await make();
  t.deepEqual(await make(), pdf);
  t.true(pdf.includes('<pdfaid:part>3</pdfaid:part>'));
  t.true(pdf.includes('/AFRelationship /Data'));
  t.false(pdf.includes('/Helvetica'));
});

test('a cell as long as can be never makes a page that cannot be printed', async (t) => {
  const sheet = new Sheet({ title: { zh: '表', en: 'Table' }, archive: 'A', madeAt, zone });
  const count = await pdfTable(sheet, {
    empty: { zh: '', en: '' },
    rows: ['长'.repeat(20_000), 'x'.repeat(5_000), ''],
    columns: [{ head: { zh: '窄', en: 'narrow' }, share: 1, value: (row) => row }],
  });
  t.is(count, 3);
  t.true((await sheet.finish()).length > 1000);
});

test('lines: nothing is lost, no line is too wide, closing signs never begin one', (t) => {
  const widthOf = (sign: string): number => (/[\p{Script=Han}，。（）“”]/u.test(sign) ? 1 : 0.5);
  const text = fc.array(fc.constantFrom('投', '诉', '，', '。', '（', '）', 'a', 'b', ' ', '1', 'word', '\n')).map((parts) => parts.join(''));
  t.notThrows(() =>
    fc.assert(
      fc.property(text, fc.integer({ min: 4, max: 20 }), (source, width) => {
        const lines = wrap(source, widthOf, width);
        const whole = lines.join('').replace(/\s/g, '') === source.replace(/\s/g, '');
        return whole && lines.every((line) => Array.from(line).reduce((sum, sign) => sum + widthOf(sign), 0) <= width);
      }),
    ),
  );
  t.deepEqual(
    wrap('客户投诉处理，结果满意', () => 1, 6),
    ['客户投诉处', '理，结果满意'],
  );
  t.deepEqual(
    wrap('the engineer came', () => 1, 8),
    ['the', 'engineer', 'came'],
  );
  t.deepEqual(clip(['a', 'b', 'c'], 2), ['a', '…']);
});
