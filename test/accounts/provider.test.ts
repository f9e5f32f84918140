import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { mapClaims, signOnMapping } from '../../src/access/index.js';
import { createProvider, type Provider } from '../../src/accounts/index.js';
import type { ErrorCode } from '../../src/errors/index.js';

const coded = (code: ErrorCode) => ({ message: code, name: 'CodedError' });
const attempt = {
  redirectUri: 'http://127.0.0.1:1/sign-in/sso/callback',
  state: 's'.repeat(43),
  nonce: 'n'.repeat(43),
  verifier: 'v'.repeat(43),
  fresh: false,
};
const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };

/** A provider that says whatever a test has it say, signed with its own key or another one. */
interface Liar {
  provider: Provider;
  issuer: string;
  say(claims: Record<string, unknown>, how?: { foreignKey?: boolean; lifetime?: number; age?: number }): Promise<string>;
  token: string;
  close(): void;
}

async function liar(): Promise<Liar> {
  const [own, foreign] = [await generateKeyPair('RS256', { extractable: true }), await generateKeyPair('RS256')];
  const keys = { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }] };
  const server: Server = createServer((req, res) => {
    const answers: Record<string, unknown> = {
      '/.well-known/openid-configuration': {
        issuer: one.issuer,
        authorization_endpoint: `${one.issuer}/auth`,
        token_endpoint: `${one.issuer}/token`,
        jwks_uri: `${one.issuer}/jwks`,
        id_token_signing_alg_values_supported: ['RS256'],
      },
      '/jwks': keys,
      '/token': { access_token: 'an access token', token_type: 'Bearer', expires_in: 60, id_token: one.token },
    };
    res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answers[req.url ?? '']));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const one: Liar = {
    issuer,
    provider: createProvider({ issuer, clientId: 'lantai', clientSecret: 'x', scopes: ['openid'] }),
    token: '',
    say(claims, { foreignKey = false, lifetime = 60, age = 0 } = {}) {
      const now = Math.floor(Date.now() / 1000) - age;
      const payload = { iss: issuer, aud: 'lantai', sub: 'somebody', iat: now, exp: now + lifetime, ...claims };
      return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign((foreignKey ? foreign : own).privateKey);
    },
    close: () => void server.close(),
  };
  return one;
}

test('R47: an identity token with a wrong issuer, audience, nonce, age or key opens nothing', async (t) => {
  const one = await liar();
  t.teardown(() => one.close());
  const search = `?code=c&state=${attempt.state}`;
  const { nonce } = attempt;
  one.token = await one.say({ nonce });
  t.like(await one.provider.answer(search, attempt), { subject: 'somebody' });
  const lies: [string, Promise<string>][] = [
    ['issuer', one.say({ nonce, iss: 'https://other.example' })],
    ['audience', one.say({ nonce, aud: 'another-client' })],
    ['nonce', one.say({ nonce: 'of another attempt' })],
    ['no nonce', one.say({})],
    ['expired', one.say({ nonce }, { age: 3600, lifetime: 60 })],
    ['another key', one.say({ nonce }, { foreignKey: true })],
    ['no subject', one.say({ nonce, sub: '' })],
  ];
  for (const [name, token] of lies) {
    one.token = await token;
    await t.throwsAsync(one.provider.answer(search, attempt), coded('sign_on_invalid'), name);
  }
  const [head, body] = (await one.say({ nonce })).split('.');
  one.token = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
  await t.throwsAsync(one.provider.answer(search, attempt), coded('sign_on_invalid'), `unsigned instead of ${head}`);
  await t.throwsAsync(one.provider.answer('?code=c&state=other', attempt), coded('sign_on_invalid'));
  await t.throwsAsync(one.provider.answer(`?error=access_denied&state=${attempt.state}`, attempt), coded('sign_on_denied'));
});

