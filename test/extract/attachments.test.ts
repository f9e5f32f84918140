import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import type { ExtractResult } from '../../src/extract/index.js';
import { extractorFor, given, reasonOf } from './support.js';

const folder = join(process.env['LANTAI_SHARED'] ?? fileURLToPath(new URL('../../../../shared', import.meta.url)), 'data', 'attachments');
const run = promisify(execFile);

/** Words that a person finds when opening the file, or the reason why there are none. */
const GOLDEN: Record<string, readonly string[] | { reason: string }> = {
  'LibreOfficeCalc_ods_1.3.ods': ['This is an example spreadsheet', 'Sheet1'],
  'LibreOfficeWriter_odt_1.3.odt': ['This is an example document'],
  'Neddy_Flyer_HeatherRyan.pdf': ['Denver Puppet Guild', 'Ned the Narcoleptic', 'Speer & Washington'],
  'PDF-Sample-Document-Fully-Featured-Layout.docx': ['digital preservation testing', 'Centred'],
  'Reviews.xls': ['Composer', 'Bernstein', 'NZSO', '8.559100'],
  'encryption_openpassword.pdf': { reason: 'encrypted' },
  'fileAttachment.pdf': ['contains a file attachment', 'Creative Commons CC0'],
  'gbk.zip': ['审计压缩包文件检索测试', '集团邮件审计系统2021年自动巡检需求文档_V4.0.doc'],
  'gdoc-page-1.png': { reason: 'needs_ocr' },
  'lorem-ipsum.docx': ['Variatio Ipsius', 'consectetur adipiscing elit'],
  'lorem-ipsum.pdf': ['Variatio Ipsius', 'consectetur adipiscing elit'],
  'lorem-ipsum.rtf': ['Variatio Ipsius', 'consectetur adipiscing elit'],
  'test-documents.zip': ['testOpenOffice2.odt', 'testWORD.doc'],
  'testEXCEL.xlsx': ['Sample Excel Worksheet', '15 225'],
  'testEXCEL_dateFormats.xlsx': ['2018/9/20', '1996/8/10'],
  'testEmailWithPNGAtt.eml': ['Test Attachment Email', 'PNG attachment included', 'testPNG.png'],
  'testJPEG_EXIF.jpg': { reason: 'needs_ocr' },
  'testMBOX_complex.mbox': ['My name is Another Person', 'xxxxxxx'],
  'testMP3id3v24.mp3': { reason: 'unsupported' },
  'testMSG_chinese.msg': ['MSG 格式測試', '張毓倫', 'tests.chang@fengttt.com'],
  'testOCR.pdf': { reason: 'needs_ocr' },
  'testPPT.pptx': ['Attachment Test', 'Rajiv'],
  'testRFC822_multipart_attachments.eml': ['test email for EML1', 'Bugs.Bunny@acme.com', 'TxtA.txt'],
  'testTIFF_multipage.tif': { reason: 'needs_ocr' },
  'testWAV.wav': { reason: 'unsupported' },
  'testWORD.docx': ['Sample Word Document Title', 'Heading Level 3'],
  'testWORD_3imgs.docx': ['quick brown fox', 'Alfresco logo'],
  'text_only_pdfa1b.pdf': ['only contains some text', 'Johan van'],
  '个人信息保护法(2021-08-20).md': ['中华人民共和国个人信息保护法', '不得过度收集个人信息'],
  '档案法(2020-06-20).md': ['中华人民共和国档案法'],
};

/** Single Latin letters do not count: `pdftotext` tears words that are set along a curve into letters, where ours keeps the word. */
const words = (text: string): Set<string> =>
  new Set(
    (
      text
        .normalize('NFKC')
        .toLowerCase()
        .match(/[\p{L}\p{N}]+/gu) ?? []
    ).filter((word) => !/^[a-z]$/.test(word)),
  );

async function installed(program: string): Promise<boolean> {
  return run(program, ['-v']).then(
    () => true,
    () => false,
  );
}

/** Text by a program or a reader that shares nothing with ours, where there is one. */
async function reference(name: string, bytes: Buffer): Promise<string | undefined> {
  if (name.endsWith('.pdf') && (await installed('pdftotext'))) {
    return run('pdftotext', ['-enc', 'UTF-8', join(folder, name), '-']).then(
      ({ stdout }) => stdout,
      () => undefined,
    );
  }
  if (name.endsWith('.md')) return bytes.toString('utf8');
  if (name === 'testRFC822_multipart_attachments.eml') {
    const blocks = [...bytes.toString('latin1').matchAll(/\r?\n\r?\n((?:[A-Za-z0-9+/]+=*\r?\n)+)/g)].map((match) =>
      Buffer.from(match[1] ?? '', 'base64').toString('utf8'),
    );
    return blocks.join('\n').replaceAll(/<[^>]*>/g, ' ');
  }
  return undefined;
}

function check(name: string, result: ExtractResult): string[] {
  const golden = GOLDEN[name];
  if (golden === undefined) return [`${name} is not known here`];
  if ('reason' in golden) return reasonOf(result) === golden.reason ? [] : [`${name}: ${reasonOf(result)}, not ${golden.reason}`];
  if (!result.ok) return [`${name}: ${result.reason}`];
  const { text } = result.value;
  return golden.filter((part) => !text.includes(part)).map((part) => `${name}: no “${part}”`);
}

