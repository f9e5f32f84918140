import test from 'ava';
import { sql } from '../../src/db/index.js';
import { testDraft } from '../support/archive.js';
import { archiveDay } from '../support/day.js';
import { pdfText } from '../support/pdf.js';
import { shownJustNow } from '../support/second-factor.js';
import { staffed, testServer, type Client, type Staff, type TestServer } from '../support/server.js';

let server: TestServer;
let staff: Staff;
const day = (n: number): string => archiveDay(n);

test.before(async (t) => {
  t.timeout(180_000);
  server = await testServer();
  staff = await staffed(server);
  await shownJustNow(server.database);
});
test.after.always(() => server?.close());

async function applied(who: Client, agree: boolean | null, form = 'view'): Promise<{ id: string; number: string; code: string }> {
  const record = await staff.agent('POST', '/api/v1/records', testDraft());
  const body = { records: [record.json['id']], purpose: 'dispute', reason: '=1+1 核对', form, from: day(0), to: day(2) };
  const made = await who('POST', '/api/v1/requests', body);
  if (made.status !== 201) throw new Error(made.text);
  const { id, number } = made.json as { id: string; number: string };
  if (agree !== null) {
    const decided = await staff.manager('POST', `/api/v1/requests/${id}/decide`, { step: 0, agree, reason: agree ? '同意查阅' : '理由不足' });
    if (decided.status !== 200) throw new Error(decided.text);
  }
  return { id, number, code: String(record.json['archivalCode']) };
}

const entries = (act: string): Promise<{ n: number }> =>
  server.database.owner.one(
    sql`select count(*)::int as n from (select entry as e from audit_entries union all select entry from audit_pending) x where e::jsonb ->> 'act' = ${act}`,
  );

test.serial('R42: the form of an application (form 5) is a signed PDF in both languages, for whoever may see it, and on record', async (t) => {
  const one = await applied(staff.agent, true, 'print');
  await staff.agent('POST', `/api/v1/requests/${one.id}/return`, { result: 'solved', note: '已核对' });
  const path = `/api/v1/requests/${one.id}/form.pdf`;
  for (const who of [staff.agent, staff.manager, staff.compliance]) {
    const pdf = await who('GET', path);
    t.is(pdf.status, 200, pdf.text.slice(0, 200));
    t.true(pdf.bytes.includes('ETSI.CAdES.detached'));
    const text = pdfText(pdf.bytes);
    if (text !== undefined)
      for (const said of [one.number, one.code, '查阅申请审批单', 'Application for reading', '同意查阅', '已核对', 'Handed back'])
        t.true(text.includes(said), said);
  }
  t.is((await staff.otherAgent('GET', path)).status, 404);
  t.is((await entries('request.print')).n, 3);
});

test.serial('R42, R44: the register (form 6) goes out whole as Excel, CSV, JSON and signed PDF with the same lines, each on record before', async (t) => {
  await applied(staff.agent, false);
  const waiting = await applied(staff.agent, null);
  const get = (query: string, who = staff.manager) => who('GET', `/api/v1/requests/register/export?${query}`);
  const listed = await staff.manager('GET', '/api/v1/requests/register');
  const numbers = (listed.json['items'] as { number: string }[]).map((one) => one.number);
  const json = JSON.parse((await get('format=json')).text) as { number: string; codes: string[]; outsider: null }[];
  t.deepEqual(
    json.map((one) => one.number),
    numbers,
  );
  t.deepEqual(json.find((one) => one.number === waiting.number)?.codes, [waiting.code]);
  const csv = (await get('format=csv&lang=en')).text.trim().split('\r\n');
  t.is(csv.length, numbers.length + 1);
  t.true(csv[0]?.includes('Number,State,Kind'));
  const xlsx = await get('format=xlsx');
  t.is(xlsx.bytes.subarray(0, 2).toString('latin1'), 'PK');
  const pdf = await get('format=pdf');
  t.true(pdf.bytes.includes('ETSI.CAdES.detached'));
  const text = pdfText(pdf.bytes);
  if (text !== undefined) {
    for (const number of numbers) t.true(text.includes(number), number);
    for (const said of ['档案利用登记簿', 'Register of use', `合计件数 Items in total: ${numbers.length}`]) t.true(text.includes(said), said);
  }
  t.is((await entries('request.export')).n, 4);
  const some = JSON.parse((await get(`format=json&state=refused&from=${day(0)}&to=${day(1)}`)).text) as { state: string }[];
  t.deepEqual(
    some.map((one) => one.state),
    ['refused'],
  );
  t.is((JSON.parse((await get(`format=json&to=${day(-3)}`)).text) as unknown[]).length, 0);
  t.is((await get('format=json', staff.agent)).status, 403);
  t.is((await get('format=doc')).status, 422);
});
