import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { sql } from '../../../src/db/index.js';
import type { Actor } from '../../../src/audit/index.js';
import { systemActor } from '../../../src/audit/index.js';
import { clearUnlocked, verifyCertificate } from '../../../src/disposition/index.js';
import { testDraft, type TestArchive } from '../../support/archive.js';
import { pdfsig, seesSignatures } from '../../support/pdf.js';
import { staffed, testServer, type Client, type Staff, type TestServer } from '../../support/server.js';
import { OLD } from '../support/sql.js';
import { registerOver, type Checked } from './support.js';

let server: TestServer;
let staff: Staff;
const clock = { ahead: 0 };
const now = (): Date => new Date(Date.now() + clock.ahead);
test.before(async () => {
  server = await testServer({ worker: true, now });
  staff = await staffed(server);
});
test.after.always(() => server.close());

/** Person and account of somebody who signed in. */
async function actorOf(username: string): Promise<Actor> {
  const row = await server.database.owner.one<{ id: string; person_id: string }>(sql`select id, person_id from accounts where username = ${username}`);
  return { ...systemActor(), kind: 'person', personId: row.person_id, accountId: row.id };
}

/** A register over records that were taken in through the API, checked by straight SQL, for the people of this archive. */
async function checkedFor(numbers: readonly string[], extra: Record<string, unknown> = {}): Promise<Checked> {
  const records: string[] = [];
  for (const serviceNo of numbers) {
    const made = await staff.agent('POST', '/api/v1/records', testDraft({ ...OLD, ...extra, serviceNo }));
    if (made.status !== 201) throw new Error(made.text);
    records.push(String(made.json['id']));
  }
  await endLocks();
  const { archive } = server.serving;
  const like = {
    deps: { ...archive.records, now },
    keystore: archive.keystore,
    database: server.database,
    clock: { now: now() },
    person: (role: string) => ({ ...systemActor(), roles: [role] }),
  } as unknown as TestArchive;
  await server.database.owner.tx(async (tx) => {
    await archive.audit.append(tx, { actor: systemActor(), act: 'test.change', subject: { kind: 'archive', id: 'test' }, decision: 'allow' });
    await tx.run(sql`update records set state = 'due' where id = any (${records}::uuid[])`);
  });
  return registerOver(like, records, {
    executor: await actorOf('clerk'),
    supervisors: [await actorOf('compliance'), await actorOf('agent.one')],
  });
}

/** Ends the day for which the store locks every new object. */
async function endLocks(): Promise<void> {
  const folder = join(server.folder, 'objects', 'v1');
  const past = new Date(Date.now() - 86_400_000);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && !entry.parentPath.endsWith('.incoming')) await utimes(join(entry.parentPath, entry.name), past, past);
  }
}

async function until(client: Client, id: string, state: string): Promise<Record<string, unknown>> {
  for (let i = 0; i < 300; i++) {
    const { json } = await client('GET', `/api/v1/destructions/${id}`);
    if (json['state'] === state) return json;
    await sleep(100);
  }
  throw new Error(`${id} does not become ${state}: ${(await client('GET', `/api/v1/destructions/${id}`)).text}`);
}

test.serial('R70, R105: a destruction through API and pages, from its executor to the certificate; others see nothing of it', async (t) => {
  t.timeout(120_000);
  const register = await checkedFor(['D-1', 'D-2']);
  clock.ahead += 3 * 86_400_000;
  for (const who of ['clerk', 'compliance', 'agent.one'] as const)
    await server.signedIn(who, 'correct horse battery staple').then((client) => Object.assign(again, { [who]: client }));
  const clerk = again['clerk'] as Client;
  const compliance = again['compliance'] as Client;
  const agent = again['agent.one'] as Client;
  t.is((await clerk('POST', `/api/v1/destructions/${register.id}/begin`, { number: 'X-2026-999999' })).status, 422);
  t.is((await clerk('POST', `/api/v1/destructions/${register.id}/retry`)).status, 409, 'nothing was begun that could be tried again');
  t.is((await compliance('POST', `/api/v1/destructions/${register.id}/retry`)).status, 403);
  t.is((await compliance('POST', `/api/v1/destructions/${register.id}/begin`, { number: register.number })).status, 403);
  const page = await clerk('GET', `/destructions/${register.id}`);
  t.is(page.status, 200, page.text.slice(0, 500));
  t.true(page.text.includes(register.number));
  const begun = await clerk('POST', `/api/v1/destructions/${register.id}/begin`, { number: register.number });
  t.is(begun.status, 202, begun.text);
  const open = await until(clerk, register.id, 'open');
  t.is(open['done'], 10);
  const items = await clerk('GET', `/api/v1/destructions/${register.id}/items`);
  const first = (items.json['items'] as { state: string; copies: { state: string; wrapped: boolean }[] }[])[0];
  t.is(first?.state, 'destroyed');
  t.deepEqual([first?.copies[0]?.state, first?.copies[0]?.wrapped], ['gone', false]);
  t.is((await compliance('POST', `/api/v1/destructions/${register.id}/witness`)).status, 204);
  t.is((await agent('POST', `/api/v1/destructions/${register.id}/witness`)).status, 204);
  await until(clerk, register.id, 'closed');
  for (const lang of ['zh', 'en']) {
    for (const path of ['/destructions', `/destructions/${register.id}`, '/destruction-certificates', `/records/${register.records[0] ?? ''}`]) {
      const shown = await clerk('GET', path, undefined, { 'Accept-Language': lang });
      t.is(shown.status, 200, path);
      t.true(shown.text.includes(path === '/destruction-certificates' ? `Z${register.number.slice(1)}` : register.number), `${path} ${lang}`);
    }
  }
  // who takes no part and may not list registers sees nothing, and not that there is something
  const other = await server.signedIn('agent.two', 'correct horse battery staple');
  t.is((await other('GET', `/api/v1/destructions/${register.id}`)).status, 404);
  t.deepEqual((await other('GET', '/api/v1/destructions')).json['items'], []);
  const certificates = await clerk('GET', '/api/v1/destruction-certificates');
  const [certificate] = certificates.json['items'] as { id: string; number: string }[];
  t.is((await other('GET', `/api/v1/destruction-certificates/${certificate?.id ?? ''}`)).status, 404);
  const pdf = await clerk('GET', `/api/v1/destruction-certificates/${certificate?.id ?? ''}`);
  t.is(pdf.headers.get('content-type'), 'application/pdf');
  t.is(pdf.bytes.subarray(0, 5).toString('latin1'), '%PDF-');
  Object.assign(kept, { pdf: pdf.bytes, register });
});
const again: Record<string, Client> = {};
const kept: { pdf?: Buffer; register?: Checked } = {};

