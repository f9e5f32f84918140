import test from 'ava';
import { sql } from '../../src/db/index.js';
import { staffed, testServer, type Staff, type TestServer } from '../support/server.js';

let server: TestServer;
let staff: Staff;
test.before(async () => {
  server = await testServer();
  staff = await staffed(server);
});
test.after.always(() => server.close());

const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const list = '/api/v1/archive/verifications';

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
  t.notRegex((await staff.agent('GET', '/')).text, /个完整性告警/);
});
