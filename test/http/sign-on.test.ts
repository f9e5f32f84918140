import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { sql } from '../../src/db/index.js';
import { CLIENT, Jar, testProvider, type TestProvider } from '../support/provider.js';
import { PASSWORD, staffed, testServer, type Staff, type TestServer } from '../support/server.js';

let provider: TestProvider;
let server: TestServer;
let staff: Staff;
let later = 0;

const MINUTE = 60_000;
const GROUPS = { agents: 'lantai-agents', supervisors: 'lantai-supervisors', clerks: 'lantai-records' };

test.before(async (t) => {
  t.timeout(120_000);
  provider = await testProvider();
  const mapping = join(await mkdtemp(join(tmpdir(), 'lantai-sign-on-')), 'groups.yaml');
  const shipped = await readFile('policies/sign-on/groups.yaml', 'utf8');
  await writeFile(mapping, shipped.replace('roles:\n', `roles:\n  - { group: ${GROUPS.clerks}, role: records_clerk }\n`));
  server = await testServer({
    env: {
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: CLIENT.id,
      OIDC_CLIENT_SECRET: CLIENT.secret,
      OIDC_SCOPES: 'profile offline_access',
      OIDC_MAPPING: mapping,
    },
    now: () => new Date(Date.now() + later),
  });
  await provider.know(server.serving.url);
  staff = await staffed(server);
});
test.after.always(async () => {
  await server?.close();
  await provider?.close();
});
test.afterEach.always(() => provider.up());

/** An account that the system administrator made, not claimed by password; and the provider's person of the same name. */
async function known(username: string, groups: string[] = [GROUPS.agents]): Promise<{ accountId: string }> {
  const made = await staff.systemAdmin('POST', '/api/v1/people', { name: username, department: 'hotline' });
  const account = await staff.systemAdmin('POST', '/api/v1/accounts', { personId: made.json['personId'], username });
  if (account.status !== 201) throw new Error(account.text);
  provider.users.set(`sub-${username}`, { preferred_username: username, groups });
  return { accountId: String(account.json['accountId']) };
}

const url = (path: string): string => server.serving.url + path;
const isCallback = (at: string): boolean => at.includes('/sign-in/sso/callback');

async function toProvider(username: string, next = '/readings'): Promise<{ jar: Jar; callback: string }> {
  provider.current = `sub-${username}`;
  const jar = new Jar();
  const { url: callback } = await jar.follow(url(`/sign-in/sso?next=${encodeURIComponent(next)}`), isCallback);
  return { jar, callback };
}

async function signedOn(username: string): Promise<Jar> {
  const { jar, callback } = await toProvider(username);
  const done = await jar.go(callback);
  if (done.location !== url('/readings')) throw new Error(`${done.status} ${done.location} ${done.text.slice(0, 300)}`);
  return jar;
}

async function me(jar: Jar): Promise<{ status: number; roles: string[] }> {
  const answer = await jar.go(url('/api/v1/me'));
  return { status: answer.status, roles: answer.status === 200 ? (JSON.parse(answer.text) as { roles: string[] }).roles : [] };
}

/** What the gate says after a refusal. */
async function refusal(jar: Jar, at: string): Promise<string> {
  const back = await jar.go(at);
  const page = await jar.go(back.location);
  return /class="[^"]*flash[^"]*"[^>]*>([\s\S]*?)<\/div>/.exec(page.text)?.[1] ?? page.text;
}

const due = (): Promise<{ renewed: number; ended: number; unreached: number } | undefined> => {
  later += 11 * MINUTE;
  return server.serving.archive.accounts.signOn?.check() ?? Promise.resolve(undefined);
};

const entries = (act: string, part: string) =>
  server.database.owner.many<{ entry: string }>(sql`
    select entry from (select entry from audit_entries union all select entry from audit_pending) e where entry like ${`%"act":"${act}"%`} and entry like ${`%${part}%`}`);

