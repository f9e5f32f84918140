import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { sql } from '../../src/db/index.js';
import { phrasesFor, say } from '../../src/phrases/index.js';
import { testDraft } from '../support/archive.js';
import { multipart, staffed, testServer, type Staff, type TestServer } from '../support/server.js';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const texts = phrasesFor('en').cli.index;
let server: TestServer;
let staff: Staff;

/** A command beside the running server, over the same stores. */
function lantai(...words: string[]): Promise<{ status: number; out: string }> {
  const { app, owner, audit } = server.database.urls;
  const env = {
    PATH: process.env['PATH'],
    LANG: 'en_US.UTF-8',
    LANTAI_DATA: server.folder,
    DATABASE_URL: app,
    DATABASE_OWNER_URL: owner,
    DATABASE_AUDIT_URL: audit,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...words], { env }, (error, stdout, stderr) => resolve({ status: Number(error?.code ?? 0), out: stdout + stderr }));
  });
}

const found = async (q: string): Promise<number> => Number((await staff.agent('POST', '/api/v1/search', { q })).json['total']);
async function until(what: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 150 && !(await what()); i++) await sleep(200);
}

test.before(async (t) => {
  t.timeout(120_000);
  server = await testServer({ worker: true });
  staff = await staffed(server);
  for (let i = 0; i < 3; i++) await staff.agent('POST', '/api/v1/records', multipart('record', testDraft({ title: `命令核对 ${i}` }), []));
  await until(async () => (await found('命令核对')) === 3);
});
test.after.always(() => server?.close());

test.serial('R51: `lantai verify index` beside a running server says what differs, and with --repair the index follows again', async (t) => {
  t.timeout(120_000);
  const whole = await lantai('verify', 'index');
  t.is(whole.status, 0, whole.out);
  t.true(whole.out.includes(texts.whole), whole.out);
  const { id } = await server.database.owner.one<{ id: string }>(sql`select id from records order by id limit 1`);
  await server.database.owner.run(sql`delete from search_documents where id = ${id}`);
  await server.database.owner.run(sql`delete from search_entries where id = ${id}`);
  t.is(await found('命令核对'), 2);
  const broken = await lantai('verify', 'index');
  t.is(broken.status, 2, broken.out);
  t.true(broken.out.includes(say(texts.report, { records: 3, indexed: 2, missing: 1, foreign: 0, stale: 0, waiting: 0 })), broken.out);
  t.is((await lantai('verify', 'index', '--repair')).status, 0);
  await until(async () => (await found('命令核对')) === 3);
  t.is(await found('命令核对'), 3);
});

test.serial('R51: `lantai rebuild-index` has the running server that keeps the index build it anew, on record', async (t) => {
  t.timeout(120_000);
  const generation = async (): Promise<number> =>
    (await server.database.owner.one<{ generation: number }>(sql`select generation from search_generation`)).generation;
  const before = await generation();
  const asked = await lantai('rebuild-index');
  t.is(asked.status, 0, asked.out);
  t.true(asked.out.includes(texts.busy), asked.out);
  await until(async () => (await generation()) > before);
  t.true((await generation()) > before);
  await until(async () => (await found('命令核对')) === 3);
  t.is(await found('命令核对'), 3);
});
