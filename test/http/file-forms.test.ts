import test from 'ava';
import { sql } from '../../src/db/index.js';
import { testDraft } from '../support/archive.js';
import { has, isSound, pdfsig, pdfText } from '../support/pdf.js';
import { staffed, testServer, type Answer, type Staff, type TestServer } from '../support/server.js';

let server: TestServer;
let staff: Staff;
test.before(async (t) => {
  t.timeout(180_000);
  server = await testServer();
  staff = await staffed(server);
});
test.after.always(() => server?.close());

const tools = ['pdftotext', 'pdfsig', 'certutil', 'qpdf'].every((tool) => has(tool, '--version'));

/** What a reader of PDFs sees, what it says of the signature, and whether the file is sound. */
async function look({ bytes }: Answer): Promise<{ text: string; signed: string; sound: boolean }> {
  return { text: pdfText(bytes) ?? '', signed: await pdfsig(bytes), sound: await isSound(bytes) };
}
const entries = async (act: string): Promise<{ facts: Record<string, unknown> }[]> =>
  server.database.owner.many(
    sql`select e::jsonb -> 'facts' as facts from (select entry as e from audit_entries union all select entry from audit_pending) x where e::jsonb ->> 'act' = ${act}`,
  );

test.serial('form 2 and the file note 备考表 are signed PDFs in both languages, from page and API, on record', async (t) => {
  const titles = ['宽带报修：晚间频繁掉线', 'Billing question: charged twice', '<b>（加粗）</b> & 特殊字符'];
  const codes: string[] = [];
  for (const title of titles) {
    const made = await staff.agent('POST', '/api/v1/records', testDraft({ title }));
    t.is(made.status, 201, made.text);
    codes.push(String(made.json['archivalCode']));
  }
  const scope = 'type=routine&clientType=individual&year=2026';
  const form = await staff.clerk('GET', `/api/v1/forms/file-catalogue.pdf?${scope}`);
  t.is(form.status, 200, form.text.slice(0, 200));
  t.is(form.headers.get('content-type'), 'application/pdf');
  const page = await staff.clerk('GET', '/browse/routine/individual/2026/catalogue.pdf');
  t.is(page.status, 200);
  const note = await staff.clerk('POST', '/api/v1/forms/file-note.pdf', {
    type: 'routine',
    clientType: 'individual',
    year: 2026,
    note: '第 2 件附件缺一页，已注明。',
  });
  t.is(note.status, 200, note.text.slice(0, 200));
  t.true([form, page, note].every((one) => one.bytes.includes('ETSI.CAdES.detached')));
  if (tools) {
    const catalogue = await look(form);
    for (const said of ['归档文件目录', 'Catalogue of archived items', '责任者', ...codes, ...titles.slice(0, 2), '合计'])
      t.true(catalogue.text.includes(said), `${said} in ${catalogue.text}`);
    t.regex(catalogue.signed, /Signature is Valid/);
    t.true(catalogue.sound);
    const said = await look(note);
    for (const part of ['备考表', 'File note', '整理人', '检查人', codes[0] ?? '', codes.at(-1) ?? '', '第 2 件附件缺一页'])
      t.true(said.text.includes(part), `${part} in ${said.text}`);
    t.regex(said.text, /件数 Items 3/);
    t.regex(said.signed, /Signature is Valid/);
    t.true(said.sound);
  }
  const printed = await entries('record.print_catalogue');
  t.is(printed.length, 2);
  t.like(printed[0]?.facts, { type: 'routine', clientType: 'individual', year: 2026, items: 3 });
  t.is((await entries('record.print_note')).length, 1);
  t.false(JSON.stringify(await entries('record.print_note')).includes('缺一页'), 'what is said stands beside the entry, not in it');
});

test.serial('who prints: the archive alone; an empty repository says so, a wrong scope is refused', async (t) => {
  for (const who of [staff.agent, staff.compliance, staff.auditAdmin]) {
    t.is((await who('GET', '/api/v1/forms/file-catalogue.pdf?type=routine&year=2026')).status, 403);
    t.is((await who('POST', '/api/v1/forms/file-note.pdf', { type: 'routine', year: 2026 })).status, 403);
  }
  const empty = await staff.manager('GET', '/api/v1/forms/file-catalogue.pdf?type=training&year=1999');
  t.is(empty.status, 200);
  if (tools) t.true((await look(empty)).text.includes('没有条目'));
  t.is((await staff.clerk('GET', '/api/v1/forms/file-catalogue.pdf?type=nothing&year=2026')).status, 422);
  t.is((await staff.clerk('GET', '/api/v1/forms/file-catalogue.pdf?type=routine')).status, 422);
  const named = encodeURIComponent('张三 13800138000');
  t.is((await staff.clerk('GET', `/api/v1/forms/file-catalogue.pdf?type=routine&year=2026&department=${named}`)).status, 422, 'no free text in an entry');
  t.is((await staff.clerk('POST', '/api/v1/forms/file-note.pdf', { type: 'routine', year: 2026, note: 'x'.repeat(1001) })).status, 422);
});

test.serial('R29: the retention schedule 保管期限表 is a signed PDF in both languages, with every rule and its basis, on record', async (t) => {
  const { id, name, digest } = (
    (await staff.manager('GET', '/api/v1/rules')).json['items'] as { id: string; kind: string; name: string; digest: string; state: string }[]
  ).find((one) => one.kind === 'schedule' && one.state === 'active') ?? { id: '', name: '', digest: '' };
  const printed = await staff.manager('GET', `/api/v1/schedules/${id}/form.pdf`);
  t.is(printed.status, 200, printed.text.slice(0, 200));
  t.is((await staff.manager('GET', `/schedules/${id}/form.pdf`)).headers.get('content-type'), 'application/pdf');
  if (tools) {
    const { text, signed, sound } = await look(printed);
    const { rules } = server.serving.archive.rules.schedules.newest;
    for (const said of ['保管期限表', 'Retention schedule', name, digest.slice(0, 20), ...rules.map((rule) => rule.title.zh.slice(0, 5))])
      t.true(text.replace(/\s/g, '').includes(said.replace(/\s/g, '')), `${said} in ${text}`);
    t.regex(signed, /Signature is Valid/);
    t.true(sound);
  }
  t.is((await entries('schedule.print')).length, 2);
  t.is((await staff.agent('GET', `/api/v1/schedules/${id}/form.pdf`)).status, 403);
  t.is((await staff.manager('GET', '/api/v1/schedules/018f3a2b-0000-7000-8000-00000000c0de/form.pdf')).status, 404);
});
