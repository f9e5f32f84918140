import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { currentCode } from '../../src/accounts/index.js';
import { fromBase32 } from '../../src/accounts/second-factor/totp.js';
import { serve } from '../../src/app/index.js';
import { createLogger, loadConfig } from '../../src/config/index.js';
import { openDatabase, sql } from '../../src/db/index.js';
import { testDraft } from '../support/archive.js';
import { signInFully } from '../support/second-factor.js';
import { callerOf, multipart, staffed, type Client } from '../support/server.js';

/** What must stand nowhere: a phone number, an ID number with its check digit, a bank card, a name, sentences, a file's text. */
const PLANTED = [
  '13987654321',
  '11010519491231002X',
  '6222021234567890128',
  '欧阳靖琪',
  '水表读数与账单相差四百一十七吨',
  'the quick umbrella refused its seventh invoice',
  'planted-words-of-a-file-7c1f',
  '私人备注里的话从不见光',
];

async function* files(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (entry.isFile()) yield path;
  }
}

/** Every form in which a text may lie on a disk: UTF-8, UTF-16 both ways, GB18030 is left to the masks' own tests. */
function forms(text: string): Buffer[] {
  const utf16 = Buffer.from(text, 'utf16le');
  return [Buffer.from(text, 'utf8'), utf16, Buffer.from(utf16).swap16(), Buffer.from(Buffer.from(text).toString('base64').slice(0, -4))];
}

/** Words of a record that are no personal data: they may stand in the search index, masked text being all that it holds, and nowhere else. */
const WORDS = new Set(['水表读数与账单相差四百一十七吨', 'the quick umbrella refused its seventh invoice', 'planted-words-of-a-file-7c1f']);

/** The files of the unlogged tables of the search index, and of what belongs to them. */
async function indexFiles(url: string): Promise<string[]> {
  const owner = openDatabase({ connectionString: url, max: 1 });
  const rows = await owner.many<{ path: string }>(sql`
    with index_tables as (select oid, reltoastrelid from pg_class where relname like 'search\\_%' and relpersistence = 'u')
    select pg_relation_filepath(c.oid) as path from pg_class c
    where c.oid in (select oid from index_tables union select reltoastrelid from index_tables) and pg_relation_filepath(c.oid) is not null
    union select pg_relation_filepath(i.indexrelid) from pg_index i where i.indrelid in (select oid from index_tables union select reltoastrelid from index_tables)`);
  await owner.close();
  return rows.map((row) => row.path);
}

/** Enrols a second factor, on the page and by API, uses it up, and gives its secret and recovery codes. */
async function plantSecret(client: Client): Promise<string[]> {
  const begun = await client('POST', '/api/v1/me/second-factor');
  const secret = String(begun.json['secret']);
  const page = await client('GET', '/second-factor/enrol');
  if (!page.text.replace(/\s/g, '').includes(secret)) throw new Error('the page of enrolment shows no secret');
  await client('POST', '/api/v1/me/second-factor/confirm', { code: secret });
  const confirmed = await client('POST', '/api/v1/me/second-factor/confirm', { code: currentCode(String(begun.json['uri']), new Date()) });
  const codes = confirmed.json['recoveryCodes'] as string[];
  await client('POST', '/api/v1/me/second-factor/show', { code: codes[0] });
  await client('POST', '/api/v1/me/second-factor/show', { code: codes[0] });
  return [secret, ...codes];
}

async function traces(folder: string, planted: readonly { name: string; forms: readonly Buffer[] }[]): Promise<string[]> {
  const found: string[] = [];
  let looked = 0;
  for await (const path of files(folder)) {
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    looked += bytes.length;
    for (const { name, forms } of planted) if (forms.some((form) => bytes.includes(form))) found.push(`${name} in ${path.slice(folder.length)}`);
  }
  if (looked < 1_000_000) throw new Error('looked at too little to say anything');
  return found;
}

