import { connect } from 'node:net';
import test from 'ava';
import { sql } from '../../src/db/index.js';
import { testDraft } from '../support/archive.js';
import { multipart, staffed, testServer, type Staff, type TestServer } from '../support/server.js';

let server: TestServer;
let staff: Staff;
let record: string;
test.before(async () => {
  server = await testServer();
  staff = await staffed(server);
  const made = await staff.agent('POST', '/api/v1/records', testDraft());
  record = String(made.json['id']);
});
test.after.always(() => server.close());

const NUL = '%00';
const far = (8.64e15).toString(36);
const ID = '018f3a2b-0000-7000-8000-000000000001';

test.serial('addresses that no record, day or page can have are refused by code, never 500', async (t) => {
  for (const path of [
    `/api/v1/find?q=a${NUL}b`,
    '/api/v1/find?q=0000-01-01',
    '/api/v1/find?q=0000-01',
    '/api/v1/find?q=9999-12-31',
    '/api/v1/find?q=9999-12',
    `/api/v1/find?q=2026-01-01&after=${far}.${ID}`,
    '/api/v1/records?from=0000-01-01',
    '/api/v1/records?to=9999-12-31',
    `/api/v1/records?client=${NUL}`,
    `/api/v1/records?tag=${NUL}`,
    `/api/v1/records?staff=${NUL}`,
    `/api/v1/records?department=${NUL}`,
    `/api/v1/records?after=${far}.${ID}`,
    '/api/v1/records?limit=1e2',
    '/api/v1/records?department=a%20b',
    '/api/v1/records?department=a@b.cn',
    `/api/v1/records?client=${encodeURIComponent('王 小明 a@b.cn')}`,
    `/api/v1/readings?after=${far}.${ID}`,
    `/api/v1/batches?after=${far}.${ID}`,
    `/api/v1/waiting?after=${far}.${ID}`,
    `/find?q=a${NUL}b`,
    `/records?client=${NUL}`,
  ]) {
    const answer = await staff.agent('GET', path);
    t.true(answer.status < 500, `${path}: ${answer.status} ${answer.text.slice(0, 200)}`);
  }
  for (const path of [
    `/api/v1/imports?after=${far}.${ID}`,
    `/api/v1/imports?after=a.${'-'.repeat(36)}`,
    `/api/v1/lateness?afterLate=${far}.${ID}`,
    '/api/v1/imports/' + ID + '/rejects?after=99999999999999999999',
    `/api/v1/imports/${ID}/rejects?after=1.5`,
  ]) {
    const answer = await staff.clerk('GET', path);
    t.true(answer.status < 500, `${path}: ${answer.status} ${answer.text.slice(0, 200)}`);
  }
  for (const path of [`/api/v1/audit/entries?after=${far}`, `/api/v1/audit/entries?client=${NUL}`, '/api/v1/audit/entries?from=0000-01-01T00:00:00Z']) {
    const answer = await staff.compliance('GET', path);
    t.true(answer.status < 500, `${path}: ${answer.status} ${answer.text.slice(0, 200)}`);
  }
});

const STRANGE = ['a\u0000b', '\ud800', 'a\u202eb\u0007'];

