import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { createDeflateRaw } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import fc from 'fast-check';
import { type ExtractResult, type Extractor, NO_TEXT } from '../../src/extract/index.js';
import { doc, docx, eml, msg, odt, pdf, ppt, pptx, xls, xlsx, zip } from './files.js';
import { extractorFor, given, reasonOf, textOf } from './support.js';

const ZH = '客户投诉：账单重复扣款。';

/** So many bytes of one letter, deflated piece by piece. */
async function deflated(size: number, before: string, letter: number, after: string): Promise<Buffer> {
  const piece = Buffer.alloc(1_048_576, letter);
  function* pieces(): Generator<Buffer> {
    yield Buffer.from(before);
    for (let left = size; left > 0; left -= piece.length) yield piece;
    yield Buffer.from(after);
  }
  return buffer(Readable.from(pieces()).pipe(createDeflateRaw({ level: 9 })));
}

/** Whatever came before, the next file is read. */
async function stillWorks(t: Parameters<typeof extractorFor>[0], extractor: Extractor): Promise<void> {
  t.is((await textOf(t, extractor, docx([ZH]), 'docx')).text, ZH);
}

const ended = (result: ExtractResult): boolean => (result.ok ? result.value.text.length > 0 : NO_TEXT.includes(result.reason));

test('R48: bombs of a gibibyte end in a reason, and the next file is read', async (t) => {
  const extractor = extractorFor(t);
  const open = '<?xml version="1.0"?><w:document xmlns:w="w"><w:body><w:p><w:t>';
  const types = { name: '[Content_Types].xml', content: '<Types/>' };
  const bomb = (packed: Buffer): Buffer => zip([types, { name: 'word/document.xml', content: '', packed, size: 1 }]);
  const zeros = bomb(await deflated(1_073_741_824, '', 0, ''));
  t.true(zeros.length < 2_000_000);
  const blanks = bomb(await deflated(1_073_741_824, open, 0x20, '</w:t></w:p></w:body></w:document>'));
  for (const [file, extension] of [
    [zeros, 'docx'],
    [blanks, 'docx'],
  ] as const) {
    const started = performance.now();
    t.regex(reasonOf(await extractor.extract(given(file, extension))), /^(damaged|too_much_text)$/);
    t.true(performance.now() - started < 30_000);
    await stillWorks(t, extractor);
  }
});

test('R48: looped and endless page trees of a PDF end', async (t) => {
  const extractor = extractorFor(t, { milliseconds: 6000 });
  const tree = (kids: string, count: number): Buffer =>
    Buffer.from(
      `%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count ${count}/Kids[${kids}]/Parent 2 0 R>>endobj\n3 0 obj<</Type/Pages/Count ${count}/Kids[2 0 R 3 0 R]/Parent 2 0 R>>endobj\ntrailer<</Root 1 0 R/Size 4>>\n%%EOF`,
    );
  for (const file of [tree('2 0 R', 1), tree('3 0 R 2 0 R', 1_000_000_000), tree('3 0 R', 2_000_000_000)]) {
    const result = await extractor.extract(given(file, 'pdf'));
    t.false(result.ok);
    t.regex(reasonOf(result), /^(damaged|too_slow|too_much_memory|needs_ocr)$/);
    await stillWorks(t, extractor);
  }
});

test('R48: entities that multiply are refused in an office file, and stay unread in plain XML', async (t) => {
  const extractor = extractorFor(t);
  const laughs = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">${Array.from({ length: 20 }, (_, i) => `<!ENTITY a${i} "${`&a${i === 0 ? '' : i - 1};`.repeat(10)}">`).join('')}]><x>&a19;</x>`;
  t.is(reasonOf(await extractor.extract(given(zip([{ name: 'word/document.xml', content: laughs }]), 'docx'))), 'damaged');
  const plain = await extractor.extract(given(Buffer.from(laughs), 'xml'));
  t.true(ended(plain));
  if (plain.ok) t.true(plain.value.text.length < 1000);
  await stillWorks(t, extractor);
});

test('R48: deep nesting costs nothing', async (t) => {
  const extractor = extractorFor(t);
  const depth = 1_000_000;
  const page = await textOf(t, extractor, Buffer.from(`<html>${'<div>'.repeat(depth)}${ZH}${'</div>'.repeat(depth)}`), 'html');
  t.is(page.text, ZH);
  t.is(reasonOf(await extractor.extract(given(zip([{ name: 'word/document.xml', content: '<a>'.repeat(depth) }]), 'docx'))), 'damaged');
  t.is(reasonOf(await extractor.extract(given(Buffer.from(`{\\rtf1${'{'.repeat(depth)}`), 'rtf'))), 'damaged');
  const json = await textOf(t, extractor, Buffer.from(`${'['.repeat(depth)}"${ZH}"`), 'json');
  t.true(json.text.includes(ZH));
  const parts = Array.from({ length: 400 }, (_, i) => `Content-Type: multipart/mixed; boundary="b${i}"\r\n\r\n--b${i}\r\n`).join('');
  t.true(ended(await extractor.extract(given(Buffer.from(`Subject: deep\r\n${parts}text`), 'eml'))));
  await stillWorks(t, extractor);
});

