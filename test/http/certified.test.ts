import test from 'ava';
import { testDraft } from '../support/archive.js';
import { archiveDay } from '../support/day.js';
import { multipart, PASSWORD, staffed, testServer, type Staff, type TestServer } from '../support/server.js';

let server: TestServer;
let staff: Staff;

test.before(async (t) => {
  t.timeout(180_000);
  server = await testServer();
  staff = await staffed(server);
});
test.after.always(() => server?.close());

test.serial('R47: the page of certified copies asks for the second factor, shows its form, and says what is wrong with it', async (t) => {
  const file = { name: 'a.txt', type: 'text/plain', content: Buffer.from('一句话') };
  const record = String((await staff.agent('POST', '/api/v1/records', multipart('record', testDraft({}), [file]))).json['id']);
  const day = (n: number): string => archiveDay(n);
  const body = new FormData();
  const asked = {
    records: [record],
    purpose: 'dispute',
    reason: '诉讼',
    form: 'copy',
    from: day(0),
    to: day(5),
    outsider: { name: '赵律师' },
    disclosure: { basis: 'separate_consent', reference: '同意书', assessment: 'PIA-1' },
  };
  body.append('request', JSON.stringify(asked));
  for (const kind of ['letter', 'identity']) body.append(kind, new Blob(['x'], { type: 'text/plain' }), `${kind}.txt`);
  const made = await staff.clerk('POST', '/api/v1/requests/outside', body);
  t.is(made.status, 201, made.text);
  const path = `/requests/${String(made.json['id'])}/certified-copies`;
  const form = { 'Content-Type': 'application/x-www-form-urlencoded', Origin: server.serving.url, 'Sec-Fetch-Site': 'same-origin' };
  const daily = server.client();
  const gate = await daily('POST', '/sign-in', new URLSearchParams({ username: 'clerk', password: PASSWORD, next: '/arrange' }).toString(), form);
  t.is(gate.headers.get('Location'), '/arrange', 'everyday work goes on by password');
  t.is((await daily('GET', '/arrange')).status, 200);
  t.true((await daily('GET', path)).headers.get('Location')?.startsWith('/verify?why=factor&next='), 'the act itself asks');
  const bare = server.client();
  await bare('POST', '/api/v1/sessions', { username: 'clerk', password: 'correct horse battery staple' });
  t.not((await bare('GET', path)).status, 200);
  const refused = await bare('POST', `/api/v1${path}`, { recordId: record, pages: [{ fileId: record, page: 1 }] });
  t.deepEqual([refused.status, refused.json['code']], [403, 'second_factor_required'], refused.text);
  const shown = await staff.clerk('GET', path);
  t.is(shown.status, 200, shown.text);
  t.true(shown.text.includes('name="pages"') && shown.text.includes(record));
  const post = (pages: string) =>
    staff.clerk('POST', path, new URLSearchParams({ record, pages }).toString(), {
      'Content-Type': 'application/x-www-form-urlencoded',
      Origin: server.serving.url,
      'Sec-Fetch-Site': 'same-origin',
    });
  t.is((await post('one page please')).status, 422);
  t.is((await post('9 1')).status, 422);
  const early = await post('1 1 10,40,60,8 0,0,5.5,5');
  t.is(early.status, 409, 'nobody approved it');
  t.true(early.text.includes('10,40,60,8'), 'what was typed stays');
});
