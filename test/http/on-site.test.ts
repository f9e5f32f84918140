import { randomBytes } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { sql } from '../../src/db/index.js';
import { paths } from '../../src/ui/index.js';
import { hire } from '../pages/walking.js';
import { testDraft } from '../support/archive.js';
import { nextCode } from '../support/second-factor.js';
import { multipart, PASSWORD, staffed, testServer, type Answer, type Client, type Staff, type TestServer } from '../support/server.js';

let server: TestServer;
let staff: Staff;
let approvers: Client[];
let record: string;
let file: string;
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' };

test.before(async (t) => {
  t.timeout(240_000);
  server = await testServer();
  staff = await staffed(server);
  const head = await hire(server, staff, 'head.hotline', 'supervisor', 'hotline');
  const executive = await hire(server, staff, 'executive', 'executive', 'archive');
  approvers = [head, staff.manager, executive];
  const sound = { name: '录音.wav', type: 'audio/wav', content: Buffer.concat([wavHead(), randomBytes(40 * 2 ** 20)]) };
  const made = await staff.agent('POST', '/api/v1/records', multipart('record', testDraft({}), [sound]));
  if (made.status !== 201) throw new Error(made.text);
  record = String(made.json['id']);
  file = ((await staff.agent('GET', `/api/v1/records/${record}`)).json['files'] as { id: string }[])[0]?.id ?? '';
});
test.after.always(() => server?.close());

function wavHead(): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + 40 * 2 ** 20, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(8000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(40 * 2 ** 20, 40);
  return head;
}

/** An application from outside that everybody agreed to. */
async function approved(): Promise<string> {
  const day = (n: number): string => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);
  const body = new FormData();
  const disclosure = { basis: 'separate_consent', reference: '同意书', assessment: 'PIA-1' };
  const asked = { records: [record], purpose: 'dispute', reason: '诉讼', form: 'view', from: day(-1), to: day(5), outsider: { name: '赵律师' }, disclosure };
  body.append('request', JSON.stringify(asked));
  for (const kind of ['letter', 'identity']) body.append(kind, new Blob(['x'], { type: 'text/plain' }), `${kind}.txt`);
  const made = await staff.clerk('POST', '/api/v1/requests/outside', body);
  if (made.status !== 201) throw new Error(made.text);
  const id = String(made.json['id']);
  for (const [step, who] of approvers.entries()) {
    const said = await who('POST', `/api/v1/requests/${id}/decide`, { step, agree: true, reason: '同意' });
    if (said.status >= 300) throw new Error(said.text);
  }
  return id;
}

interface Visit {
  request: string;
  id: string;
  /** The browser before which the visitor sits. */
  screen: Client;
  reading: string;
}

/** The clerk signs in at a screen of the reading room and begins a visit there; the record is shown. */
async function begun(): Promise<Visit> {
  const request = await approved();
  const screen = await server.signedIn('clerk', PASSWORD);
  const visit = await screen('POST', `/api/v1/requests/${request}/visits`, { place: '阅览室 2 号屏', identityChecked: true });
  if (visit.status !== 201) throw new Error(visit.text);
  const id = String(visit.json['id']);
  const shown = await screen('POST', `/api/v1/site-visits/${id}/readings`, { recordId: record });
  if (shown.status !== 201) throw new Error(shown.text);
  return { request, id, screen, reading: String(shown.json['readingId']) };
}

const isLocked = (t: ExecutionContext, answer: Answer, what: string): void => {
  t.is(answer.status, 403, what);
  t.true(answer.text.includes('session_locked'), what);
};
const kept = (id: string) =>
  server.database.owner.one<{ state: string; broken_off: string | null; strayed: number; open: number; sessions: number }>(
    sql`select v.state, v.broken_off, v.strayed, (select count(*)::int from site_visit_readings x join readings g on g.id = x.reading_id where x.visit_id = v.id and g.state = 'open') as open,
        (select count(*)::int from sessions s where s.locked_to = v.id and s.ended_at is null) as sessions from site_visits v where v.id = ${id}`,
  );
const over = (why: string) => ({ state: 'ended', broken_off: why, open: 0, sessions: 0 });
const entries = (of: string) =>
  server.database.owner.many<{ act: string; why: string | null; visit: string | null; application: string | null }>(
    sql`select e::jsonb ->> 'act' as act, e::jsonb -> 'facts' ->> 'why' as why, e::jsonb -> 'facts' ->> 'visit' as visit, e::jsonb -> 'facts' ->> 'application' as application
      from (select entry as e from audit_entries union all select entry from audit_pending) x where e::jsonb -> 'facts' ->> 'visit' = ${of}`,
  );

