import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { resolveImport, ROOT, type Source, sources, withoutComments } from './support/sources.js';

/** Modules from left to right: one may import only what stands left of it, or itself. */
const ORDER =
  'phrases errors config db jobs crypto extract storage documents audit vault classification access accounts retention records search requests privacy paper disposition transfer checks reports evidence ui http demo app cli main'.split(
    ' ',
  );

/** Who may import a library; whoever else needs what it does asks the owner. */
const OWNERS: Record<string, string[]> = {
  '@casl/ability': ['access'],
  '@audio/decode-amr': ['extract'],
  '@e965/xlsx': ['extract'],
  '@kenjiuno/decompressrtf': ['extract'],
  '@kenjiuno/msgreader': ['extract'],
  '@koa/router': ['http', 'app'],
  '@napi-rs/canvas': ['extract'],
  '@node-rs/argon2': ['accounts'],
  busboy: ['http', 'app'],
  canonicalize: ['crypto'],
  commander: ['cli'],
  'csv-parse': ['records'],
  exceljs: ['records', 'documents'],
  'file-type': ['records'],
  'graphile-worker': ['jobs'],
  'iconv-lite': ['records'],
  htmlparser2: ['extract'],
  koa: ['http', 'app'],
  'koa-helmet': ['http', 'app'],
  'libphonenumber-js': ['records'],
  jose: ['accounts'],
  meilisearch: ['search'],
  minio: ['storage'],
  'node-forge': ['crypto'],
  'opencc-js': ['search'],
  'openid-client': ['accounts'],
  'pdfjs-dist': ['extract'],
  pdfkit: ['documents'],
  pg: ['db'],
  'pg-cursor': ['db'],
  pino: ['config'],
  'postal-mime': ['extract'],
  preact: ['ui'],
  'preact-render-to-string': ['ui'],
  'prom-client': ['http'],
  qr: ['ui'],
  saxes: ['records', 'extract'],
  uuid: ['db'],
  yaml: ['config'],
  // Checks shapes; everybody reads something from outside. Its answers become our errors in `errors`.
  zod: ['*'],
};

/** Files that are not in `src/db` or a `store.ts` and yet may hold SQL, with the reason. */
const SQL_ELSEWHERE: Record<string, string> = {
  'src/access/to-sql.ts': 'turns an access condition into a fragment for the stores',
};

/** Where Chinese stands in code because it is data that is recognised, not a text that is shown. */
const CHINESE_ELSEWHERE: Record<string, string> = {
  'src/accounts/demo/': 'the people of the demo archive: data, not words of the interface',
  'src/demo/': 'the records of the demo archive: data, not words of the interface',
  'src/classification/masking/': 'what personal data looks like in Chinese text',
  'src/search/query/': 'signs and particles of Chinese queries that are recognised',
  'src/search/analyse/': 'signs that belong to words',
  'src/records/import/': 'headers and words of the tables that are read',
  'src/config/settings.ts': 'the example in .env.example',
  'src/config/load.ts': "the archive's default name",
  'src/documents/pdf/sheet.ts': "the product's name in a document's properties",
  'src/main.ts': 'said before phrases can be loaded, in both languages',
};

/** Files beside an index.ts that others may import, with the reason. */
const FACES: Record<string, string> = {
  'src/records/values': 'closed value sets, which pages need without the use-cases',
  'src/search/port': 'facets and orders, which pages need without the engines',
};

const LONGEST = 350;

const src = sources('src');
const moduleOf = (path: string): string => path.split('/')[1]?.replace(/\.tsx?$/, '') ?? '';
const library = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

function violations(check: (file: Source, specifier: string) => string | undefined): string[] {
  return src.flatMap((file) => file.imports.map((specifier) => check(file, specifier)).filter((found) => found !== undefined));
}

test('every module has its place in the order', (t) => {
  t.deepEqual(
    [...new Set(src.map((file) => moduleOf(file.path)))].filter((name) => !ORDER.includes(name)),
    [],
  );
});

test('a module imports only what stands left of it', (t) => {
  const wrong = violations((file, specifier) => {
    if (!specifier.startsWith('.')) return undefined;
    const from = moduleOf(file.path);
    const to = moduleOf(`${resolveImport(file.path, specifier)}.ts`);
    return ORDER.indexOf(to) > ORDER.indexOf(from) ? `${file.path} imports ${specifier}: ${to} stands right of ${from}` : undefined;
  });
  t.deepEqual(wrong, []);
});

