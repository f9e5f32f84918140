import test from 'ava';
import { sql } from '../../src/db/index.js';
import { testDraft } from '../support/archive.js';
import { TONE } from '../support/tone.js';
import { multipart, staffed, testServer, type Staff, type TestServer } from '../support/server.js';

let server: TestServer;
let staff: Staff;
test.before(async () => {
  server = await testServer();
  staff = await staffed(server);
});
test.after.always(() => server.close());

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

test.serial('R84: the bootstrap is closed for good, and says so', async (t) => {
  const state = await server.client()('GET', '/api/v1/setup');
  t.is(state.json['state'], 'closed');
  const again = await server.client()('POST', '/api/v1/invitations/claim', {
    secret: server.serving.invitations[0]?.secret,
    name: 'x y',
    username: 'late.comer',
    password: 'correct horse battery staple',
  });
  t.is(again.status, 404);
});

test.serial('an agent takes a record in, finds it by every number, reads it, hands it back; the log knows all of it', async (t) => {
  const draft = testDraft({ client: { number: 'C-7001', name: '王小明', type: 'individual', phone: '13912345678' } });
  const made = await staff.agent('POST', '/api/v1/records', multipart('record', draft, [{ name: '报修截图.png', type: 'image/png', content: PNG }]), {
    'Idempotency-Key': 'journey-1',
  });
  t.is(made.status, 201, made.text);
  const id = String(made.json['id']);
  const code = String(made.json['archivalCode']);
  const replay = await staff.agent('POST', '/api/v1/records', multipart('record', draft, [{ name: '报修截图.png', type: 'image/png', content: PNG }]), {
    'Idempotency-Key': 'journey-1',
  });
  t.is(replay.status, 200, replay.text);
  t.is(replay.json['id'], id);
  for (const q of [String(draft['serviceNo']), code, 'C-7001', '139 1234 5678', '2026-03-01']) {
    const found = await staff.agent('GET', `/api/v1/find?q=${encodeURIComponent(q)}`);
    t.is(found.status, 200);
    t.true(
      (found.json['items'] as { id: string }[]).some((one) => one.id === id),
      q,
    );
    t.false(found.text.includes('13912345678'));
    t.false(found.text.includes('王小明'));
  }
  const view = await staff.agent('GET', `/api/v1/records/${id}`);
  t.is(view.status, 200);
  const fileId = (view.json['files'] as { id: string }[])[0]?.id;
  t.is((await staff.agent('POST', `/api/v1/records/${id}/readings`, { purpose: 'curiosity' })).status, 403);
  const reading = await staff.agent('POST', `/api/v1/records/${id}/readings`, { purpose: 'solve', note: '客户追问进度', ticket: 'T-88' });
  t.is(reading.status, 201, reading.text);
  const rid = String(reading.json['id']);
  const content = await staff.agent('GET', `/api/v1/readings/${rid}/content`);
  t.is((content.json['draft'] as { client: { name: string } }).client.name, '王小明');
  const file = await staff.agent('GET', `/api/v1/readings/${rid}/files/${fileId}`);
  t.deepEqual(file.bytes, PNG);
  t.is(file.headers.get('content-type'), 'image/png');
  t.is(file.headers.get('x-content-type-options'), 'nosniff');
  t.regex(file.headers.get('content-disposition') ?? '', /^inline; filename="[\x20-\x7e]*"; filename\*=UTF-8''%E6/);
  const part = await staff.agent('GET', `/api/v1/readings/${rid}/files/${fileId}`, undefined, { Range: 'bytes=-4' });
  t.is(part.status, 206);
  t.is(part.headers.get('content-range'), `bytes ${PNG.length - 4}-${PNG.length - 1}/${PNG.length}`);
  t.is((await staff.agent('GET', `/api/v1/readings/${rid}/files/${fileId}`, undefined, { Range: 'bytes=99999-' })).status, 416);
  t.is((await staff.agent('GET', `/api/v1/readings/${rid}/files/${fileId}?download=1`)).status, 403, 'viewing and downloading are separate rights');
  t.is((await staff.otherAgent('GET', `/api/v1/readings/${rid}/content`)).status, 404);
  t.is((await staff.agent('POST', `/api/v1/readings/${rid}/return`, { result: 'solved', note: '已答复客户' })).status, 204);
  t.is((await staff.agent('GET', `/api/v1/readings/${rid}/content`)).status, 403);

  const log = await staff.compliance('GET', `/api/v1/audit/entries?record=${id}&limit=100`);
  t.is(log.status, 200, log.text);
  const acts = (log.json['items'] as { act: string }[]).map((one) => one.act);
  for (const act of ['record.receive', 'record.archive', 'record.view', 'reading.open', 'reading.view.begin', 'reading.end', 'reading.return'])
    t.true(acts.includes(act), act);
  t.false(log.text.includes('13912345678'));
  const exported = await staff.compliance('GET', `/api/v1/audit/export?record=${id}&format=csv`);
  t.is(exported.status, 200);
  t.true(exported.text.split('\r\n').length > 7);
  t.is((await staff.agent('GET', '/api/v1/audit/entries')).status, 403);
});

