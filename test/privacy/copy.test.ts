import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { tmpdir } from 'node:os';
import test from 'ava';
import type { Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { decideFile, listCopyFiles, listDisclosed, makeCopy, maskForClient, otherNames, ownData, viewRequest, answerRequest } from '../../src/privacy/index.js';
import { answerRestriction, capture, proposeRestriction, recordDraft } from '../../src/records/index.js';
import { testDraft } from '../support/archive.js';
import { decided, testPrivacy, type TestPrivacy } from './support.js';
import { why } from '../support/why.js';
import { unzip } from './unzip.js';

let archive: TestPrivacy;
let maker: Actor;
let officer: Actor;
let manager: Actor;
test.before(async () => {
  archive = await testPrivacy();
  maker = archive.person('supervisor');
  officer = archive.person('compliance_officer', 'compliance');
  manager = archive.person('records_manager', 'archive');
});
test.after.always(() => archive?.close());

/** Of other people, planted in the client's own records. */
const OTHERS = ['13755550001', '110105199003071231', '6222021234567890128', '张三丰', '李静', '王督办', 'li@other.example'];
const CLIENT = {
  number: 'C-COPY-1',
  name: '周小雨',
  type: 'individual',
  phone: '13812345678',
  email: 'Zhou@Example.com',
  address: '上海市静安区南京西路100号',
};
const file = (name: string, text: string) => ({ name, body: Readable.from([Buffer.from(text)], { objectMode: false }), size: null });
const take = async (change: Record<string, unknown>, files: ReturnType<typeof file>[] = []): Promise<string> =>
  (await capture(archive.deps, archive.person('agent'), { draft: testDraft(change), files })).id;
async function bytesOf(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const one of body) parts.push(one);
  return Buffer.concat(parts);
}
const grant = (client: string) => decided(archive, { clerk: maker, officer }, { kind: 'copy', client, outcome: 'fulfil' });

