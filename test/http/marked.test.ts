import test from 'ava';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { Sheet } from '../../src/documents/index.js';
import { sql } from '../../src/db/index.js';
import { testDraft } from '../support/archive.js';
import { multipart, staffed, testServer, type Client, type Staff, type TestServer } from '../support/server.js';

let server: TestServer;
let staff: Staff;
let record: string;
/** One that the records manager reads under a grant only. */
let closed: string;

test.before(async (t) => {
  t.timeout(180_000);
  server = await testServer();
  staff = await staffed(server);
  const sheet = new Sheet({ title: { zh: '合同', en: 'Contract' }, archive: '云栖', madeAt: new Date(), zone: 'Asia/Shanghai' });
  sheet.page();
  const canvas = createCanvas(600, 800);
  canvas.getContext('2d').fillStyle = '#ffffff';
  canvas.getContext('2d').fillRect(0, 0, 600, 800);
  const files = [
    { name: '合同.pdf', type: 'application/pdf', content: await sheet.finish() },
    { name: '照片.png', type: 'image/png', content: await canvas.encode('png') },
    { name: '说明.txt', type: 'text/plain', content: Buffer.from('一句话') },
  ];
  const made = await staff.agent('POST', '/api/v1/records', multipart('record', testDraft({ sensitivity: 'internal' }), files));
  record = String(made.json['id']);
  const other = await staff.agent('POST', '/api/v1/records', multipart('record', testDraft({ sensitivity: 'sensitive' }), files));
  closed = String(other.json['id']);
});
test.after.always(() => server?.close());

interface Opened {
  path: string;
  marked: unknown;
  file(name: string): string;
}

async function open(who: Client, what = record): Promise<Opened> {
  const { id } = (await who('POST', `/api/v1/records/${what}/readings`, { purpose: 'solve' })).json as { id: string };
  const view = (await who('GET', `/api/v1/readings/${id}`)).json as { marked: boolean; files: { id: string; name: string }[] };
  const path = `/api/v1/readings/${id}`;
  return { path, marked: view.marked, file: (name) => `${path}/files/${view.files.find((one) => one.name === name)?.id ?? ''}` };
}

async function reddish(jpeg: Buffer): Promise<number> {
  const image = await loadImage(jpeg);
  const canvas = createCanvas(image.width, image.height);
  canvas.getContext('2d').drawImage(image, 0, 0);
  const { data } = canvas.getContext('2d').getImageData(0, 0, image.width, image.height);
  let found = 0;
  for (let i = 0; i < data.length; i += 4) if ((data[i] ?? 0) - (data[i + 2] ?? 0) > 12) found++;
  return found / (data.length / 4);
}

test.serial('R46: under a grant to view, pages and pictures are seen under a mark, and no byte of the files themselves; every page is on record', async (t) => {
  const granted = await staff.manager('POST', `/api/v1/records/${closed}/emergency`, { purpose: 'solve', reason: '客户在线等待' });
  t.is(granted.status, 201, granted.text);
  const reading = await open(staff.manager, closed);
  t.true(reading.marked);
  for (const name of ['合同.pdf', '照片.png', '说明.txt']) {
    for (const how of ['', '?download=1', '?print=1']) t.is((await staff.manager('GET', reading.file(name) + how)).status, 403, name + how);
  }
  const page = await staff.manager('GET', `${reading.file('合同.pdf')}/page?page=2`);
  t.is(page.status, 200, page.text);
  t.is(page.headers.get('content-type'), 'image/jpeg');
  t.is(page.headers.get('x-pages'), '2');
  t.true((await reddish(page.bytes)) > 0.004);
  const picture = await staff.manager('GET', `${reading.file('照片.png')}/page`);
  t.is(picture.status, 200);
  t.true((await reddish(picture.bytes)) > 0.004);
  t.is((await staff.manager('GET', `${reading.file('合同.pdf')}/page?page=3`)).status, 404);
  t.is((await staff.manager('GET', `${reading.file('说明.txt')}/page`)).status, 415);
  t.is((await staff.manager('GET', `${reading.file('合同.pdf')}/page?print=1`)).status, 403);
  const shown = await staff.manager('GET', `${reading.path.replace('/api/v1', '')}?file=${reading.file('合同.pdf').split('/').at(-1) ?? ''}&page=2`);
  t.is(shown.status, 200);
  t.true(shown.text.includes('page?page=2') && shown.text.includes('class="watermark"') && shown.text.includes('manager'));
  const { begun } = await server.database.owner.one<{ begun: bigint }>(
    sql`select count(*) as begun from (select entry from audit_entries union all select entry from audit_pending) e
      where entry like '%"reading.view.begin"%' and entry like '%"page":2%' and entry like ${`%${reading.path.split('/').at(-1) ?? ''}%`}`,
  );
  t.is(begun, 1n);
});

test.serial('R46: who reads by role views the files as they are, and downloads them only where rules say so', async (t) => {
  const reading = await open(staff.agent);
  t.false(reading.marked);
  t.is((await staff.agent('GET', reading.file('合同.pdf'))).status, 200);
  t.is((await staff.agent('GET', `${reading.file('合同.pdf')}?download=1`)).status, 403);
});

test.serial('R46: what is printed is marked, also where the file may be downloaded', async (t) => {
  const reading = await open(staff.manager);
  t.false(reading.marked);
  t.is((await staff.manager('GET', reading.file('合同.pdf'))).status, 200);
  t.is((await staff.manager('GET', `${reading.file('合同.pdf')}?print=1`)).status, 403);
  const print = await staff.manager('GET', `${reading.file('合同.pdf')}/page?print=1`);
  t.is(print.status, 200);
  t.true((await reddish(print.bytes)) > 0.004);
});

test.serial('bench: a marked page in the warm process', async (t) => {
  const reading = await open(staff.agent);
  const times: number[] = [];
  for (let i = 0; i < 20; i++) {
    const from = performance.now();
    await staff.agent('GET', `${reading.file('合同.pdf')}/page?page=${1 + (i % 2)}`);
    times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  t.log(`p50 ${Math.round(times[10] ?? 0)} ms, p95 ${Math.round(times[18] ?? 0)} ms`);
  t.true((times[10] ?? Infinity) < 2000);
});
