import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { createExtractor } from '../../src/extract/index.js';
import { pagesOf } from '../../src/extract/ocr/pages.js';
import { docx, pdf } from './files.js';
import { extractorFor, given, reasonOf } from './support.js';

const shared = join(process.env['LANTAI_SHARED'] ?? fileURLToPath(new URL('../../../../shared', import.meta.url)), 'data', 'attachments');
const here = (program: string): boolean => spawnSync(program, ['-v']).error === undefined;
const tools = here('tesseract') && here('pdftoppm');

/** A page as a picture, rendered from a PDF of the test's own. */
async function picture(text: string, format: 'png' | 'jpeg' | 'tiff'): Promise<Buffer> {
  const page = await pdf([text]);
  const folder = mkdtempSync(join(tmpdir(), 'lantai-page-'));
  try {
    execFileSync('pdftoppm', [`-${format}`, '-r', '200', '-singlefile', '-', join(folder, 'page')], { input: page });
    return readFileSync(join(folder, readdirSync(folder)[0] ?? ''));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function all(pages: AsyncIterable<Buffer>): Promise<string[]> {
  const found: string[] = [];
  for await (const page of pages) found.push(page.toString('hex'));
  return found;
}

const compact = (text: string): string => text.replaceAll(/\s/g, '');

test('R48: scans are read in Chinese and English, by pipes alone', async (t) => {
  t.timeout(120_000);
  const extractor = extractorFor(t);
  if (!tools || !(await extractor.ocrAvailable())) {
    t.log('skipped: tesseract or pdftoppm is not installed');
    t.pass();
    return;
  }
  const images = [
    ['image/png', await picture('客户投诉账单重复扣款\nInvoice number 4711', 'png')],
    ['image/jpeg', await picture('客户投诉账单重复扣款\nInvoice number 4711', 'jpeg')],
    ['image/tiff', await picture('客户投诉账单重复扣款\nInvoice number 4711', 'tiff')],
  ] as const;
  // The programs are given no folder for temporary files; what they might write beside it bears their names.
  const left = (): string[] => [tmpdir(), '/tmp'].flatMap((folder) => readdirSync(folder)).filter((name) => /lept|tess|poppler|ppm|tiff/i.test(name));
  const before = left();
  const seen = new Set<string>();
  const timer = setInterval(() => {
    for (const name of left()) seen.add(name);
  }, 10);
  t.teardown(() => clearInterval(timer));
  for (const [mediaType, bytes] of images) {
    t.is(reasonOf(await extractor.extract(given(bytes, '', mediaType))), 'needs_ocr');
    const result = await extractor.ocr(given(bytes, '', mediaType));
    t.true(result.ok && result.value.ocr, mediaType);
    const text = compact(result.ok ? result.value.text : '');
    t.true(text.includes('投诉') && text.includes('扣款') && text.includes('4711'), `${mediaType}: ${text}`);
  }
  t.deepEqual([...seen], before);
});

test('R48: the pages of a scanned PDF are read one by one', async (t) => {
  t.timeout(120_000);
  const extractor = extractorFor(t);
  if (!tools || !(await extractor.ocrAvailable())) {
    t.log('skipped: tesseract or pdftoppm is not installed');
    t.pass();
    return;
  }
  const result = await extractor.ocr(given(await pdf(['First page about refunds', 'Second page about invoices']), 'pdf', 'application/pdf'));
  t.true(result.ok);
  if (result.ok) {
    t.is(result.value.pages, 2);
    t.regex(result.value.text, /First page about refunds[^]*Second page about invoices/);
  }
  t.regex(reasonOf(await extractor.ocr(given(Buffer.from('%PDF-1.4 broken'), 'pdf', 'application/pdf'))), /^(damaged|empty)$/);
  t.regex(reasonOf(await extractor.ocr(given(Buffer.from('\x89PNG\r\n broken', 'latin1'), 'png', 'image/png'))), /^(damaged|empty)$/);
  t.is(reasonOf(await extractor.ocr(given(docx(['x']), 'docx', 'application/zip'))), 'unsupported');
  const hasty = createExtractor({ milliseconds: 1 });
  t.teardown(() => hasty.close());
  t.is(reasonOf(await hasty.ocr(given(await picture('late', 'png'), 'png', 'image/png'))), 'too_slow');
  const scan = join(shared, 'testOCR.pdf');
  if (existsSync(scan)) {
    const real = await extractor.ocr(given(readFileSync(scan), 'pdf', 'application/pdf'));
    t.true(real.ok && real.value.text.includes('Happy New Year 2003'), reasonOf(real));
  }
});

test('R48: without tesseract a scan says that it needs one', async (t) => {
  const path = process.env['PATH'];
  process.env['PATH'] = '/nonexistent';
  const extractor = extractorFor(t);
  try {
    t.false(await extractor.ocrAvailable());
  } finally {
    process.env['PATH'] = path;
  }
  t.is(reasonOf(await extractor.ocr(given(Buffer.from('x'), 'png', 'image/png'))), 'needs_ocr');
});

test('grey maps are cut out of a stream of any pieces, and what is none is refused', async (t) => {
  const map = (width: number, height: number, value: number): Buffer =>
    Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), Buffer.alloc(width * height, value)]);
  const maps = [map(30, 20, 1), map(1, 1, 2), map(50, 50, 3)];
  const whole = Buffer.concat(maps);
  for (const size of [1, 7, 100, 10_000]) {
    const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) => whole.subarray(i * size, (i + 1) * size));
    t.deepEqual(
      await all(pagesOf(Readable.from(pieces), 10_000)),
      maps.map((page) => page.toString('hex')),
    );
  }
  await t.throwsAsync(all(pagesOf(Readable.from([map(200, 200, 1)]), 10_000)), { instanceOf: RangeError });
  await t.throwsAsync(all(pagesOf(Readable.from([Buffer.alloc(100)]), 10_000)), { instanceOf: RangeError });
});
