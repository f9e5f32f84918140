import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import test from 'ava';
import { createLogger } from '../../src/config/index.js';
import { childFlags } from '../../src/extract/child.js';
import { createExtractor, DEFAULT_LIMITS, NO_TEXT, NOTES } from '../../src/extract/index.js';
import { LANGS, phrasesFor } from '../../src/phrases/index.js';
import { ROOT } from '../support/sources.js';
import { docx, eml, pdf, xls } from './files.js';
import { extractorFor, given, reasonOf, textOf } from './support.js';

const SECRET = '机密内容4711';

test('every reason and note has a text in both languages', (t) => {
  for (const lang of LANGS) {
    t.deepEqual(Object.keys(phrasesFor(lang).extract.reasons), [...NO_TEXT]);
    t.deepEqual(Object.keys(phrasesFor(lang).extract.notes), [...NOTES]);
  }
});

test('R48: the reading process may read the program alone, and write, start or reach nothing', (t) => {
  if (!process.allowedNodeEnvironmentFlags.has('--permission')) {
    t.log('skipped: this Node has no permission model');
    t.pass();
    return;
  }
  const attempts = {
    read: "require('node:fs').readFileSync('/etc/passwd')",
    settings: `require('node:fs').readFileSync(${JSON.stringify(join(ROOT, 'migrations'))})`,
    write: `require('node:fs').writeFileSync(${JSON.stringify(join(tmpdir(), 'x'))}, 'x')`,
    process: "require('node:child_process').spawnSync('true')",
    thread: "new (require('node:worker_threads').Worker)('1', { eval: true })",
    code: "new Function('return 1')()",
    network: `import(${JSON.stringify(new URL('../../src/extract/worker/offline.js', import.meta.url).href)}).then((m) => { m.goOffline(); require('node:net').connect(80, '127.0.0.1') })`,
  };
  for (const [what, attempt] of Object.entries(attempts)) {
    const { status, stderr } = spawnSync(process.execPath, [...childFlags(DEFAULT_LIMITS), '-e', attempt], { env: {}, encoding: 'utf8' });
    t.not(status, 0, what);
    t.regex(stderr, /ERR_ACCESS_DENIED|Code generation from strings disallowed|no network/, what);
  }
  const allowed = spawnSync(process.execPath, [...childFlags(DEFAULT_LIMITS), '-e', "require('node:fs').readFileSync(require.resolve('saxes'))"], {
    cwd: ROOT,
    env: {},
    encoding: 'utf8',
  });
  t.is(allowed.status, 0, allowed.stderr);
});

test('R48, R85: no file is made anywhere, also where temporary files could be', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lantai-extract-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const before = { ...process.env };
  Object.assign(process.env, { TMPDIR: folder, TMP: folder, TEMP: folder });
  const here = readdirSync(process.cwd()).length;
  try {
    const extractor = extractorFor(t);
    const seen = new Set<string>();
    const timer = setInterval(() => {
      for (const name of readdirSync(folder)) seen.add(name);
    }, 5);
    const files = [
      [docx([SECRET]), 'docx'],
      [await pdf([SECRET]), 'pdf'],
      [xls([[SECRET]], 'S'), 'xls'],
      [eml(SECRET, Buffer.from('x'), { name: 'a.docx', type: 'a/b', content: docx([SECRET]) }), 'eml'],
    ] as const;
    for (const [bytes, extension] of files) t.true((await textOf(t, extractor, bytes, extension)).text.includes('4711'), extension);
    clearInterval(timer);
    t.deepEqual([...seen, ...readdirSync(folder)], []);
    t.is(readdirSync(process.cwd()).length, here);
  } finally {
    for (const name of ['TMPDIR', 'TMP', 'TEMP']) if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
  }
});

test('R85: the log names kind, size and reason, and nothing of the content', async (t) => {
  const lines: string[] = [];
  const log = createLogger({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } });
  const extractor = createExtractor({ log });
  t.teardown(() => extractor.close());
  const whole = docx([SECRET]);
  await extractor.extract(given(whole, 'docx'));
  await extractor.extract(given(whole.subarray(0, 60), 'docx'));
  await extractor.extract(given(Buffer.from(`${SECRET}{`), 'pdf'));
  t.is(lines.length, 3);
  t.notRegex(lines.join(''), /机密|4711|[A-Za-z0-9+/]{40}/);
  t.regex(lines[0] ?? '', /"format":"docx"/);
});

test('R48: one process serves many files, and a failing source harms no other', async (t) => {
  const extractor = extractorFor(t);
  const first = performance.now();
  await textOf(t, extractor, docx(['one']), 'docx');
  const cold = performance.now() - first;
  const then = performance.now();
  for (let i = 0; i < 20; i++) t.is((await textOf(t, extractor, docx([`${i}`]), 'docx')).text, String(i));
  t.true((performance.now() - then) / 20 < cold);
  const broken = new Readable({
    read() {
      this.push(Buffer.alloc(100_000, 'x'));
      this.destroy(new Error('the source failed'));
    },
  });
  await t.throwsAsync(extractor.extract({ body: broken, size: 200_000, extension: 'txt', mediaType: '' }), { message: 'the source failed' });
  t.is((await textOf(t, extractor, docx(['after']), 'docx')).text, 'after');
  const many = await Promise.all(Array.from({ length: 12 }, async (_, i) => (await textOf(t, extractor, docx([`parallel ${i}`]), 'docx')).text));
  t.deepEqual(
    many,
    Array.from({ length: 12 }, (_, i) => `parallel ${i}`),
  );
});

test('R48: closing ends what is being read', async (t) => {
  const extractor = createExtractor({ processes: 2 });
  const reading = extractor.extract({ body: new Readable({ read: () => undefined }), size: 10, extension: 'txt', mediaType: '' });
  await new Promise((resolve) => setTimeout(resolve, 200));
  await extractor.close();
  t.is(reasonOf(await reading), 'failed');
  t.is(reasonOf(await extractor.extract(given(docx(['x']), 'docx'))), 'failed');
});