test("a module's face is its index.ts", (t) => {
  const wrong = violations((file, specifier) => {
    if (!specifier.startsWith('.')) return undefined;
    const target = resolveImport(file.path, specifier);
    const from = moduleOf(file.path);
    const to = moduleOf(`${target}.ts`);
    const inside = from === to || target.endsWith('/index') || target in FACES || target.split('/').length === 2;
    return inside || (from === 'main' && to === 'cli') ? undefined : `${file.path} imports ${specifier}`;
  });
  t.deepEqual(wrong, []);
});

test('each library has one owner', (t) => {
  const wrong = violations((file, specifier) => {
    if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
    const owners = OWNERS[library(specifier)];
    const from = moduleOf(file.path);
    if (!owners) return `${file.path} imports ${specifier}, which nobody owns`;
    return owners.includes('*') || owners.includes(from) ? undefined : `${file.path} imports ${specifier}, which belongs to ${owners.join(', ')}`;
  });
  t.deepEqual(wrong, []);
});

test('what is imported is in package.json', (t) => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  const wrong = violations((file, specifier) =>
    specifier.startsWith('.') || specifier.startsWith('node:') || library(specifier) in dependencies ? undefined : `${file.path} imports ${specifier}`,
  );
  t.deepEqual(wrong, []);
});

test('SQL stands in store.ts only', (t) => {
  const wrong = src
    .filter((file) => !file.path.startsWith('src/db/') && !/(^|\/|-)store\.ts$/.test(file.path) && !(file.path in SQL_ELSEWHERE))
    .filter((file) => /\bsql`/.test(withoutComments(file.text)))
    .map((file) => file.path);
  t.deepEqual(wrong, []);
});

test('no file is longer than a reader can hold', (t) => {
  const long = [...src, ...sources('test'), ...sources('scripts')].filter((file) => file.lines > LONGEST).map((file) => `${file.path}: ${file.lines} lines`);
  t.deepEqual(long, []);
});

test('what a person sees stands in the phrase files', (t) => {
  const allowed = ['src/phrases/', ...Object.keys(CHINESE_ELSEWHERE)];
  const wrong = src
    .filter((file) => !allowed.some((start) => file.path.startsWith(start)))
    .flatMap((file) =>
      withoutComments(file.text)
        .split('\n')
        .filter((line) => /\p{Script=Han}/u.test(line))
        .map((line) => `${file.path}: ${line.trim()}`),
    );
  t.deepEqual(wrong, []);
});

test('nothing is exported by default, and nothing is waved through', (t) => {
  const all = [...src, ...sources('test'), ...sources('scripts')];
  const wrong = all.filter(
    (file) =>
      /^export default|@ts-(ignore|nocheck)|\btest\.only\(/m.test(withoutComments(file.text)) ||
      /@ts-(ignore|nocheck)/.test(file.text.replace(/\/@ts-[^/]*\//g, '')),
  );
  t.deepEqual(
    wrong.map((file) => file.path).filter((path) => path !== 'test/architecture.test.ts'),
    [],
  );
});

test('only the destructions, of records and of logs past their term, and the sweeps of what no row names and of superseded partial tiles remove an object from the store', (t) => {
  const callers = src.filter((file) => !file.path.startsWith('src/storage/') && /\bstore\.remove\(/.test(withoutComments(file.text))).map((file) => file.path);
  t.deepEqual(callers.sort(), ['src/audit/publish/tidy.ts', 'src/audit/term/remove.ts', 'src/disposition/execution/remove.ts', 'src/vault/sweep-orphans.ts']);
});

test('only the destruction of keys destroys a key or deletes a wrap', (t) => {
  const outside = src.filter((file) => !file.path.startsWith('src/crypto/'));
  const callers = (form: RegExp): string[] => outside.filter((file) => form.test(withoutComments(file.text))).map((file) => file.path);
  t.deepEqual(callers(/\.destroyKek\b/), ['src/vault/keys/destroy/steps.ts']);
  t.deepEqual(callers(/wrapped_key\s*=\s*null/i), ['src/vault/keys/destroy/store.ts']);
});

test('no two locks of the database have one number', (t) => {
  const locks = src.flatMap((file) => [...withoutComments(file.text).matchAll(/= (7_104_\d{3});/g)].map((match) => `${match[1]}`));
  t.true(locks.length >= 8);
  t.deepEqual(
    locks.filter((lock, i) => locks.indexOf(lock) !== i),
    [],
  );
});

test('each invariant of ARCHITECTURE.md names a test that is there', (t) => {
  const lines = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')
    .split(/\n(?=- |#|\n)/)
    .filter((item) => item.includes('**Architecture Invariant'));
  t.true(lines.length >= 8);
  for (const line of lines) {
    const files = [...line.matchAll(/`(test\/[^`]+)`/g)].map((match) => match[1] ?? '');
    t.true(files.length > 0, line);
    for (const file of files) t.true(existsSync(join(ROOT, file)), `${file} is not there`);
  }
});