test('R48: real files of many formats give their text, or the reason why there is none', async (t) => {
  t.timeout(180_000);
  if (!existsSync(folder)) {
    t.log(`skipped: the files of ${folder} are not here`);
    t.pass();
    return;
  }
  const extractor = extractorFor(t);
  const names = (await readdir(folder)).sort((a, b) => (a < b ? -1 : 1));
  t.deepEqual(names, Object.keys(GOLDEN).sort());
  const figures: string[] = [];
  for (const name of names) {
    const bytes = await readFile(join(folder, name));
    const result = await extractor.extract(given(bytes, name.slice(name.lastIndexOf('.') + 1)));
    t.deepEqual(check(name, result), []);
    const expected = result.ok ? words((await reference(name, bytes)) ?? '') : new Set<string>();
    if (!result.ok || expected.size === 0) continue;
    const found = words(result.value.text);
    const recall = expected.intersection(found).size / expected.size;
    figures.push(`${name} ${recall.toFixed(3)} of ${expected.size}`);
    t.true(recall >= 0.95, `${name}: ${recall}; missing ${[...expected.difference(found)].slice(0, 10).join(' ')}`);
  }
  t.log(`recall of words: ${figures.join(', ')}`);
});

test('R48: the same text in three formats gives the same words', async (t) => {
  if (!existsSync(folder)) {
    t.log(`skipped: the files of ${folder} are not here`);
    t.pass();
    return;
  }
  const extractor = extractorFor(t);
  const found: Set<string>[] = [];
  for (const extension of ['docx', 'pdf', 'rtf']) {
    const result = await extractor.extract(given(await readFile(join(folder, `lorem-ipsum.${extension}`)), extension));
    found.push(words(result.ok ? result.value.text : ''));
  }
  const [docx = new Set(), pdf = new Set(), rtf = new Set()] = found;
  t.true(docx.size > 100);
  for (const other of [pdf, rtf]) t.true(docx.intersection(other).size / docx.size >= 0.99);
});

/** How LibreOffice is asked for the text of what it can open: words of documents, every sheet as it is shown, slides through pages. */
const OFFICE: readonly { to: string; extensions: readonly string[] }[] = [
  { to: 'txt:Text (encoded):UTF8', extensions: ['docx', 'odt', 'rtf'] },
  { to: 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1', extensions: ['xls', 'xlsx', 'ods'] },
  { to: 'pdf', extensions: ['pptx'] },
];

/** The texts of office files by LibreOffice, which shares nothing with ours. */
async function byLibreOffice(home: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const { to, extensions } of OFFICE) {
    const names = Object.keys(GOLDEN).filter((name) => extensions.some((one) => name.endsWith(`.${one}`)));
    const copies = names.map((name, i) => join(home, `${i}.${name.split('.').at(-1) ?? ''}`));
    await Promise.all(names.map((name, i) => copyFile(join(folder, name), copies[i] as string)));
    const out = join(home, 'texts');
    await run('soffice', [`-env:UserInstallation=file://${home}/profile`, '--headless', '--convert-to', to, '--outdir', out, ...copies]);
    for (const [i, name] of names.entries()) {
      // a table gives a file for each of its sheets
      const made = (await readdir(out)).filter((one) => /^\d+/.exec(one)?.[0] === String(i)).map((one) => join(out, one));
      const parts = made.map(async (one) => (one.endsWith('.pdf') ? (await run('pdftotext', ['-enc', 'UTF-8', one, '-'])).stdout : readFile(one, 'utf8')));
      texts.set(name, (await Promise.all(parts)).join('\n'));
    }
    await rm(out, { recursive: true });
  }
  return texts;
}

/** A day in numbers is written with zeros or without them, as the machine's language has it. */
const withoutZeros = (some: Set<string>): Set<string> => new Set([...some].map((word) => word.replace(/^0+(?=\d)/, '')));

test('R48: office files give the words that LibreOffice gives', async (t) => {
  t.timeout(240_000);
  if (!existsSync(folder) || !(await installed('pdftotext')) || !(await run('soffice', ['--version']).then(Boolean, () => false))) {
    t.log(`skipped: LibreOffice, pdftotext or the files of ${folder} are not here`);
    t.pass();
    return;
  }
  const home = await mkdtemp(join(tmpdir(), 'lantai-test-office-'));
  t.teardown(() => rm(home, { recursive: true, force: true }));
  const extractor = extractorFor(t);
  const figures: string[] = [];
  for (const [name, text] of await byLibreOffice(home)) {
    const expected = withoutZeros(words(text));
    const result = await extractor.extract(given(await readFile(join(folder, name)), name.slice(name.lastIndexOf('.') + 1)));
    const found = withoutZeros(words(result.ok ? result.value.text : ''));
    const recall = expected.intersection(found).size / expected.size;
    figures.push(`${name} ${recall.toFixed(3)} of ${expected.size}`);
    t.true(expected.size > 1, name);
    t.true(recall >= 0.95, `${name}: ${recall}; missing ${[...expected.difference(found)].slice(0, 20).join(' ')}`);
  }
  t.is(figures.length, 11);
  t.log(`recall of words: ${figures.join(', ')}`);
});