test.serial('PIPL 45: a copy holds the client’s records and only theirs; planted data of others is found nowhere', async (t) => {
  await take(
    {
      client: CLIENT,
      title: '周小雨来电',
      content: `周小雨（13812345678，zhou@example.com）称邻居张三丰电话 13755550001，身份证 110105199003071231 有误。`,
      participants: [{ name: '张三丰', role: '邻居' }, { name: '周小雨' }],
    },
    [file('invoice.txt', 'approved content of the file'), file('other.txt', 'never approved content')],
  );
  await take({
    client: CLIENT,
    content: '张三丰又来电，卡号 6222021234567890128，邮箱 li@other.example。',
    staff: { number: '8001', name: '李静' },
    handling: '转王督办',
    followUps: [{ at: '2026-03-01T12:00:00+08:00', note: '李静回访' }],
  });
  await take({
    client: CLIENT,
    serviceType: 'complaint',
    handling: '升级',
    feedback: { kind: 'complaint', priority: 'normal', demand: '退费', assignedTo: '王督办' },
    staff: { name: '王督办' },
    followUps: [{ at: '2026-03-01T12:00:00+08:00', note: '已跟进' }],
    returnCall: { at: '2026-03-01T13:00:00+08:00', result: '满意' },
  });
  await take({ client: { ...CLIENT, number: 'C-COPY-2', name: '吴另人' }, content: '别人的记录：雪松牌净水器' });
  const restricted = await take({ client: CLIENT, content: '受限内容：孔雀蓝' });
  const { id: restriction } = await proposeRestriction(archive.deps, officer, { records: [restricted], ground: 'disputed', reason: '核实' });
  await answerRestriction(archive.deps, manager, { id: restriction, agree: true });

  const id = await grant('C-COPY-1');
  const files = await listCopyFiles(archive.privacy, maker, id);
  t.is(files.length, 2);
  const invoice = files.find((one) => one.name === 'invoice.txt');
  await decideFile(archive.privacy, maker, { id, fileId: invoice?.id ?? '', approved: true });
  const before = readdirSync(tmpdir()).length;
  const copy = await makeCopy(archive.privacy, maker, { id, lang: 'zh' });
  const zipped = await bytesOf(copy.body);
  t.true(readdirSync(tmpdir()).length <= before, 'nothing was put aside on disk');
  const found = unzip(zipped);
  const names = [...found.keys()];
  const records = names.filter((name) => name.startsWith('records/') && name.endsWith('.json'));
  const all = [...found].map(([name, bytes]) => `${name}\n${name.endsWith('.pdf') ? '' : bytes.toString('utf8')}`).join('\n');
  t.true(records.length >= 2, names.join());
  for (const theirs of ['周小雨', '13812345678', 'zhou@example.com', 'C-COPY-1']) t.true(all.includes(theirs), theirs);
  for (const planted of [...OTHERS, '吴另人', '雪松牌', '孔雀蓝', '"8001"', 'never approved content']) t.false(all.includes(planted), planted);
  t.true(all.includes('approved content of the file'));
  const masked = found.get('masked.csv')?.toString('utf8') ?? '';
  for (const kind of ['phone', 'residentId', 'bankCard', 'email', 'name']) t.regex(masked, new RegExp(`,${kind},\\d`));
  const pdf = found.get('list.pdf') ?? Buffer.alloc(0);
  const text = spawnSync('pdftotext', ['-layout', '-', '-'], { input: pdf, encoding: 'utf8' });
  if (text.error === undefined) {
    const flat = text.stdout.replace(/\s+/g, '');
    for (const part of ['限制利用', 'other.txt', '未经逐件审定']) t.true(flat.includes(part), part);
    for (const planted of OTHERS) t.false(flat.includes(planted), planted);
  }
  t.true(pdf.includes('adbe') || pdf.includes('ETSI.CAdES.detached'), 'the list is signed');
  // every digest of the manifest is that of its file
  const manifest = attachedManifest(pdf);
  if (manifest)
    for (const one of manifest)
      t.is(
        createHash('sha256')
          .update(found.get(one.name) ?? '')
          .digest('hex'),
        one.sha256,
        one.name,
      );

  const view = await viewRequest(archive.privacy, officer, id);
  t.deepEqual(view.missing, ['fulfilment'], 'a copy that left whole counts');
  const [disclosure] = (await listDisclosed(archive.privacy, officer)).items;
  t.like(disclosure, { kind: 'client_copy', basis: 'client', sourceId: id, recipient: '周某', records: records.length });
  const readings = await archive.database.owner.many<{ purpose: string; state: string }>(
    sql`select g.purpose, g.state from readings g join records r on r.id = g.record_id where r.client_number = 'C-COPY-1' and g.person_id = ${maker.personId}`,
  );
  t.is(readings.length, records.length, 'each record was opened by a reading of its own');
  t.true(readings.every((one) => one.purpose === 'client_request' && one.state === 'returned'));
});

function attachedManifest(pdf: Buffer): { name: string; sha256: string }[] | undefined {
  const script = `import sys,re,zlib,json\nd=sys.stdin.buffer.read()\nfor m in re.finditer(rb'stream\\r?\\n(.*?)\\r?\\nendstream',d,re.S):\n  for f in (lambda b:zlib.decompress(b),lambda b:b):\n    try:\n      j=json.loads(f(m.group(1)))\n      print(json.dumps(j)); sys.exit()\n    except Exception: pass`;
  const run = spawnSync('python3', ['-c', script], { input: pdf, encoding: 'utf8' });
  return run.error === undefined && run.stdout !== '' ? (JSON.parse(run.stdout) as { name: string; sha256: string }[]) : undefined;
}

test.serial('a copy that breaks off counts for nothing, and says so in the log', async (t) => {
  await take({ client: { ...CLIENT, number: 'C-COPY-3' } });
  const id = await grant('C-COPY-3');
  const copy = await makeCopy(archive.privacy, maker, { id, lang: 'en' });
  for await (const piece of copy.body) if (piece.length > 0) break;
  t.true((await viewRequest(archive.privacy, officer, id)).missing.includes('copy'));
  t.is(await why(answerRequest(archive.privacy, maker, { id, note: 'x' })), 'not_fulfilled');
  const { whole } = await archive.database.owner.one<{ whole: boolean }>(sql`select whole from privacy_copies where request_id = ${id}`);
  t.false(whole);
  await bytesOf((await makeCopy(archive.privacy, maker, { id, lang: 'en' })).body);
  t.false((await viewRequest(archive.privacy, officer, id)).missing.includes('copy'));
});