test.serial('R71: the tombstone is found as destroyed, without personal data, and its number is refused if it comes again', async (t) => {
  const { register } = kept;
  const agent = again['agent.one'] as Client;
  const record = register?.records[0] ?? '';
  const shown = await agent('GET', `/api/v1/records/${record}`);
  t.is(shown.status, 200, shown.text);
  t.is(shown.json['state'], 'destroyed');
  t.is(shown.json['title'], '');
  t.false(/王|138|C-1029|李静/.test(shown.text), shown.text);
  const may = shown.json['may'] as Record<string, boolean>;
  t.false(Object.values(may).some(Boolean), 'nothing can be done with it any more');
  for (const lang of ['zh', 'en']) {
    const { text } = await agent('GET', `/records/${record}`, undefined, { Cookie: `${agent.cookie}; __Host-lang=${lang}` });
    t.true(text.includes(register?.number ?? '-') && text.includes(lang === 'zh' ? '已销毁' : 'Destroyed'), lang);
    t.false(/name="purpose"|action="[^"]*\/(readings|classification)"|— → —/.test(text), 'and nothing is offered');
    t.regex(text, lang === 'zh' ? /<title>此记录已销毁/ : /<title>This record was destroyed/);
    const list = (await agent('GET', '/find?q=D-1', undefined, { Cookie: `${agent.cookie}; __Host-lang=${lang}` })).text;
    t.true(list.includes(`/records/${record}"`), lang);
    t.false(/data-read|data-pick/.test(list), 'nor where it is found');
  }
  const found = await agent('POST', '/api/v1/search', { q: 'D-1' });
  const [hit] = found.json['items'] as { id: string; state: string }[];
  t.deepEqual([hit?.id, hit?.state], [record, 'destroyed']);
  t.is((await agent('POST', '/api/v1/search', { q: '宽带报修' })).json['total'], 0);
  t.is((await agent('POST', `/api/v1/records/${record}/readings`, { purpose: 'solve' })).status, 409);
  const comes = await agent('POST', '/api/v1/records', testDraft({ ...OLD, serviceNo: 'D-1' }));
  t.is(comes.status, 409);
  t.is(comes.json['code'], 'record_destroyed');
  await clearUnlocked(server.serving.archive.execution, systemActor());
});

(seesSignatures ? test.serial : test.serial.skip)('R72: pdfsig finds the certificate valid and trusted', async (t) => {
  const { authority } = await server.serving.archive.certificates.current();
  const said = await pdfsig(kept.pdf ?? Buffer.alloc(0), authority.pem);
  t.regex(said, /Signature is Valid/);
  t.regex(said, /Certificate is Trusted/);
});

test.serial('R72: the certificate verifies by itself, and nothing that was changed in it does', async (t) => {
  const pdf = kept.pdf ?? Buffer.alloc(0);
  const { authority } = await server.serving.archive.certificates.current();
  const found = verifyCertificate(pdf, [authority.fingerprint]);
  t.is(found.ok ? found.data.erasure : found, undefined, 'its term was over');
  t.true(found.ok, JSON.stringify(found));
  if (!found.ok) return;
  t.is(found.data.register.number, kept.register?.number ?? '');
  t.is(found.data.items.length, 2);
  t.true(found.data.executor.log?.sequence !== null, 'with its places in the log');
  t.false(/王小明|13812345678|宽带报修/.test(JSON.stringify(found.data)), 'without personal data of the records');
  t.deepEqual(verifyCertificate(pdf, ['0'.repeat(64)]), { ok: false, why: 'authority' });
  t.deepEqual(verifyCertificate(Buffer.concat([pdf, Buffer.from('more')]), [authority.fingerprint]), { ok: false, why: 'changed' });
  for (const at of [200, Math.trunc(pdf.length / 2), pdf.length - 10]) {
    const changed = Buffer.from(pdf);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    t.false(verifyCertificate(changed, [authority.fingerprint]).ok, String(at));
  }
  const padding = Buffer.from(pdf);
  padding.write('/Type /EmbeddedFile', pdf.indexOf('00>') - 40, 'latin1');
  t.deepEqual(verifyCertificate(padding, [authority.fingerprint]), { ok: false, why: 'changed' }, 'the one place without signature');
  t.deepEqual(verifyCertificate(Buffer.from('%PDF-1.7 nothing'), [authority.fingerprint]), { ok: false, why: 'not_signed' });
});