test.serial('texts that cannot be kept are refused by code, wherever a text is taken', async (t) => {
  const reading = await staff.agent('POST', `/api/v1/records/${record}/readings`, { purpose: 'solve' });
  for (const text of STRANGE) {
    const bodies: [typeof staff.agent, string, unknown][] = [
      [staff.agent, `/api/v1/records/${record}/readings`, { purpose: 'solve', note: text }],
      [staff.agent, `/api/v1/records/${record}/readings`, { purpose: 'solve', ticket: text }],
      [staff.agent, `/api/v1/records/${record}/readings`, { purpose: text }],
      [staff.agent, `/api/v1/readings/${String(reading.json['id'])}/return`, { result: 'nonsense', note: text }],
      [staff.clerk, `/api/v1/records/${record}/reclassify`, { tags: [text] }],
      [staff.clerk, `/api/v1/records/${record}/send-back`, { reason: text }],
      [staff.clerk, '/api/v1/closings', { source: text, closings: [{ serviceNo: 'X', closedAt: '2026-01-01T00:00:00Z', department: 'hotline' }] }],
      [staff.clerk, '/api/v1/closings', { source: 'crm', closings: [{ serviceNo: text, closedAt: '2026-01-01T00:00:00Z', department: 'hotline' }] }],
      [staff.clerk, '/api/v1/closings', { source: 'crm', closings: [{ serviceNo: 'X', closedAt: '0000-01-01T00:00:00Z', department: 'hotline' }] }],
      [staff.agent, '/api/v1/records', testDraft({ absent: { place: text } })],
      [staff.agent, '/api/v1/records', testDraft({ tags: [text] })],
      [staff.agent, '/api/v1/records', testDraft({ signature: { kind: 'file', file: text } })],
    ];
    for (const [client, path, body] of bodies) {
      const answer = await client('POST', path, body);
      t.true(answer.status < 500, `${path} ${JSON.stringify(body).slice(0, 120)}: ${answer.status} ${answer.text.slice(0, 200)}`);
    }
  }
});

test.serial('names of sources are codes: what could be a sentence or an address never comes near the log', async (t) => {
  for (const system of ['old crm', 'crm@example.cn', ' crm', 'a\nb'])
    t.is((await staff.agent('POST', '/api/v1/records', testDraft({ source: { system } }))).status, 422, system);
  t.is((await staff.agent('POST', '/api/v1/records', testDraft({ source: { system: '客服系统-2' } }))).status, 201);
});

test.serial('a comparison takes no name that is no code, and no day before there were records', async (t) => {
  for (const [system, from] of [
    ['old crm', '2026-01-01'],
    ['crm@example.cn', '2026-01-01'],
    ['crm', '0000-01-01'],
  ] as const) {
    const form = new FormData();
    for (const [name, value] of Object.entries({ system, from, to: '2026-02-01' })) form.append(name, value);
    form.append('file', new Blob(['服务编号\r\nI-1\r\n'], { type: 'text/csv' }), 'a.csv');
    const answer = await staff.clerk('POST', '/api/v1/comparisons', form);
    t.is(answer.status, 422, answer.text.slice(0, 200));
  }
});

test.serial('a purpose that is no code of ours does not stand in the log as typed', async (t) => {
  const typed = '13912345678';
  t.is((await staff.agent('POST', `/api/v1/records/${record}/readings`, { purpose: typed })).status, 403);
  const [row] = await server.database.owner.many<{ n: number }>(sql`select count(*)::int as n from audit_entries where entry like ${`%${typed}%`}`);
  t.is(row?.n, 0);
});

test.serial('a record handed in for another department is refused, and the refusal is on record', async (t) => {
  t.is((await staff.otherAgent('POST', '/api/v1/records', testDraft())).status, 403);
  const log = await staff.compliance('GET', '/api/v1/audit/entries?act=route.refused&limit=100');
  t.true(log.text.includes('captureRecord'), log.text.slice(0, 500));
});

test.serial('JSON nested a hundred thousand deep, and one that names the prototype, change nothing and break nothing', async (t) => {
  const waiting = await staff.agent('POST', '/api/v1/records', { ...testDraft({ serviceType: 'complaint' }), result: undefined });
  t.is(waiting.status, 202, waiting.text);
  const path = `/api/v1/records/${String(waiting.json['id'])}/complete`;
  const deep = '{"client":'.repeat(50_000) + '1' + '}'.repeat(50_000);
  const list = '['.repeat(100_000) + ']'.repeat(100_000);
  for (const body of [
    deep,
    `{"tags":${list}}`,
    '{"__proto__":{"result":"x","serviceNo":"y"}}',
    '{"client":{"__proto__":{"number":"y"}}}',
    '{"constructor":{"prototype":{"x":1}}}',
  ]) {
    const answer = await staff.clerk('POST', path, body, { 'Content-Type': 'application/json' });
    t.true(answer.status < 500, `${body.slice(0, 60)}: ${answer.status} ${answer.text.slice(0, 200)}`);
    const taken = await staff.agent('POST', '/api/v1/records', body, { 'Content-Type': 'application/json' });
    t.is(taken.status, 422, `${body.slice(0, 60)}: ${taken.text.slice(0, 200)}`);
  }
  t.is(({} as Record<string, unknown>)['x'], undefined);
});