test.serial('a copy takes a decision that grants it, the right role and a second factor', async (t) => {
  const id = await grant('C-COPY-3');
  t.is(await why(makeCopy(archive.privacy, { ...maker, secondFactor: false }, { id, lang: 'zh' })), 'second_factor_required');
  t.is(await why(makeCopy(archive.privacy, archive.person('agent'), { id, lang: 'zh' })), 'forbidden');
  const refused = await decided(archive, { clerk: maker, officer }, { kind: 'copy', client: 'C-COPY-3', outcome: 'refuse', ground: 'repeated' });
  t.is(await why(makeCopy(archive.privacy, maker, { id: refused, lang: 'zh' })), 'wrong_state');
  t.is(await why(decideFile(archive.privacy, maker, { id, fileId: '018f0000-0000-7000-8000-000000000001', approved: true })), 'not_found');
  t.is(await why(listDisclosed(archive.privacy, maker)), 'forbidden');
});

test.serial('R103: who may read none of the records makes no copy: nothing is handed out, counted, or missing on the register', async (t) => {
  await take({ client: { ...CLIENT, number: 'C-COPY-4' } });
  const id = await grant('C-COPY-4');
  t.is(await why(makeCopy(archive.privacy, officer, { id, lang: 'en' })), 'forbidden');
  t.deepEqual(await archive.database.owner.many(sql`select id from privacy_copies where request_id = ${id}`), []);
  t.true((await viewRequest(archive.privacy, officer, id)).missing.includes('copy'));
  await bytesOf((await makeCopy(archive.privacy, maker, { id, lang: 'en' })).body);
  t.false((await viewRequest(archive.privacy, officer, id)).missing.includes('copy'));
  t.is((await listDisclosed(archive.privacy, officer)).items.filter((one) => one.sourceId === id).length, 1);
});

test.serial('PIPL 44: a request is fulfilled by a restriction over its own client alone, and a request that is not there is no reason', async (t) => {
  await take({ client: { ...CLIENT, number: 'C-COPY-5' } });
  await take({ client: { ...CLIENT, number: 'C-COPY-6' } });
  const id = await decided(archive, { clerk: maker, officer: manager }, { kind: 'restriction', client: 'C-COPY-5', outcome: 'fulfil' });
  const restrict = async (client: string, requestId: string): Promise<string[]> => {
    const made = await proposeRestriction(archive.deps, officer, { client, ground: 'objection', reason: '客户拒绝', requestId });
    await answerRestriction(archive.deps, manager, { id: made.id, agree: true });
    return (await viewRequest(archive.privacy, officer, id)).missing;
  };
  t.is(await why(restrict('C-COPY-5', '018f0000-0000-7000-8000-000000000001')), 'invalid_field');
  t.true((await restrict('C-COPY-6', id)).includes('restriction'));
  t.false((await restrict('C-COPY-5', id)).includes('restriction'));
});

test('what is the client’s own stays, what is anybody else’s is masked and counted', (t) => {
  const draft = recordDraft.parse(
    testDraft({
      client: CLIENT,
      content: '电话 138 1234 5678 属本人；+86 13755550001 是张三丰的；ZHOU@example.com',
      participants: [{ name: '张三丰' }],
      staff: { number: '8001', name: '李静' },
    }),
  );
  const own = ownData([draft]);
  const masked = maskForClient(draft, own, otherNames([draft], own));
  const text = JSON.stringify(masked.draft);
  t.true(text.includes('138 1234 5678') && text.includes('ZHOU@example.com') && text.includes('周小雨'));
  t.false(/13755550001|张三丰|李静|8001/.test(text), text);
  t.like(masked.found, { phone: 1, name: 3 });
});
