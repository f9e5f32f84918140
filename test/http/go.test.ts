import test from 'ava';
import { sql } from '../../src/db/index.js';
import { testDraft } from '../support/archive.js';
import { Jar } from '../support/provider.js';
import { staffed, testServer, type Staff, type TestServer } from '../support/server.js';

let server: TestServer;
let staff: Staff;

test.before(async () => {
  server = await testServer();
  staff = await staffed(server);
});
test.after.always(() => server.close());

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

test('R47: a help desk’s link by service number, archival code or client number leads to the page; elsewhere it is not found, on record', async (t) => {
  const draft = testDraft();
  const made = await staff.agent('POST', '/api/v1/records', draft);
  t.is(made.status, 201, made.text);
  const id = String(made.json['id']);
  const view = await staff.agent('GET', `/api/v1/records/${id}`);
  for (const no of [String(draft['serviceNo']), String(view.json['archivalCode'])]) {
    const answer = await staff.agent('GET', `/go/record?no=${encodeURIComponent(no)}`);
    t.is(answer.headers.get('location'), `/records/${id}`, `${no}: ${answer.status}`);
  }
  t.is((await staff.agent('GET', '/go/client?no=C-1029')).headers.get('location'), '/clients/C-1029');
  for (const path of ['/go/record?no=S-nothing', '/go/client?no=C-nobody', '/go/record?no=C-1029']) t.is((await staff.agent('GET', path)).status, 404, path);
  t.is((await staff.systemAdmin('GET', `/go/record?no=${String(draft['serviceNo'])}`)).status, 403);
  t.is((await staff.agent('GET', '/go/record?no=')).status, 422);
  const { n } = await server.database.owner.one<{ n: number }>(sql`
    select count(*)::integer as n from (select entry from audit_entries union all select entry from audit_pending) e where entry like '%"id":"go-record"%' and entry like '%not_found%'`);
  t.is(n, 2);
});

test('R47: link and form survive signing in; a form of another site keeps the number out of every address', async (t) => {
  const draft = testDraft();
  const made = await staff.agent('POST', '/api/v1/records', draft);
  const no = String(draft['serviceNo']);
  const url = (path: string): string => server.serving.url + path;
  const credentials = 'username=agent.one&password=correct%20horse%20battery%20staple';

  const link = new Jar();
  const gate = await link.go(url(`/go/record?no=${no}`));
  const next = new URL(gate.location).searchParams.get('next') ?? '';
  t.is(next, `/go/record?no=${no}`);
  const signed = await link.go(url('/sign-in'), { method: 'POST', headers: FORM, body: `${credentials}&next=${encodeURIComponent(next)}` });
  t.is((await link.go(signed.location)).location, url(`/records/${String(made.json['id'])}`));

  const form = new Jar();
  const posted = await form.go(url('/go/record'), {
    method: 'POST',
    headers: { ...FORM, Origin: 'https://desk.example', 'Sec-Fetch-Site': 'cross-site' },
    body: `no=${no}`,
  });
  t.is(posted.location, url('/go'));
  const asks = await form.go(posted.location);
  t.is(asks.location, url('/sign-in?next=%2Fgo'));
  const back = await form.go(url('/sign-in'), { method: 'POST', headers: FORM, body: `${credentials}&next=%2Fgo` });
  const there = await form.go(back.location);
  t.is(there.location, url(`/records/${String(made.json['id'])}`));
  t.false([posted, asks, back, there].some((one) => one.location.includes(no)));
  t.is((await form.go(url('/go'))).location, url('/'), 'once');
});