test.serial('R44: recordings of calls are played on the page of the reading, AMR like WAV', async (t) => {
  const amr = { name: '通话.amr', type: 'audio/amr', content: TONE };
  const note = { name: 'note.txt', type: 'text/plain', content: Buffer.from('note') };
  const made = await staff.agent('POST', '/api/v1/records', multipart('record', testDraft(), [amr, note]));
  t.is(made.status, 201, made.text);
  const id = String(made.json['id']);
  const view = await staff.agent('GET', `/api/v1/records/${id}`);
  const [fileId, noteId] = (view.json['files'] as { id: string; name: string }[]).map((one) => one.id);
  const reading = await staff.agent('POST', `/api/v1/records/${id}/readings`, { purpose: 'solve' });
  const rid = String(reading.json['id']);
  const at = `/api/v1/readings/${rid}/files/${fileId}`;
  const page = await staff.agent('GET', `/readings/${rid}?file=${fileId}`);
  t.true(page.text.includes(`<audio class="viewer" src="${at}/sound" controls`), 'every browser plays what it is made');
  const wav = await staff.agent('GET', `${at}/sound`);
  t.deepEqual([wav.status, wav.headers.get('content-type'), wav.headers.get('accept-ranges')], [200, 'audio/wav', 'bytes']);
  t.is(wav.bytes.toString('latin1', 0, 4), 'RIFF');
  t.is(wav.bytes.length, 44 + 99 * 160 * 2);
  t.is(wav.headers.get('content-length'), String(wav.bytes.length));
  const part = await staff.agent('GET', `${at}/sound`, undefined, { Range: 'bytes=1000-1999' });
  t.deepEqual([part.status, part.headers.get('content-range')], [206, `bytes 1000-1999/${wav.bytes.length}`]);
  t.true(part.bytes.equals(wav.bytes.subarray(1000, 2000)));
  t.is((await staff.agent('GET', `${at}/sound`, undefined, { Range: 'bytes=99999999-' })).status, 416);
  t.is((await staff.agent('GET', `/api/v1/readings/${rid}/files/${noteId}/sound`)).json['code'], 'unsupported_type');
  t.is((await staff.otherAgent('GET', `${at}/sound`)).status, 404, 'a reading is its reader’s alone');
  const entries = await server.database.owner.one<{ n: number }>(
    sql`select count(*)::int as n from accesses where reading_id = ${rid} and file_id = ${fileId}`,
  );
  t.is(entries.n, 3, 'each playing is an access');
  const file = await staff.agent('GET', at);
  t.deepEqual(file.bytes, amr.content);
  t.is(file.headers.get('content-type'), 'audio/amr');
  t.regex(file.headers.get('content-disposition') ?? '', /^inline/);
  await staff.agent('POST', `/api/v1/readings/${rid}/return`, { result: 'solved' });
  t.is((await staff.agent('GET', `${at}/sound`)).json['code'], 'reading_expired');
});

test.serial('R83: none of the three administrators finds or reads a record', async (t) => {
  const found = await staff.agent('GET', '/api/v1/records?limit=1');
  const id = (found.json['items'] as { id: string }[])[0]?.id ?? '';
  for (const admin of [staff.systemAdmin, staff.securityAdmin, staff.auditAdmin]) {
    t.is((await admin('GET', '/api/v1/records')).status, 403);
    t.is((await admin('GET', `/api/v1/records/${id}`)).status, 403);
    t.is((await admin('POST', `/api/v1/records/${id}/readings`, { purpose: 'solve' })).status, 403);
  }
});