test.serial('R47: somebody known here signs on, lands where they wanted to go, and has the roles that their groups mean', async (t) => {
  const { accountId } = await known('wang.li');
  const jar = await signedOn('wang.li');
  t.deepEqual(await me(jar), { status: 200, roles: ['agent'] });
  t.is((await entries('role.give', '"source":"sign_on"')).length, 1);
  t.is((await entries('session.open', '"source":"sign_on"')).length, 1);
  const row = await server.database.owner.one<{ password_hash: string | null; sign_on: boolean }>(
    sql`select password_hash, sign_on from accounts where id = ${accountId}`,
  );
  t.deepEqual(row, { password_hash: null, sign_on: true }, 'no password beside it');
  const stored = await server.database.owner.one<{ text: string }>(sql`
    select (select string_agg(o::text, '') from sign_on_sessions o) || (select string_agg(l::text, '') from sign_on_links l) as text`);
  t.false(stored.text.includes('sub-wang.li'), 'the subject stands there as a digest only');
  t.regex((await server.client()('GET', '/sign-in')).text, /href="\/sign-in\/sso"/);
});

test.serial('R47: an answer counts once, and only in the browser that asked', async (t) => {
  await known('replay.one');
  const { jar, callback } = await toProvider('replay.one');
  t.regex(await refusal(new Jar(), callback), /单点登录已过期或已用过/, 'another browser');
  const ticket = jar.cookies.get(server.serving.url)?.get('__Host-sign-on') ?? '';
  t.is((await jar.go(callback)).location, url('/readings'));
  const again = new Jar();
  again.cookies.set(server.serving.url, new Map([['__Host-sign-on', ticket]]));
  t.regex(await refusal(again, callback), /单点登录已过期或已用过/, 'the same answer with the same cookie');
  const { jar: other, callback: forged } = await toProvider('replay.one');
  t.regex(await refusal(other, forged.replace(/state=[^&]+/, 'state=x')), /单点登录已过期或已用过/);
  const { jar: third, callback: code } = await toProvider('replay.one');
  t.regex(await refusal(third, code.replace(/code=[^&]+/, 'code=made-up')), /没有同意登录/);
  t.true((await entries('session.refused', 'sign_on_expired')).length >= 3);
});

test.serial('R84: nobody comes out of nothing: unknown, disabled, left and administrators are refused, on record', async (t) => {
  provider.users.set('sub-stranger', { preferred_username: 'stranger', groups: [GROUPS.agents] });
  const { accountId } = await known('disabled.one');
  await staff.systemAdmin('POST', `/api/v1/accounts/${accountId}/disable`);
  provider.users.set('sub-audit.admin', { preferred_username: 'audit.admin', groups: [GROUPS.agents] });
  for (const [name, reason] of [
    ['stranger', 'not_known'],
    ['disabled.one', 'not_active'],
    ['audit.admin', 'administrator'],
  ] as const) {
    const { jar, callback } = await toProvider(name);
    t.regex(await refusal(jar, callback), /没有与之对应的账号/, name);
    t.is((await me(jar)).status, 401);
    t.true((await entries('session.refused', `"reason":"${reason}"`)).length >= 1, reason);
  }
  // nor does an administrator sign on with a second account of his
  const admin = await server.database.owner.one<{ person_id: string }>(sql`select person_id from accounts where username = 'audit.admin'`);
  const second = await staff.systemAdmin('POST', '/api/v1/accounts', { personId: admin.person_id, username: 'audit.second' });
  t.is(second.status, 201, second.text);
  provider.users.set('sub-audit.second', { preferred_username: 'audit.second', groups: [GROUPS.agents] });
  const { jar: admins, callback: asAdmin } = await toProvider('audit.second');
  t.regex(await refusal(admins, asAdmin), /没有与之对应的账号/);
  // another subject with the same name does not take over who is linked
  await known('linked.one');
  await signedOn('linked.one');
  provider.users.set('sub-other', { preferred_username: 'linked.one', groups: [GROUPS.agents] });
  const { jar, callback } = await toProvider('other');
  t.regex(await refusal(jar, callback), /没有与之对应的账号/);
});