test('R48: more than a file may cost ends with the limit by name', async (t) => {
  const extractor = extractorFor(t, { milliseconds: 3000, inputBytes: 1_000_000, outputChars: 1000 });
  const endless = (wait: number): Readable =>
    new Readable({
      read() {
        setTimeout(() => this.push(Buffer.alloc(50_000, 'x')), wait);
      },
    });
  t.is(reasonOf(await extractor.extract({ body: endless(0), size: 10, extension: 'txt', mediaType: 'text/plain' })), 'too_large');
  t.is(reasonOf(await extractor.extract({ body: endless(0), size: 1_000_001, extension: 'txt', mediaType: 'text/plain' })), 'too_large');
  t.is(reasonOf(await extractor.extract({ body: endless(2000), size: 10, extension: 'txt', mediaType: 'text/plain' })), 'too_slow');
  const stuck = new Readable({ read: () => undefined });
  t.is(reasonOf(await extractor.extract({ body: stuck, size: 10, extension: 'txt', mediaType: 'text/plain' })), 'too_slow');
  t.true(stuck.destroyed);
  const long = await textOf(t, extractor, Buffer.from('投诉 '.repeat(10_000)), 'txt');
  t.true(long.truncated);
  t.is(long.text.length, 1000);
  t.is(reasonOf(await extractor.extract(given(Buffer.alloc(0), 'pdf', 'application/pdf'))), 'empty');
  t.is(reasonOf(await extractor.extract(given(Buffer.from(' \n\t'), 'txt'))), 'empty');
  const small = extractorFor(t, { memoryMb: 64 });
  t.is(reasonOf(await small.extract(given(await pdf([ZH]), 'pdf'))), 'too_much_memory');
  await stillWorks(t, extractor);
});

test('R48: a file cut anywhere gives what is whole, or a reason', async (t) => {
  t.timeout(120_000);
  const extractor = extractorFor(t);
  const text = ZH.repeat(50);
  const files: [string, Buffer][] = [
    ['docx', docx(Array.from({ length: 200 }, (_, i) => `${i} ${text}`))],
    ['xlsx', xlsx('<row><c t="s"><v>0</v></c></row>'.repeat(500), [text])],
    ['pptx', pptx([text, text])],
    ['odt', odt([text, text])],
    ['pdf', await pdf([text, text])],
    ['doc', doc(text, 'narrow')],
    ['xls', xls([[text], ['b', 2]], 'S')],
    ['ppt', ppt(text, 'narrow')],
    ['msg', msg('subject', text)],
    ['rtf', Buffer.from(`{\\rtf1 ${'some words \\par '.repeat(200)}}`)],
    ['html', Buffer.from(`<p>${text}</p><table><tr><td>x`)],
    ['eml', eml('关于', Buffer.from(text), { name: 'a.docx', type: 'application/octet-stream', content: docx([text]) })],
  ];
  for (const [extension, whole] of files) {
    t.true((await extractor.extract(given(whole, extension))).ok, extension);
    for (const share of [0.05, 0.3, 0.6, 0.9, 0.99]) {
      const result = await extractor.extract(given(whole.subarray(0, Math.floor(whole.length * share)), extension));
      t.true(ended(result), extension);
      t.not(reasonOf(result), 'failed', `${extension} at ${share}`);
    }
  }
  await stillWorks(t, extractor);
});

test('R48: random bytes under every name, alone and inside of true files, end in a reason', async (t) => {
  t.timeout(170_000);
  const extractor = extractorFor(t, { milliseconds: 10_000 });
  const extensions = 'pdf docx xlsx pptx odt ods odp doc xls ppt rtf eml msg html txt csv md mbox json xml zip png bin'.split(' ');
  const seeds: Record<string, Buffer> = {
    pdf: await pdf([ZH]),
    docx: docx([ZH]),
    xlsx: xlsx('<row><c t="s"><v>0</v></c></row>', [ZH]),
    odt: odt([ZH]),
    doc: doc(ZH, 'x'),
    xls: xls([[ZH, 1]], 'S'),
    ppt: ppt(ZH, 'x'),
    msg: msg('s', ZH),
    rtf: Buffer.from('{\\rtf1\\ansi text \\u25237?}'),
    eml: eml('s', Buffer.from('x'), { name: 'a.txt', type: 'text/plain', content: Buffer.from('y') }),
  };
  let failed = 0;
  const counts = new Map<string, number>();
  const one = async (bytes: Buffer, extension: string): Promise<void> => {
    const result = await extractor.extract(given(bytes, extension));
    const reason = result.ok ? 'text' : result.reason;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
    if (reason === 'failed') failed++;
    if (!ended(result)) throw new Error(`no end for ${extension}`);
  };
  for (const extension of extensions) await one(randomBytes(20_000), extension);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.constantFrom(...extensions), async (bytes, extension) =>
      one(Buffer.from(bytes), extension),
    ),
    { numRuns: 150 },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(seeds)),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 30 }),
      async (extension, changes) => {
        const bytes = Buffer.from(seeds[extension] ?? '');
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        await one(bytes, extension);
      },
    ),
    { numRuns: 250 },
  );
  t.log([...counts].map(([reason, count]) => `${reason} ${count}`).join(', '));
  t.true(failed <= 4, `${failed} unforeseen ends`);
  await stillWorks(t, extractor);
});