test.serial('R96: a batch is handed over by the one side and confirmed by another person, with its list as PDF', async (t) => {
  const batches = await staff.clerk('GET', '/api/v1/batches');
  const batch = (batches.json['items'] as { id: string; state: string; total: number }[])[0];
  t.truthy(batch);
  t.is((await staff.clerk('POST', `/api/v1/batches/${batch?.id}/confirm`)).status, 409);
  t.is((await staff.agent('POST', `/api/v1/batches/${batch?.id}/hand-over`)).status, 204);
  t.is((await staff.agent('POST', `/api/v1/batches/${batch?.id}/confirm`)).status, 403);
  t.is((await staff.clerk('POST', `/api/v1/batches/${batch?.id}/confirm`)).status, 204);
  const pdf = await staff.clerk('GET', `/api/v1/batches/${batch?.id}/transfer-list.pdf`);
  t.is(pdf.status, 200);
  t.is(pdf.bytes.subarray(0, 5).toString(), '%PDF-');
});

test.serial('R8: an import through the API: dry run, run, receipt that reconciles, reject file', async (t) => {
  const csv = `服务编号,服务日期,服务人员,客户编号,服务内容,服务结果,客户签名,服务评价\r\nI-1,2026-02-01,李静,C-1,"咨询套餐，含换行\n第二行",已解决,王五,5\r\nI-2,bad,李静,C-2,咨询,已解决,王五,5\r\n`;
  const body = (dryRun: boolean): FormData => {
    const form = new FormData();
    if (dryRun) form.append('dryRun', '1');
    form.append('parameters', JSON.stringify({ department: 'hotline', source: 'old-crm' }));
    form.append('file', new Blob([csv], { type: 'text/csv' }), '旧系统导出.csv');
    return form;
  };
  const dry = await staff.clerk('POST', '/api/v1/imports', body(true));
  t.is(dry.status, 200, dry.text);
  const started = await staff.clerk('POST', '/api/v1/imports', body(false));
  t.is(started.status, 202, started.text);
  let receipt = await staff.clerk('GET', `/api/v1/imports/${String(started.json['id'])}`);
  for (let i = 0; i < 100 && receipt.json['state'] === 'running'; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    receipt = await staff.clerk('GET', `/api/v1/imports/${String(started.json['id'])}`);
  }
  t.is(receipt.json['state'], 'finished', receipt.text);
  const counts = receipt.json['counts'] as Record<string, number>;
  t.is(counts['rowsTotal'], 2);
  t.is((counts['rowsTaken'] ?? 0) + (counts['rowsRejected'] ?? 0), 2);
  const rejects = await staff.clerk('GET', `/api/v1/imports/${String(started.json['id'])}/rejects.csv`);
  t.true(rejects.text.includes('not_a_time') || rejects.text.includes('not_a_date'), rejects.text);
});

test.serial('the log has no gap and no unlogged access', async (t) => {
  const [row] = await server.database.owner.many<{ accesses: bigint; missing: bigint }>(
    sql`select count(*) as accesses, count(*) filter (where not exists (select from audit_entries e where e.id = a.begin_entry)) as missing from accesses a`,
  );
  t.true((row?.accesses ?? 0n) > 0n);
  t.is(row?.missing, 0n);
});

test.serial('R14, R18, R29: the clerk reclassifies on the page, the manager confirms a longer term; history and code stay', async (t) => {
  const made = await staff.agent('POST', '/api/v1/records', testDraft({ specialTerm: { reason: '客户已提起诉讼' } }));
  const id = String(made.json['id']);
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const changed = await staff.clerk(
    'POST',
    `/records/${id}/classification`,
    'serviceType=complaint&clientType=individual&sensitivity=sensitive&tags=诉讼',
    form,
  );
  t.is(changed.status, 303, changed.text.slice(0, 300));
  t.is((await staff.agent('POST', `/records/${id}/term`, 'confirm=1', form)).status, 403);
  t.is((await staff.manager('POST', `/records/${id}/term`, 'confirm=1', form)).status, 303);
  const view = await staff.clerk('GET', `/api/v1/records/${id}`);
  t.is(view.json['archivalCode'], made.json['archivalCode']);
  t.is(view.json['serviceType'], 'complaint');
  t.is((view.json['term'] as { special: string; until: string }).special, 'confirmed');
  t.is((view.json['term'] as { until: string }).until, '2031-03-01');
  const fields = (view.json['history'] as { field: string }[]).map((one) => one.field);
  t.deepEqual(fields, ['serviceType', 'sensitivity', 'tags', 'term']);
  const page = await staff.manager('GET', `/records/${id}`);
  t.is(page.status, 200);
  t.true(page.text.includes('调整分类') || page.text.includes('已确认') || page.text.includes('2031'));
});
