import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { memoryPath, Signer } from '../../src/audit/log/signer.js';
import { staffed, testServer, type Staff, type TestServer } from '../support/server.js';

const YEAR = String(new Date().getUTCFullYear());
let server: TestServer;
let staff: Staff;
test.before(async () => {
  server = await testServer();
  staff = await staffed(server);
});
test.after.always(() => server.close());

/** The signer has signed what the database does not have: as after a restore from a backup. */
async function putBack(): Promise<void> {
  const { audit, keystore } = server.serving.archive;
  await audit.stop();
  const signer = await Signer.open(memoryPath(keystore.folder), keystore.signingKey('audit-log'));
  const last = await signer.last();
  const epoch = await signer.epoch();
  await signer.sign({ log: YEAR, origin: audit.originOf(YEAR), from: last?.size ?? 0n, leaves: Array.from({ length: 7 }, () => randomBytes(32)), epoch });
  await signer.close();
  await audit.startIntegrator();
}

test.serial('R54 R55: after a restore that lost something readings answer 503, and two administrators close the log over the API and the page', async (t) => {
  t.is((await staff.securityAdmin('GET', '/api/v1/audit/breaks')).json['broken'], null);
  t.is((await staff.securityAdmin('POST', '/api/v1/audit/breaks', { reason: 'restore', words: 'x' })).status, 409, 'nothing is broken');
  await putBack();
  const refused = await staff.compliance('GET', '/api/v1/audit/entries');
  t.is(refused.status, 503);
  t.is(refused.json['code'], 'audit_unavailable');
  // what the page says in both languages, to those whose part it is
  const page = await staff.securityAdmin('GET', '/audit/breaks');
  t.is(page.status, 200);
  t.regex(page.text, /日志短于已签名者/);
  t.regex((await staff.securityAdmin('GET', '/audit/breaks?lang=en', undefined, { 'Accept-Language': 'en' })).text, /503/);
  for (const stranger of [staff.compliance, staff.agent, staff.systemAdmin]) {
    t.is((await stranger('GET', '/audit/breaks')).status, 403);
    t.is((await stranger('GET', '/api/v1/audit/breaks')).status, 403);
    t.is((await stranger('POST', '/api/v1/audit/breaks', { reason: 'restore', words: 'x' })).status, 403);
  }
  t.is((await staff.auditAdmin('POST', '/api/v1/audit/breaks', { reason: 'restore', words: 'x' })).status, 403);
  t.is((await staff.securityAdmin('POST', '/api/v1/audit/breaks', { reason: 'restore', words: ' ' })).status, 422);
  const form = await staff.securityAdmin('POST', '/audit/breaks', new URLSearchParams({ reason: 'restore', words: '' }).toString(), {
    'Content-Type': 'application/x-www-form-urlencoded',
    Origin: server.serving.url,
  });
  t.is(form.status, 422);
  const proposed = await staff.securityAdmin('POST', '/api/v1/audit/breaks', { reason: 'restore', words: '<b>The disk failed</b>' });
  t.is(proposed.status, 201);
  const id = proposed.json['id'] as string;
  t.is((await staff.securityAdmin('POST', `/api/v1/audit/breaks/${id}/decision`, { agree: true })).status, 403);
  const seen = await staff.auditAdmin('GET', '/audit/breaks');
  t.regex(seen.text, /&lt;b(>|&gt;)The disk failed/);
  t.regex((await staff.auditAdmin('GET', '/audit/state')).text, /href="\/audit\/breaks"/, 'the state page leads there');
  t.true((await staff.auditAdmin('POST', `/api/v1/audit/breaks/${id}/decision`, { agree: true })).status < 300);
  t.is((await staff.auditAdmin('POST', `/api/v1/audit/breaks/${id}/decision`, { agree: true })).status, 409);
  for (let i = 0; i < 100 && (await server.serving.archive.audit.state()).trouble !== null; i++) await sleep(100);
  const found = await staff.compliance('GET', '/api/v1/audit/entries?limit=1');
  t.is(found.status, 200);
  t.is((found.json['items'] as { log: string }[])[0]?.log, `${YEAR}b`);
  t.is((await staff.compliance('GET', `/audit/${YEAR}b/0`)).status, 200);
  t.is((await staff.compliance('GET', `/api/v1/audit/logs/${YEAR}b/entries/1/proof`)).status, 200);
  const { items } = (await staff.auditAdmin('GET', '/api/v1/audit/breaks')).json as { items: { decision: string; proposedBy: string; decidedBy: string }[] };
  t.is(items[0]?.decision, 'agreed');
  t.not(items[0]?.proposedBy, items[0]?.decidedBy);
});