const BOUNDARY = 'lantai-test-boundary';
const part = (head: string, content: string): string => `--${BOUNDARY}\r\n${head}\r\n\r\n${content}\r\n`;
const json = (draft: unknown): string => part('Content-Disposition: form-data; name="record"', JSON.stringify(draft));
const file = (name: string, content: string): string =>
  part(`Content-Disposition: form-data; name="f"; filename="${name}"\r\nContent-Type: text/plain`, content);
const END = `--${BOUNDARY}--\r\n`;
const FORM = { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` };

test.serial('uploads in the wrong order, cut, doubled or nested are refused by code and leave no record', async (t) => {
  const [before] = await server.database.owner.many<{ n: number }>(sql`select count(*)::int as n from records`);
  const cases: [string, string, number][] = [
    ['files first', file('a.txt', 'x') + json(testDraft()) + END, 422],
    ['record twice', json(testDraft()) + json(testDraft()) + END, 422],
    ['a text after the files', json(testDraft()) + file('a.txt', 'x') + part('Content-Disposition: form-data; name="note"', 'y') + END, 422],
    ['cut in a file', json(testDraft()) + file('a.txt', 'x').slice(0, -6), 400],
    ['cut after a file', json(testDraft()) + file('a.txt', 'xyz'), 400],
    ['cut in the JSON', json(testDraft()).slice(0, -30), 400],
    ['no JSON', part('Content-Disposition: form-data; name="record"', '{') + END, 400],
    ['nothing', END, 422],
    ['no parts at all', '', 400],
    ['a head of 100 KB', part(`Content-Disposition: form-data; name="record"; x="${'y'.repeat(100_000)}"`, '{}') + END, 400],
    ['record as a file', part('Content-Disposition: form-data; name="record"; filename="r.json"', JSON.stringify(testDraft())) + END, 422],
    ['a JSON over the limit', part('Content-Disposition: form-data; name="record"', `{"x":"${'y'.repeat(1_100_000)}"}`) + END, 413],
  ];
  for (const [name, body, status] of cases) {
    const answer = await staff.agent('POST', '/api/v1/records', body, FORM);
    t.is(answer.status, status, `${name}: ${answer.text.slice(0, 300)}`);
  }
  t.is((await staff.agent('POST', '/api/v1/records', 'x', { 'Content-Type': 'multipart/form-data' })).status, 422);
  const [after] = await server.database.owner.many<{ n: number }>(sql`select count(*)::int as n from records`);
  t.is(after?.n, before?.n);
});

test.serial('R4: a hundred files are taken, the hundred and first is refused; an empty file is kept', async (t) => {
  const files = (n: number) => Array.from({ length: n }, (_, i) => ({ name: `${i}.txt`, type: 'text/plain', content: Buffer.from(i === 0 ? '' : `no ${i}`) }));
  const many = await staff.agent('POST', '/api/v1/records', multipart('record', testDraft(), files(100)));
  t.is(many.status, 201, many.text);
  const view = await staff.agent('GET', `/api/v1/records/${String(many.json['id'])}`);
  const shown = view.json['files'] as { id: string; size: number; flags: string[] }[];
  t.is(shown.length, 100);
  t.is(shown[0]?.size, 0);
  const reading = await staff.agent('POST', `/api/v1/records/${String(many.json['id'])}/readings`, { purpose: 'solve' });
  const empty = await staff.agent('GET', `/api/v1/readings/${String(reading.json['id'])}/files/${shown[0]?.id}`);
  t.is(empty.status, 200);
  t.is(empty.bytes.length, 0);
  t.is((await staff.agent('GET', `/api/v1/readings/${String(reading.json['id'])}/files/${shown[0]?.id}`, undefined, { Range: 'bytes=0-' })).status, 416);
  const over = await staff.agent('POST', '/api/v1/records', multipart('record', testDraft(), files(101)));
  t.is(over.status, 413, over.text);
  t.is(over.json['code'], 'too_many_files');
});

/** Sends bytes over a plain socket and cuts it; what came back until then. */
async function cutAfter(head: string, body: string, wait: number): Promise<string> {
  const { hostname, port } = new URL(server.serving.url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  socket.write(head + body);
  await new Promise((resolve) => setTimeout(resolve, wait));
  socket.destroy();
  return answer;
}

test.serial('a client that goes away in the middle of an upload leaves no record, and the server free', async (t) => {
  const draft = testDraft();
  const head = `POST /api/v1/records HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${staff.agent.cookie}\r\nContent-Type: ${FORM['Content-Type']}\r\nContent-Length: 5000000\r\n\r\n`;
  await cutAfter(head, json(draft) + file('a.txt', 'x'.repeat(200_000)).slice(0, -2), 400);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const [row] = await server.database.owner.many<{ n: number }>(sql`select count(*)::int as n from records where service_no = ${String(draft['serviceNo'])}`);
  t.is(row?.n, 0);
  const again = await staff.agent('POST', '/api/v1/records', draft);
  t.is(again.status, 201, again.text);
});

test.serial('a client that goes away in the middle of a reading: the end says how many bytes left, and not that it was whole', async (t) => {
  const content = Buffer.alloc(24 * 2 ** 20, 'a long file. ');
  const made = await staff.agent('POST', '/api/v1/records', multipart('record', testDraft(), [{ name: 'long.txt', type: 'text/plain', content }]));
  t.is(made.status, 201, made.text);
  const view = await staff.agent('GET', `/api/v1/records/${String(made.json['id'])}`);
  const reading = String((await staff.agent('POST', `/api/v1/records/${String(made.json['id'])}/readings`, { purpose: 'solve' })).json['id']);
  const path = `/api/v1/readings/${reading}/files/${(view.json['files'] as { id: string }[])[0]?.id}`;
  const { hostname, port } = new URL(server.serving.url);
  const socket = connect({ port: Number(port), host: hostname });
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${staff.agent.cookie}\r\n\r\n`);
  let come = '';
  await new Promise<void>((resolve) => {
    // the head of the answer comes by itself, before anything of the file does
    socket.on('data', (bytes) => {
      come += bytes.toString('latin1');
      if (/\r\n\r\n./s.test(come)) resolve();
    });
  });
  socket.pause();
  await new Promise((resolve) => setTimeout(resolve, 200));
  socket.destroy();
  const ended = async () =>
    (
      await server.database.owner.many<{ bytes_sent: bigint | null; whole: boolean | null }>(
        sql`select bytes_sent, whole from accesses where reading_id = ${reading} and ended_at is not null order by began_at`,
      )
    ).map((row) => ({ bytes: Number(row.bytes_sent), whole: row.whole }));
  for (let i = 0; i < 50 && (await ended()).length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 50));
  const [cut] = await ended();
  t.is(cut?.whole, false);
  t.true((cut?.bytes ?? 0) > 0 && (cut?.bytes ?? 0) < content.length, String(cut?.bytes));
  const whole = await staff.agent('GET', path);
  t.is(whole.bytes.length, content.length);
  const head = await staff.agent('HEAD', path);
  t.is(head.status, 200);
  t.is(head.bytes.length, 0);
  for (let i = 0; i < 50 && (await ended()).length < 3; i++) await new Promise((resolve) => setTimeout(resolve, 50));
  t.deepEqual((await ended()).slice(1), [
    { bytes: content.length, whole: true },
    { bytes: 0, whole: false },
  ]);
});