test('R42, R47: where the provider was told to ask again, what it says without having asked counts for nothing', async (t) => {
  const one = await liar();
  t.teardown(() => one.close());
  const fresh = { ...attempt, fresh: true };
  const asked = new URL(await one.provider.authorizationUrl(fresh)).searchParams;
  t.deepEqual([asked.get('prompt'), asked.get('max_age')], ['login', '0']);
  t.false(new URL(await one.provider.authorizationUrl(attempt)).searchParams.has('prompt'));
  const search = `?code=c&state=${attempt.state}`;
  const { nonce } = attempt;
  const now = Math.floor(Date.now() / 1000);
  for (const [name, auth_time] of [
    ['long ago', now - 300],
    ['never said', undefined],
  ] as const) {
    one.token = await one.say({ nonce, auth_time });
    await t.throwsAsync(one.provider.answer(search, fresh), coded('sign_on_invalid'), name);
    await t.notThrowsAsync(one.provider.answer(search, attempt));
  }
  one.token = await one.say({ nonce, auth_time: now });
  t.is((await one.provider.answer(search, fresh)).claims['auth_time'], now);
});

test('R47: a logout token is checked like any other, and an identity token never passes for one', async (t) => {
  const one = await liar();
  t.teardown(() => one.close());
  t.deepEqual(await one.provider.notice(await one.say({ jti: 'j1', events: EVENTS, sid: 'there' })), { id: 'j1', subject: 'somebody', sid: 'there' });
  const lies: [string, Promise<string>][] = [
    ['issuer', one.say({ jti: 'j', events: EVENTS, iss: 'https://other.example' })],
    ['audience', one.say({ jti: 'j', events: EVENTS, aud: 'another' })],
    ['key', one.say({ jti: 'j', events: EVENTS }, { foreignKey: true })],
    ['old', one.say({ jti: 'j', events: EVENTS }, { age: 3600, lifetime: 7200 })],
    ['nonce', one.say({ jti: 'j', events: EVENTS, nonce: 'n' })],
    ['no event', one.say({ jti: 'j', events: {} })],
    ['no id', one.say({ events: EVENTS })],
    ['nobody', one.say({ jti: 'j', events: EVENTS, sub: undefined })],
  ];
  for (const [name, token] of lies) await t.throwsAsync(one.provider.notice(await token), coded('sign_on_invalid'), name);
});

test('R47: a provider that cannot be reached is said to be so, and is found once it is back', async (t) => {
  const one = await liar();
  const gone = createProvider({ issuer: one.issuer, clientId: 'lantai', clientSecret: 'x', scopes: ['openid'] });
  one.close();
  await t.throwsAsync(gone.authorizationUrl(attempt), coded('sign_on_unavailable'));
  await t.throwsAsync(gone.again({ subject: 's', refresh: 'r', access: 'a' }), coded('sign_on_unavailable'));
  t.is(await gone.endUrl('http://127.0.0.1/'), null);
});

test('R82: the mapping is closed: unknown groups mean nothing, no group makes an administrator, a second factor only where named', (t) => {
  const mapping = signOnMapping.parse({
    link: { claim: 'preferred_username' },
    groups: { claim: 'groups' },
    roles: [{ group: 'a', role: 'agent' }],
    departments: [
      { group: 'd1', department: 'hotline' },
      { group: 'd2', department: 'field' },
    ],
  });
  t.deepEqual(mapClaims(mapping, { preferred_username: 'x', groups: ['a', 'A', 'd2', 'd1'], amr: ['otp'], acr: 'high' }), {
    link: 'x',
    roles: ['agent'],
    department: 'hotline',
    secondFactor: false,
  });
  t.deepEqual(mapClaims(mapping, { preferred_username: ['x'], groups: { a: true } }), { link: null, roles: [], department: null, secondFactor: false });
  t.true(mapClaims({ ...mapping, second_factor: { acr: [], amr: ['otp'] } }, { amr: ['pwd', 'otp'] }).secondFactor);
  for (const role of ['system_admin', 'security_admin', 'audit_admin', 'integration', 'nonsense'])
    t.false(signOnMapping.safeParse({ ...mapping, roles: [{ group: 'a', role }] }).success, role);
});