test.serial('R47: what is gone from the groups is taken at the next check; what comes is given; a role taken by hand stays away', async (t) => {
  const { accountId } = await known('mover.one');
  const jar = await signedOn('mover.one');
  provider.users.set('sub-mover.one', { preferred_username: 'mover.one', groups: [GROUPS.supervisors] });
  t.true(((await due())?.renewed ?? 0) >= 1);
  t.deepEqual(await me(jar), { status: 200, roles: ['supervisor'] });
  t.true((await entries('role.take', '"source":"sign_on"')).length >= 1);
  const { id } = await server.database.owner.one<{ id: string }>(sql`select id from role_grants where account_id = ${accountId} and state = 'active'`);
  // the clock was moved on: who takes a role has shown who he is a short while ago
  const security = await server.signedIn('security.admin', PASSWORD);
  t.is((await security('DELETE', `/api/v1/role-grants/${id}`)).status, 204);
  await due();
  t.deepEqual(await me(jar), { status: 200, roles: [] });
});

test.serial('R47: back to passwords, what groups proposed is taken and waits in front of nobody', async (t) => {
  const { accountId } = await known('returns.one', [GROUPS.clerks]);
  await signedOn('returns.one');
  const waits = sql`select g.state, c.closed_at is not null as closed from role_grants g join pending_changes c on c.id = g.id where g.account_id = ${accountId}`;
  t.deepEqual(await server.database.owner.many(waits), [{ state: 'proposed', closed: false }]);
  const systemAdmin = await server.signedIn('system.admin', PASSWORD);
  t.is((await systemAdmin('POST', `/api/v1/accounts/${accountId}/invite`)).status, 201);
  t.deepEqual(await server.database.owner.many(waits), [{ state: 'taken', closed: true }]);
});

test.serial('R47: who left the provider loses access at the next check', async (t) => {
  await known('leaver.one');
  const jar = await signedOn('leaver.one');
  provider.users.delete('sub-leaver.one');
  t.is((await me(jar)).status, 200, 'until the check');
  const checked = await due();
  t.true((checked?.ended ?? 0) >= 1);
  t.is((await me(jar)).status, 401);
  t.true((await entries('session.close', '"source":"sign_on"')).length >= 1);
});

test.serial('R47: a provider that is down signs nobody on, and a session ends at its check and the grace, never later', async (t) => {
  await known('waits.one');
  const jar = await signedOn('waits.one');
  provider.down();
  t.true(((await due())?.unreached ?? 0) >= 1);
  t.is((await me(jar)).status, 200, 'within the grace');
  const stranger = new Jar();
  const { location } = await stranger.go(url('/sign-in/sso'));
  t.true([url('/sign-in')].includes(location) || location.startsWith(provider.issuer), location);
  later += 5 * MINUTE;
  t.is((await me(jar)).status, 401);
  const admin = await server.signedIn('system.admin', 'correct horse battery staple');
  const page = await admin('GET', '/system/sign-on');
  t.is(page.status, 200);
  t.true(page.text.includes(provider.issuer) && /最近一次失败/.test(page.text), 'the page says how the connection fares');
  t.is((await (await server.signedIn('agent.one', 'correct horse battery staple'))('GET', '/system/sign-on')).status, 403);
});

test.serial('R47: a notice of the provider ends sessions at once; forged ones are refused', async (t) => {
  await known('notice.one');
  const jar = await signedOn('notice.one');
  const forged = await server.client()('POST', '/sign-in/sso/logout', 'logout_token=eyJhbGciOiJub25lIn0.e30.', {
    'Content-Type': 'application/x-www-form-urlencoded',
  });
  t.is(forged.status, 400);
  t.is((await me(jar)).status, 200);
  // sign out there: the provider tells the archive
  const asked = await jar.go(`${provider.issuer}/session/end`);
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.text)?.[1] ?? '';
  await jar.go(`${provider.issuer}/session/end/confirm`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: `xsrf=${xsrf}&logout=yes`,
  });
  for (let i = 0; i < 50 && (await me(jar)).status === 200; i++) await new Promise((resolve) => setTimeout(resolve, 50));
  t.is((await me(jar)).status, 401);
  t.true((await entries('session.close', 'signed_out_there')).length >= 1);
});

test.serial('R47: signing out here leads to the end of the session there, without a token in the address', async (t) => {
  await known('goes.one');
  const jar = await signedOn('goes.one');
  const out = await jar.go(url('/sign-out'), { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: '' });
  t.is(out.location, url('/sign-in/sso/ended'));
  const page = await jar.go(out.location);
  t.regex(page.text, /\/session\/end\?/);
  t.notRegex(page.text, /id_token_hint/);
  t.is((await me(jar)).status, 401);
});
