import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { sql } from '../../src/db/index.js';
import { hire } from '../pages/walking.js';
import { testDraft } from '../support/archive.js';
import { archiveDay } from '../support/day.js';
import { CLIENT, Jar, testProvider, type TestProvider } from '../support/provider.js';
import { staffed, testServer, type Client, type TestServer } from '../support/server.js';

let provider: TestProvider;
let server: TestServer;
let approvers: Client[];
let record: string;
/** The browser of the reading room, signed on as the clerk. */
let screen: Jar;

const url = (path: string): string => server.serving.url + path;
const isCallback = (at: string): boolean => at.includes('/sign-in/sso/callback');
const JSON_TYPE = { 'Content-Type': 'application/json' };
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' };

test.before(async (t) => {
  t.timeout(240_000);
  provider = await testProvider();
  const mapping = join(await mkdtemp(join(tmpdir(), 'lantai-sign-on-')), 'groups.yaml');
  const shipped = await readFile('policies/sign-on/groups.yaml', 'utf8');
  await writeFile(mapping, shipped.replace('roles:\n', 'roles:\n  - { group: clerks, role: records_clerk }\n'));
  server = await testServer({
    env: {
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: CLIENT.id,
      OIDC_CLIENT_SECRET: CLIENT.secret,
      OIDC_SCOPES: 'profile offline_access',
      OIDC_MAPPING: mapping,
    },
  });
  await provider.know(server.serving.url);
  const staff = await staffed(server);
  approvers = [
    await hire(server, staff, 'head.hotline', 'supervisor', 'hotline'),
    staff.manager,
    await hire(server, staff, 'executive', 'executive', 'archive'),
  ];
  record = String((await staff.agent('POST', '/api/v1/records', testDraft())).json['id']);
  for (const username of ['he.qing', 'lin.yu']) {
    const person = await staff.systemAdmin('POST', '/api/v1/people', { name: username, department: 'archive' });
    const account = await staff.systemAdmin('POST', '/api/v1/accounts', { personId: person.json['personId'], username });
    t.is(account.status, 201, account.text);
    provider.users.set(username, { preferred_username: username, groups: ['clerks'] });
  }
  screen = new Jar();
  await signOn(screen, 'he.qing');
  // what a group means is only proposed for this role
  const { id } = await server.database.owner.one<{ id: string }>(sql`select id from role_grants where origin = 'sign_on'`);
  t.is((await staff.auditAdmin('POST', `/api/v1/changes/${id}/see`)).status, 204);
  const agreed = await staff.securityAdmin('POST', `/api/v1/role-grants/${id}/decide`, { agree: true });
  t.is(agreed.status, 204, agreed.text);
});
test.after.always(async () => {
  await server?.close();
  await provider?.close();
});

/** Where signing on leads; the provider asks only where it does not know the browser, or was told to. */
async function signOn(jar: Jar, who: string): Promise<string> {
  provider.current = who;
  const { url: callback } = await jar.follow(url('/sign-in/sso?next=/readings'), isCallback);
  const answer = await jar.go(callback);
  if (!answer.location.includes('fresh=1')) return answer.location;
  const { url: second } = await jar.follow(answer.location, isCallback);
  return (await jar.go(second)).location;
}

/** A visit at the screen of the reading room, for an application that everybody agreed to. */
async function begun(): Promise<string> {
  const body = new FormData();
  const disclosure = { basis: 'separate_consent', reference: '同意书', assessment: 'PIA-1' };
  const asked = {
    records: [record],
    purpose: 'dispute',
    reason: '诉讼',
    form: 'view',
    from: archiveDay(0),
    to: archiveDay(5),
    outsider: { name: '赵律师' },
    disclosure,
  };
  body.append('request', JSON.stringify(asked));
  for (const kind of ['letter', 'identity']) body.append(kind, new Blob(['x'], { type: 'text/plain' }), `${kind}.txt`);
  const made = await screen.go(url('/api/v1/requests/outside'), { method: 'POST', body });
  if (made.status !== 201) throw new Error(made.text);
  const { id } = JSON.parse(made.text) as { id: string };
  for (const [step, who] of approvers.entries()) {
    const said = await who('POST', `/api/v1/requests/${id}/decide`, { step, agree: true, reason: '同意' });
    if (said.status >= 300) throw new Error(said.text);
  }
  await sleep(1100); // the provider tells whole seconds
  const visit = await screen.go(url(`/api/v1/requests/${id}/visits`), {
    method: 'POST',
    headers: JSON_TYPE,
    body: JSON.stringify({ place: '阅览室 1 号屏', identityChecked: true }),
  });
  if (visit.status !== 201) throw new Error(visit.text);
  return (JSON.parse(visit.text) as { id: string }).id;
}

const state = async (visit: string) =>
  server.database.owner.one<{ state: string; result: string | null; broken_off: string | null }>(
    sql`select state, result, broken_off from site_visits where id = ${visit}`,
  );
const end = (more = ''): Promise<{ status: number; location: string; text: string }> =>
  screen.go(url('/on-site/end'), { method: 'POST', headers: FORM, body: `result=solved&signed=1${more}` });