test('R19, R47: planted personal data, sentences, the secret and recovery codes of a second factor stand nowhere: objects, database files, write-ahead log, uploads, logs, temporary files', async (t) => {
  t.timeout(180_000);
  const folder = await mkdtemp(join(tmpdir(), 'lantai-test-leaks-'));
  const lines: string[] = [];
  let index: string[] = [];
  let holder: ReturnType<typeof openDatabase> | undefined;
  let factor: string[] = [];
  const log = createLogger({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } });
  const config = loadConfig({ LANTAI_DATA: folder, LANTAI_PORT: '0', LANTAI_LOG_LEVEL: 'debug' });
  const serving = await serve(config, { log, tell: () => undefined, demo: false, worker: true, version: '0.0.0-test' });
  try {
    const staff = await staffed({
      serving,
      client: () => callerOf(serving.url),
      signedIn: async (username, password) => {
        const one = callerOf(serving.url);
        await signInFully(one, serving.url, username, password);
        return one;
      },
    });
    factor = await plantSecret(staff.agent);
    t.is(factor.length, 11);
    const draft = testDraft({
      client: { number: 'C-LEAK', name: '欧阳靖琪', type: 'individual', phone: '13987654321', email: 'x@example.com' },
      title: '来电 13987654321 反映水费异常（证件 11010519491231002X）',
      content: '客户称水表读数与账单相差四百一十七吨。the quick umbrella refused its seventh invoice',
      solution: '退款至银行卡 6222021234567890128。',
    });
    const made = await staff.agent(
      'POST',
      '/api/v1/records',
      multipart('record', draft, [
        {
          name: '欧阳靖琪 13987654321.txt',
          type: 'text/plain',
          content: Buffer.from(`致电 13987654321 欧阳靖琪\n${'planted-words-of-a-file-7c1f\n'.repeat(3000)}`),
        },
      ]),
    );
    t.is(made.status, 201, made.text);
    const reading = await staff.agent('POST', `/api/v1/records/${String(made.json['id'])}/readings`, { purpose: 'solve', note: '私人备注里的话从不见光' });
    const content = await staff.agent('GET', `/api/v1/readings/${String(reading.json['id'])}/content`);
    t.true(content.text.includes('欧阳靖琪'));
    await staff.agent('POST', `/api/v1/readings/${String(reading.json['id'])}/return`, { result: 'solved', note: '私人备注里的话从不见光' });
    // refused and failing requests with the same words
    await staff.agent('POST', '/api/v1/records', { ...draft, closedAt: '欧阳靖琪' });
    await staff.agent('POST', '/api/v1/records', multipart('record', { ...draft, result: '私人备注里的话从不见光' }, []));
    await staff.agent('GET', `/api/v1/find?q=${encodeURIComponent('13987654321')}`);
    for (const q of ['13987654321', '欧阳靖琪 账单', '水表读数与账单', '"the quick umbrella"']) await staff.agent('POST', '/api/v1/search', { q });
    await staff.agent('POST', '/api/v1/search/complete', { q: '欧阳靖琪', at: 4 });
    await staff.agent('POST', '/api/v1/searches', { name: '私人备注里的话从不见光', q: '13987654321' });
    await staff.agent('GET', `/api/v1/records?staff=${encodeURIComponent('欧阳靖琪')}`);
    const form = new FormData();
    form.append('parameters', JSON.stringify({ department: 'hotline', source: 'old' }));
    form.append(
      'file',
      new Blob([
        '服务编号,服务日期,服务人员,客户编号,服务内容,服务结果,客户签名,服务评价\r\nL-1,2026-02-01,李静,C-1,水表读数与账单相差四百一十七吨,已解决,欧阳靖琪,5\r\nL-2,bad,李静,C-2,the quick umbrella refused its seventh invoice,已解决,王五,5\r\n',
      ]),
      'old.csv',
    );
    const started = await staff.clerk('POST', '/api/v1/imports', form);
    t.is(started.status, 202, started.text);
    for (let i = 0; i < 100; i++) {
      const receipt = await staff.clerk('GET', `/api/v1/imports/${String(started.json['id'])}`);
      if (receipt.json['state'] !== 'running') break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    for (let i = 0; i < 400; i++) {
      const found = await staff.agent('POST', '/api/v1/search', { q: '"planted-words-of-a-file-7c1f" 水表读数' });
      if (found.json['total'] === 1) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    // from here on no purge may give the index other files than those that are listed: it would wait for this transaction
    holder = openDatabase({ connectionString: serving.archive.databases.urls.owner, max: 1 });
    const session = await holder.session();
    session.onLost(() => undefined);
    await session.run(sql`begin`);
    await session.many(sql`select id from search_documents limit 1`);
    index = await indexFiles(serving.archive.databases.urls.owner);
    // everything that PostgreSQL still holds in memory goes to its files
    const owner = openDatabase({ connectionString: serving.archive.databases.urls.owner, max: 1 });
    await owner.many(sql`select pg_sleep(0)`);
    await owner.close();
  } finally {
    await serving.stop();
  }
  void holder?.close().catch(() => undefined);
  const inIndex = (trace: string): boolean => index.some((path) => trace.endsWith(`/${path}`));
  const planted = [...PLANTED, ...factor];
  const found = await traces(folder, [
    ...planted.map((text) => ({ name: text, forms: forms(text) })),
    { name: 'bytes of the secret', forms: [fromBase32(factor[0] ?? ''), Buffer.from(fromBase32(factor[0] ?? '').toString('hex'))] },
  ]);
  t.true(
    found.some((trace) => inIndex(trace)),
    'the index was there to be looked at',
  );
  t.deepEqual(
    found.filter((trace) => !(inIndex(trace) && WORDS.has(trace.slice(0, trace.lastIndexOf(' in '))))),
    [],
  );
  const logged = lines.join('\n');
  t.deepEqual(
    planted.filter((text) => logged.includes(text)),
    [],
  );
  await rm(folder, { recursive: true, force: true });
});
