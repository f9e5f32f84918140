import test from 'ava';
import { testDraft } from '../support/archive.js';
import { sql } from '../../src/db/index.js';
import { multipart, staffed, testServer, type Staff, type TestServer } from '../support/server.js';

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
});