const proofs = async (): Promise<string[]> => {
  const rows = await server.database.owner.many<{ what: string }>(sql`
    select concat(e::jsonb ->> 'decision', ' ', e::jsonb -> 'facts' ->> 'reason') as what
    from (select entry as e, t as at from audit_entries union all select entry, (entry::jsonb ->> 't')::timestamptz from audit_pending) x
    where e::jsonb ->> 'act' = 'session.reauthenticate' and e::jsonb -> 'facts' ->> 'source' = 'sign_on' order by at`);
  return rows.map((row) => row.what.trim());
};

/** To the provider and back as somebody: where the answer leads. `change`: what the provider is asked, which then remembers this browser. */
async function proved(who: string, change?: (url: URL) => void): Promise<{ callback: string; location: string }> {
  provider.current = who;
  // it would first sign out there whoever it knows
  if (change === undefined) screen.cookies.delete(provider.issuer);
  const asked = await screen.go(url('/on-site/prove'));
  const there = new URL(asked.location);
  change?.(there);
  const { url: callback } = await screen.follow(there.href, isCallback);
  return { callback, location: (await screen.go(callback)).location };
}

test.serial('R42, R47: who supervises and has no password here ends the reading with the word of the provider, and nobody else does', async (t) => {
  t.timeout(120_000);
  const visit = await begun();
  const page = await screen.go(url('/on-site'));
  t.true(page.text.includes('href="/on-site/prove"') && !page.text.includes('name="password"'), page.text.slice(0, 400));
  const own = screen.cookies.get(server.serving.url);
  own?.set('__Host-lang', 'en');
  t.true((await screen.go(url('/on-site'))).text.includes('Show who you are at the provider'));
  own?.delete('__Host-lang');
  t.is((await end()).status, 422, 'not without it');
  t.is((await end('&password=guessed')).status, 422);
  // another colleague's word, one of a stranger, one that was used, one without having been asked again
  t.is((await proved('lin.yu')).location, url('/on-site?why=sign_on_unknown'));
  t.true((await screen.go(url('/on-site?why=sign_on_unknown'))).text.includes('没有与之对应的账号'));
  provider.users.set('visitor', { preferred_username: 'visitor', groups: [] });
  const stranger = await proved('visitor');
  t.is(stranger.location, url('/on-site?why=sign_on_unknown'));
  t.is((await screen.go(stranger.callback)).location, url('/on-site?why=sign_on_expired'));
  t.is((await end()).status, 422, 'still');
  t.is((await screen.go(url('/'))).status, 403, 'and still locked');
  t.deepEqual(await state(visit), { state: 'open', result: null, broken_off: null });
  t.deepEqual(await proofs(), ['deny sign_on_unknown', 'deny sign_on_unknown', 'deny sign_on_expired']);
  // an answer for ending it signs nobody on elsewhere
  provider.current = 'he.qing';
  screen.cookies.delete(provider.issuer);
  const asked = await screen.go(url('/on-site/prove'));
  const { url: callback } = await screen.follow(asked.location, isCallback);
  const elsewhere = new Jar();
  elsewhere.cookies.set(
    new URL(url('/')).origin,
    new Map([...(screen.cookies.get(new URL(url('/')).origin) ?? [])].filter(([name]) => name === '__Host-sign-on')),
  );
  t.is((await elsewhere.go(callback)).location, url('/sign-in'));
  t.is((await elsewhere.go(url('/api/v1/me'))).status, 401);
  // his own
  t.is((await proved('he.qing')).location, url('/on-site'));
  t.true((await screen.go(url('/on-site'))).text.includes('单点登录平台已确认您的身份'));
  const ended = await end();
  t.is(ended.location, url('/sign-in'), ended.text.slice(0, 300));
  t.deepEqual(await state(visit), { state: 'ended', result: 'solved', broken_off: null });
  t.is((await proofs()).at(-1), 'allow');
  t.is((await screen.go(url('/api/v1/me'))).status, 401, 'its session is over');
});

test.serial('R42, R47: what the provider remembers of the screen lets no visitor in: not to end the reading, nor to sign on after it', async (t) => {
  t.timeout(120_000);
  t.is(await signOn(screen, 'he.qing'), url('/readings'));
  const visit = await begun();
  // whoever sits there changes what the provider is asked, so that it need not ask
  const unasked = await proved('he.qing', (there) => {
    there.searchParams.delete('prompt');
    there.searchParams.set('max_age', '100000');
  });
  t.is(unasked.location, url('/on-site?why=sign_on_invalid'));
  t.is((await end()).status, 422);
  // signs out, and tries to come in by what the browser still has of the provider
  await screen.go(url('/sign-out'), { method: 'POST', headers: FORM, body: '' });
  t.deepEqual(await state(visit), { state: 'ended', result: null, broken_off: 'signed_out' });
  provider.current = 'visitor';
  const { url: remembered } = await screen.follow(url('/sign-in/sso?next=/readings'), isCallback);
  const again = await screen.go(remembered);
  t.is(again.location, url('/sign-in/sso?fresh=1&next=%2Freadings'), 'it is asked again first');
  t.is((await screen.go(url('/api/v1/me'))).status, 401);
  const forced = await screen.go(again.location);
  const there = new URL(forced.location);
  there.searchParams.delete('prompt');
  there.searchParams.set('max_age', '100000');
  const { url: stale } = await screen.follow(there.href, isCallback);
  t.is((await screen.go(stale)).location, url('/sign-in'));
  t.is((await screen.go(url('/api/v1/me'))).status, 401);
  t.is(await signOn(screen, 'he.qing'), url('/readings'), 'who can show it is signed on');
});