test.serial('R42: in a session that is locked to a reading on site every route but its own answers 403, to every holder of the cookie', async (t) => {
  t.timeout(120_000);
  const { id, screen, reading, request } = await begun();
  t.is((await screen('GET', `/api/v1/readings/${reading}/content`)).status, 200);
  t.is((await screen('GET', `/api/v1/site-visits/${id}`)).json['number'] === undefined, false);
  t.is((await screen('GET', '/on-site')).status, 200);
  const sheet = await screen('GET', `/site-visits/${id}/readings/${reading}`);
  t.is(sheet.status, 200);
  t.true(sheet.text.includes('赵律师') && sheet.text.includes('由 clerk 监护'));
  t.false(/<nav|<header|action="\/find"/.test(sheet.text), 'nothing of the archive around it');
  // of everything that the program offers
  const api = (await server.client()('GET', '/api/v1/openapi.json')).json as { paths: Record<string, Record<string, unknown>> };
  let asked = 0;
  const tab = server.client();
  tab.cookie = screen.cookie;
  for (const [path, methods] of Object.entries(api.paths))
    for (const method of Object.keys(methods)) {
      const to = path.replace(/\{\w+\}/g, '018f3a2b-0000-7000-8000-000000000001');
      const answer = await tab(method.toUpperCase(), to, method === 'get' || method === 'delete' ? undefined : {});
      isLocked(t, answer, `${method} ${path}`);
      asked += 1;
    }
  t.true(asked > 200, String(asked));
  // to the provider of a single sign-on and back, which is not configured here
  const back: string[] = [paths.proveOnSite, paths.signOnAnswer];
  for (const path of back) t.is((await tab('GET', path)).status, 404, path);
  for (const path of Object.values(paths))
    if (typeof path === 'string' && path !== paths.onSite && path !== paths.endOnSite && !back.includes(path)) isLocked(t, await tab('GET', path), path);
  for (const path of [
    '/nowhere',
    '/healthz',
    '/readyz',
    '/metrics',
    `/readings/${reading}`,
    `/records/${record}`,
    `/requests/${request}`,
    '/api/v1/openapi.json',
  ])
    isLocked(t, await tab('GET', path), path);
  isLocked(t, await tab('HEAD', '/').then((one) => ({ ...one, text: 'session_locked' })), 'HEAD');
  // another reading of the same person
  const own = await staff.clerk('POST', `/api/v1/records/${record}/readings`, { purpose: 'dispute' });
  t.is(own.status, 201, own.text);
  isLocked(t, await tab('GET', `/api/v1/readings/${String(own.json['id'])}/content`), 'his own reading');
  isLocked(t, await tab('GET', `/site-visits/${id}/readings/${String(own.json['id'])}`), 'his own reading, as a page');
  t.is((await staff.clerk('GET', `/api/v1/readings/${String(own.json['id'])}/content`)).status, 200, 'at his own desk he works on');
  // what the page says
  const page = await tab('GET', '/');
  t.true(page.text.includes('此屏只供现场查阅') && page.text.includes('href="/on-site"'), page.text.slice(0, 400));
  const english = await tab('GET', '/', undefined, { Cookie: `${tab.cookie}; __Host-lang=en` });
  t.true(english.text.includes('This screen is for the reading on site alone'));
  const log = await entries(id);
  t.true(log.filter((one) => one.act === 'route.refused' && one.why === 'session_locked' && one.application === request).length > 200, 'each is on record');
  t.true(log.some((one) => one.act === 'reading.view.begin' && one.application === request));
  t.true((await kept(id)).strayed > 200);
  const told = await staff.clerk('GET', '/api/v1/requests/notices');
  t.is(told.text.split('visit_strayed').length - 1, 1, told.text);
  await screen('DELETE', '/api/v1/sessions/current');
});

test.serial('R42, R47: it ends with the password and the code of who stands by; the session goes with it and another one comes', async (t) => {
  const { id, screen } = await begun();
  const end = { result: 'solved', signed: true };
  const post = (body: Record<string, unknown>) => screen('POST', `/api/v1/site-visits/${id}/end`, { ...end, ...body });
  t.is((await post({})).status, 422);
  t.is((await post({ password: PASSWORD })).status, 422, 'the code too');
  t.is((await post({ password: 'not the one', code: '000000' })).json['code'], 'bad_credentials');
  t.is((await post({ password: PASSWORD, code: '000000' })).status, 422);
  t.is((await kept(id)).state, 'open');
  const form = new URLSearchParams({ result: 'solved', signed: '1', password: 'not the one', code: '1' }).toString();
  const again = await screen('POST', '/on-site/end', form, FORM);
  t.is(again.status, 422);
  t.false(again.text.includes('not the one'));
  isLocked(t, await screen('GET', '/'), 'still');
  const before = screen.cookie;
  const done = await post({ password: PASSWORD, code: nextCode(server.serving.url, 'clerk') });
  t.is(done.status, 204, done.text);
  t.is(done.headers.get('Clear-Site-Data'), '"cache"');
  t.not(screen.cookie, before);
  t.is((await screen('GET', '/api/v1/me')).json['secondFactor'], true);
  const old = server.client();
  old.cookie = before;
  t.is((await old('GET', '/api/v1/me')).status, 401);
  t.like(await kept(id), { state: 'ended', broken_off: null, open: 0, sessions: 0 });
});

