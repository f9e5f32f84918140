import test from 'ava';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemActor } from '../../src/audit/index.js';
import { reconcileReads } from '../../src/checks/index.js';
import { sql } from '../../src/db/index.js';
import { JOURNAL, openStore } from '../../src/storage/index.js';
import { testDraft } from '../support/archive.js';
import { multipart, staffed, testServer, type Staff, type TestServer } from '../support/server.js';

let server: TestServer;
let staff: Staff;
test.before(async () => {
  server = await testServer();
  staff = await staffed(server);
});
test.after.always(() => server.close());

const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const list = '/api/v1/archive/verifications';
const looks = async (): Promise<number> =>
  (
    await server.database.owner.one<{
      n: number;
    }>(sql`select count(*)::int as n from (select entry from audit_entries union all select entry from audit_pending) e
      where entry like '%"act":"archive.verifications"%'`)
  ).n;

test.serial('R55: a verification of the archive is started from a page or the API, watched, and past ones are kept', async (t) => {
  t.is((await staff.agent('GET', '/system/archive')).status, 403);
  t.is((await staff.agent('POST', list, { mode: 'whole' })).status, 403);
  t.regex((await staff.systemAdmin('GET', '/system/archive')).text, /还没有校验过/);
  const begun = await staff.systemAdmin('POST', list, { mode: 'whole' });
  t.is(begun.status, 202);
  await server.serving.archive.checks.settled();
  const { items, next } = (await staff.systemAdmin('GET', list)).json as { items: { id: string; result: string; parts: object[] }[]; next: null };
  t.is(next, null);
  t.like(items, [{ id: begun.json['id'] as string, result: 'whole' }]);
  t.is(items[0]?.parts.length, 7);
  const page = await staff.systemAdmin('GET', `/system/archive/${String(begun.json['id'])}`);
  t.is(page.status, 200);
  t.regex(page.text, /没有发现问题/);
  t.is((await staff.systemAdmin('GET', `${list}/018f0000-0000-7000-8000-0000000000ff`)).status, 404);
  t.is((await staff.systemAdmin('POST', list, { mode: 'sample', size: 0 })).status, 422);
  const wrong = await staff.systemAdmin('POST', '/system/archive/start', 'mode=sample&size=0&seed=', form);
  t.is(wrong.status, 422);
  t.regex(wrong.text, /value="0"/);
  t.is((await staff.systemAdmin('POST', '/system/archive/start', 'mode=sample&size=3&seed=spring', form)).status, 303);
  await server.serving.archive.checks.settled();
  const sampled = (await staff.systemAdmin('GET', list)).json as { items: { seed: string }[] };
  t.is(sampled.items[0]?.seed, 'spring');
  t.like((await staff.systemAdmin('GET', '/system/archive/progress')).json, { finished: true });
});

test.serial('what is wrong raises an alarm on the page of those who may look, and one that stands still can be given up', async (t) => {
  await server.database.owner.run(sql`
    insert into archive_checks (id, started_at, pseudonym, mode, heard_at) values ('018f0000-0000-7000-8000-0000000000aa', now(), 'p-x', 'whole', now() - interval '1 hour')`);
  t.is((await staff.systemAdmin('POST', list, { mode: 'whole' })).status, 409);
  t.regex((await staff.systemAdmin('GET', '/system/archive')).text, /放弃这一次/);
  t.is((await staff.systemAdmin('POST', '/system/archive/give-up', '', form)).status, 303);
  await server.database.superuser.run(sql`alter table vault_identity disable trigger user`);
  await server.database.superuser.run(sql`update vault_identity set keystore_fingerprint = 'another'`);
  const { json } = await staff.systemAdmin('POST', list, { mode: 'whole' });
  await server.serving.archive.checks.settled();
  const found = (await staff.systemAdmin('GET', `${list}/${String(json['id'])}`)).json as { faults: object[]; check: object };
  t.like(found.check, { result: 'faulty', faultCount: 1 });
  t.like(found.faults, [{ part: 'keys', kind: 'foreign_keystore', number: 1 }]);
  t.regex((await staff.systemAdmin('GET', `/system/archive/${String(json['id'])}`)).text, /密钥库不属于此数据库/);
  t.regex((await staff.systemAdmin('GET', '/')).text, /个完整性告警/);
  const { archive } = server.serving;
  const before = await looks();
  t.deepEqual((await staff.systemAdmin('GET', '/api/v1/archive/reconciliations')).json, { items: [], found: [] });
  t.is(await looks(), before + 1);
  const thief = openStore({ kind: 'folder', folder: join(archive.config.dataDir, 'objects') });
  const made = await staff.agent('POST', '/api/v1/records', multipart('record', testDraft(), []));
  const object = await server.database.owner.one<{ key: string; version: string }>(
    sql`select store_key as key, store_version as version from objects where record_id = ${String(made.json['id'])}`,
  );
  for await (const piece of await thief.get(object)) t.true(piece.length > 0);
  await thief.close();
  const folder = join(archive.config.dataDir, 'objects', JOURNAL);
  const report = await reconcileReads(archive.checks.deps, systemActor(), { files: (await readdir(folder)).map((name) => join(folder, name)), bucket: '' });
  t.is(report.unloggedCount, 1);
  await archive.audit.settled(
    await archive.db.tx((tx) =>
      archive.audit.append(tx, { actor: systemActor(), act: 'archive.verifications', subject: { kind: 'archive', id: 'x' }, decision: 'allow' }),
    ),
  );
  t.like((await staff.systemAdmin('GET', '/api/v1/archive/reconciliations')).json, { items: [{ result: 'unlogged', unlogged: 1 }] });
  t.regex((await staff.systemAdmin('GET', '/system/archive')).text, /有人绕过档案库读取/);
  t.regex((await staff.systemAdmin('GET', '/')).text, /次读取绕过档案库/);
  t.notRegex((await staff.agent('GET', '/')).text, /个完整性告警/);
});
