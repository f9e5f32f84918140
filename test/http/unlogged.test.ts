import test from 'ava';
import { testDraft } from '../support/archive.js';
import { sql } from '../../src/db/index.js';
import { verifyStored } from '../../src/audit/index.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { multipart, staffed, testServer, type Staff, type TestServer } from '../support/server.js';

/** Seconds without an integrator; `LANTAI_DEAD_SECONDS=60` is the long run. */
const DEAD = Number(process.env['LANTAI_DEAD_SECONDS'] ?? 12);
let server: TestServer;
let staff: Staff;
test.before(async () => {
  server = await testServer();
  staff = await staffed(server);
});
test.after.always(() => server.close());

test.serial('R54: with the integrator stopped, content and files are refused with 503 and no byte of them leaves, in the API and on the page', async (t) => {
  const secret = '绝不该流出的一句话';
  const draft = testDraft({ content: secret });
  const made = await staff.agent('POST', '/api/v1/records', multipart('record', draft, [{ name: 'a.txt', type: 'text/plain', content: Buffer.from(secret) }]));
  const id = String(made.json['id']);
  const reading = String((await staff.agent('POST', `/api/v1/records/${id}/readings`, { purpose: 'solve' })).json['id']);
  const view = await staff.agent('GET', `/api/v1/readings/${reading}`);
  const fileId = (view.json['files'] as { id: string }[])[0]?.id;
  await server.serving.archive.audit.stop();
  const answers = await Promise.all(
    [`/api/v1/readings/${reading}/content`, `/api/v1/readings/${reading}/files/${fileId}`, `/readings/${reading}`].map((path) => staff.agent('GET', path)),
  );
  for (const answer of answers) {
    t.is(answer.status, 503, answer.text.slice(0, 200));
    t.false(answer.text.includes(secret));
  }
  const rows = await server.database.owner.many<{ bytes_sent: bigint | null }>(sql`select bytes_sent from accesses where reading_id = ${reading}`);
  t.true(rows.length >= 3);
  t.true(rows.every((row) => row.bytes_sent === 0n));

  // all that is not reading goes on, and nothing of it is lost
  const until = Date.now() + DEAD * 1000;
  const captured: string[] = [];
  while (Date.now() < until) {
    const one = await staff.agent('POST', '/api/v1/records', multipart('record', { ...draft, serviceNo: `D-${captured.length}` }, []));
    t.is(one.status, 201, one.text);
    captured.push(String(one.json['id']));
    const from = performance.now();
    t.is((await staff.agent('GET', `/api/v1/readings/${reading}/content`)).status, 503);
    t.true(performance.now() - from < 5_000);
  }
  // the page and the API say so, and so does readiness
  t.regex((await staff.compliance('GET', '/audit/state')).text, /有阻碍/);
  t.is((await staff.compliance('GET', '/api/v1/audit/logs')).json['well'], false);
  const { archive } = server.serving;
  t.regex((await archive.audit.state()).trouble ?? '', /wait/);
  await archive.audit.startIntegrator();
  for (let i = 0; i < 100 && (await archive.audit.state()).pending > 0; i++) await sleep(100);
  t.is((await staff.agent('GET', `/api/v1/readings/${reading}/content`)).status, 200);
  t.is((await staff.compliance('GET', '/api/v1/audit/logs')).json['well'], true);
  const logged = await server.database.owner.many<{ record_id: string }>(sql`select distinct record_id from audit_entries where record_id is not null`);
  t.deepEqual(
    captured.filter((one) => !logged.some((row) => row.record_id === one)),
    [],
  );
  const report = await verifyStored(server.database.owner, archive.keystore);
  t.deepEqual(report.faults, []);
});