test.serial('R42: signing in again beside it is refused, or ends it: on record, and who stood by is told', async (t) => {
  const { id, screen } = await begun();
  isLocked(t, await screen('POST', '/api/v1/sessions', { username: 'clerk', password: PASSWORD }), 'API');
  isLocked(t, await screen('POST', '/sign-in', new URLSearchParams({ username: 'clerk', password: PASSWORD }).toString(), FORM), 'page');
  const names = (await entries(id)).filter((one) => one.act === 'route.refused').length;
  t.is(names, 2);
  await screen('DELETE', '/api/v1/sessions/current');
  t.like(await kept(id), over('signed_out'));
  t.is((await screen('GET', '/api/v1/me')).status, 401);

  // the cookie of the session thrown away, that of the device kept
  const second = await begun();
  const device = /__Host-device=[^;]*/;
  const fresh = server.client();
  const first = await fresh('POST', '/api/v1/sessions', { username: 'clerk', password: PASSWORD });
  const known = device.exec(first.headers.getSetCookie().join('\n'))?.[0] ?? '';
  await server.database.superuser.run(sql`alter table sessions disable trigger user`);
  await server.database.owner.run(
    sql`update sessions set device_id = (select device_id from sessions where device_id is not null order by created_at desc, id desc limit 1) where locked_to = ${second.id}`,
  );
  await server.database.superuser.run(sql`alter table sessions enable trigger user`);
  const back = await server.client()('POST', '/api/v1/sessions', { username: 'clerk', password: PASSWORD }, { Cookie: known });
  t.is(back.status, 201, back.text);
  t.like(await kept(second.id), over('signed_in'));
  t.is((await second.screen('GET', `/api/v1/readings/${second.reading}/content`)).status, 401);
});

/** What the visitor is in the middle of hearing; how it ends. */
async function halfway({ screen, reading }: Visit): Promise<() => Promise<'broken' | 'whole'>> {
  const answer = await fetch(`${server.serving.url}/api/v1/readings/${reading}/files/${file}`, { headers: { Cookie: screen.cookie } });
  if (answer.status !== 200 || answer.body === null) throw new Error(`${answer.status} ${await answer.text()}`);
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  return async () => {
    try {
      while (!(await reader.read()).done);
      return 'whole';
    } catch {
      return 'broken';
    }
  };
}

test.serial('R42, R43: signing out everywhere, a revoked grant and a disabled account end it at once, and what runs stops in the middle', async (t) => {
  t.timeout(120_000);
  const everywhere = await begun();
  const heard = await halfway(everywhere);
  const desk = await server.signedIn('clerk', PASSWORD);
  t.is((await desk('DELETE', '/api/v1/sessions/all')).status, 204);
  t.is(await heard(), 'broken');
  t.like(await kept(everywhere.id), over('everywhere'));
  t.is((await everywhere.screen('GET', '/on-site')).status, 303, 'to the page of signing in');
  t.is((await everywhere.screen('GET', '/sign-in')).status, 200);
  staff.clerk = await server.signedIn('clerk', PASSWORD);

  const revoked = await begun();
  const running = await halfway(revoked);
  const grant = await server.database.owner.one<{ id: string }>(sql`select id from grants where request_id = ${revoked.request}`);
  const taken = await staff.manager('POST', `/api/v1/grants/${grant.id}/revoke`, { reason: '误授' });
  t.true(taken.status < 300, taken.text);
  t.is(await running(), 'broken');
  t.is((await revoked.screen('GET', `/api/v1/readings/${revoked.reading}/content`)).status, 401, 'the next request ends the session');
  t.like(await kept(revoked.id), over('grant'));
  t.true((await entries(revoked.id)).some((one) => one.act === 'request.visit_broken' && one.why === 'grant'));

  const disabled = await begun();
  const last = await halfway(disabled);
  const account = await server.database.owner.one<{ id: string }>(sql`select id from accounts where username = 'clerk'`);
  const gone = await staff.systemAdmin('POST', `/api/v1/accounts/${account.id}/disable`, {});
  t.true(gone.status < 300, gone.text);
  t.is(await last(), 'broken');
  t.like(await kept(disabled.id), over('disabled'));
});
