import test from 'ava';
import { publishing } from '../../src/app/index.js';
import { checkProof, publishLog } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { staffed, testServer, type Staff, type TestServer } from '../support/server.js';

let server: TestServer;
let staff: Staff;
test.before(async () => {
  server = await testServer();
  staff = await staffed(server);
});
test.after.always(() => server.close());

test.serial('R57: a verification is started, one at a time, and its result stands on record and on the page', async (t) => {
  const begun = await staff.compliance('POST', '/api/v1/audit/verifications');
  t.is(begun.status, 202);
  await server.serving.archive.logRuns.settled();
  const { items } = (await staff.compliance('GET', '/api/v1/audit/verifications')).json as { items: { id: string; result: string; entries: string }[] };
  t.like(items, [{ id: begun.json['id'] as string, result: 'whole' }]);
  t.true(Number(items[0]?.entries) > 10);
  const page = await staff.compliance('GET', '/audit/state');
  t.is(page.status, 200);
  t.regex(page.text, /完整/);
  t.regex(page.text, /lantai\/[0-9a-f-]{36}\/audit\/\d{4}\n/);
  // one whose process is gone is told as cut off, and does not stand in the way of the next
  const id = '018f0000-0000-7000-8000-0000000000ff';
  await server.database.owner.run(sql`
    insert into log_verifications (id, started_at, pseudonym, total, heard_at) values (${id}, now(), 'p-x', 5, now())`);
  t.is((await staff.compliance('POST', '/api/v1/audit/verifications')).status, 409);
  await server.database.owner.run(sql`update log_verifications set heard_at = now() - interval '3 minutes' where id = ${id}`);
  const again = (await staff.compliance('GET', '/api/v1/audit/verifications')).json as { items: { id: string; result: string }[] };
  t.is(again.items.find((one) => one.id === id)?.result, 'cut_off');
  t.is((await staff.compliance('POST', '/api/v1/audit/verifications')).status, 202);
  await server.serving.archive.logRuns.settled();
  const acts = await server.database.owner.many<{ n: bigint }>(sql`
    select count(*) as n from (select entry from audit_entries union all select entry from audit_pending) e where entry like '%"act":"log.verify"%'`);
  t.is(acts[0]?.n, 4n);
});

test.serial('R57: what a verification finds is named with its entry', async (t) => {
  const { owner } = server.database;
  const year = String(new Date().getUTCFullYear());
  await owner.run(sql`update audit_entries set actor = 'p-innocent' where log = ${year} and sequence = 3`);
  t.is((await staff.compliance('POST', '/api/v1/audit/verifications')).status, 202);
  await server.serving.archive.logRuns.settled();
  const { items } = (await staff.compliance('GET', '/api/v1/audit/verifications')).json as { items: object[] };
  t.like(items[0], { result: 'faulty', faultCount: 1, faults: [{ kind: 'column', log: year, sequence: '3' }] });
  t.regex((await staff.compliance('GET', '/audit/state')).text, new RegExp(`/audit/${year}/3"`));
  t.regex((await staff.compliance('GET', '/')).text, /href="\/audit\/state#found"/, 'whoever may verify is told on the home page');
  await owner.run(sql`update audit_entries set actor = (entry::jsonb) ->> 'actor' where log = ${year} and sequence = 3`);
  t.is((await staff.compliance('POST', '/api/v1/audit/verifications')).status, 202);
  await server.serving.archive.logRuns.settled();
  t.notRegex((await staff.compliance('GET', '/')).text, /href="\/audit\/state#found"/, 'until one finds the log whole');
});

test.serial('R59: a proof from the API checks against the checkpoint and the key alone; its page draws the path', async (t) => {
  const { audit } = server.serving.archive;
  const year = String(new Date().getUTCFullYear());
  const proof = await staff.compliance('GET', `/api/v1/audit/logs/${year}/entries/5/proof`);
  t.is(proof.status, 200);
  const entry = await staff.compliance('GET', `/api/v1/audit/logs/${year}/entries/5/canonical`);
  t.is(checkProof(proof.text, entry.text, audit.originOf(year), audit.publicKey)?.sequence, 5n);
  const page = await staff.compliance('GET', `/audit/${year}/5/proof`);
  t.is(page.status, 200);
  t.regex(page.text, /<svg[^>]*role="img"/);
  t.is((await staff.compliance('GET', `/api/v1/audit/logs/${year}/entries/99999999/proof`)).status, 404);
  t.is((await staff.compliance('GET', `/api/v1/audit/logs/20x6/entries/1/proof`)).status, 422);
});

test.serial('R54: published files are given out under the paths of tlog-tiles to whoever may export the log', async (t) => {
  const { archive } = server.serving;
  const year = String(new Date().getUTCFullYear());
  const [published] = (await publishLog(publishing(archive))).checkpoints;
  const size = published?.size ?? 0n;
  const note = await staff.compliance('GET', `/audit/log/${year}/checkpoints/${String(size).padStart(20, '0')}`);
  t.is(note.status, 200);
  t.is(note.text.split('\n')[1], String(size));
  const width = Number(size % 256n);
  const bundle = await staff.compliance('GET', `/audit/log/${year}/tile/entries/${String(size / 256n).padStart(3, '0')}.p/${width}`);
  t.is(bundle.status, 200);
  t.regex((await staff.compliance('GET', `/audit/log/${year}/checkpoint`)).text, /^lantai\//);
  for (const path of ['tile/0/999', 'tile%2F0%2F..%2F..%2Fkeystore', 'checkpoints/1', 'x', `tile/entries/000.p/${width + 1}`])
    t.is((await staff.compliance('GET', `/audit/log/${year}/${path}`)).status, 404, path);
  t.is((await staff.agent('GET', `/audit/log/${year}/checkpoint`)).status, 403);
});

test.serial('R57: agents neither see the state of the log nor verify it nor get proofs', async (t) => {
  const year = String(new Date().getUTCFullYear());
  for (const path of [
    '/api/v1/audit/logs',
    '/api/v1/audit/checkpoint',
    '/api/v1/audit/verifications',
    `/api/v1/audit/logs/${year}/entries/5/proof`,
    '/audit/state',
  ])
    t.is((await staff.agent('GET', path)).status, 403, path);
  t.is((await staff.agent('POST', '/api/v1/audit/verifications')).status, 403);
  t.is((await staff.compliance('GET', '/api/v1/audit/logs')).status, 200);
  t.regex((await staff.compliance('GET', '/api/v1/audit/checkpoint')).text, /^lantai\//);
});
