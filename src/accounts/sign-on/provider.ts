import * as oidc from 'openid-client';
import type { Claims } from '../../access/index.js';
import { CodedError } from '../../errors/index.js';
import { logoutTokens, type LogoutNotice } from './logout-token.js';

export interface ProviderSettings {
  issuer: string;
  clientId: string;
  clientSecret: string;
  scopes: readonly string[];
}

/** What the provider says of somebody. Its tokens are for the next check and stand nowhere in clear. */
export interface Vouched {
  subject: string;
  /** The provider's own session, where it names one. */
  sid: string | null;
  claims: Claims;
  tokens: Tokens;
}

export interface Tokens {
  subject: string;
  refresh: string | null;
  access: string;
}

/** The values that tie an answer to the browser that asked. */
export interface Attempt {
  redirectUri: string;
  state: string;
  nonce: string;
  verifier: string;
  /** Whether the provider must ask the person again, whatever it remembers of this browser. */
  fresh: boolean;
}

/** An OpenID Connect provider, as the rest of the module needs it. Throws coded errors only; no token ever stands in one. */
export interface Provider {
  readonly issuer: string;
  authorizationUrl(attempt: Attempt): Promise<string>;
  /** Exchanges the answer's code. @throws `sign_on_invalid`, `sign_on_denied`, `sign_on_unavailable` */
  answer(search: string, attempt: Attempt): Promise<Vouched>;
  /** Asks again about somebody who is signed in. @throws `sign_on_denied` when the provider no longer vouches, `sign_on_unavailable` */
  again(tokens: Tokens): Promise<Vouched>;
  /** A notice that somebody's session there has ended. @throws `sign_on_invalid`, `sign_on_unavailable` */
  notice(logoutToken: string): Promise<LogoutNotice>;
  /** Where the session there ends; `null` where the provider has no such place or cannot be reached. */
  endUrl(returnTo: string): Promise<string | null>;
}

/** Seconds that the provider may take to answer. */
const TIMEOUT = 8;
/** Seconds that may have passed since the provider asked, where it was told to. */
const FRESH = 60;

/** What went wrong, as a code: the provider said no, said something that does not hold, or said nothing. */
function coded(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  if (error instanceof oidc.AuthorizationResponseError) return new CodedError('sign_on_denied', { detail: error.error });
  if (error instanceof oidc.ResponseBodyError) {
    if (error.status >= 500 || error.status === 429) return new CodedError('sign_on_unavailable', { detail: `status ${error.status}` });
    return new CodedError('sign_on_denied', { detail: error.error });
  }
  if (error instanceof oidc.WWWAuthenticateChallengeError) return new CodedError('sign_on_denied', { detail: `status ${error.status}` });
  const name = error instanceof Error ? error.name : '';
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const network = name === 'TimeoutError' || name === 'AbortError' || error instanceof TypeError || code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT';
  const status = code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' && error instanceof Error && error.cause instanceof Response ? error.cause.status : 0;
  if (network || status >= 500) return new CodedError('sign_on_unavailable', { detail: code || name });
  return new CodedError('sign_on_invalid', { detail: code || name });
}

async function told<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw coded(error);
  }
}

/** A provider by its settings; found by discovery when it is first needed, and looked for again after a failure. */
export function createProvider(settings: ProviderSettings): Provider {
  const issuer = new URL(settings.issuer);
  let found: Promise<oidc.Configuration> | undefined;
  let notices: ReturnType<typeof logoutTokens> | undefined;

  async function discover(): Promise<oidc.Configuration> {
    const config = await oidc.discovery(issuer, settings.clientId, undefined, oidc.ClientSecretBasic(settings.clientSecret), {
      timeout: TIMEOUT,
      // the configuration allows plain http for this machine only
      execute: [oidc.enableNonRepudiationChecks, ...(issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : [])],
    });
    return config;
  }

  function config(): Promise<oidc.Configuration> {
    found ??= discover().catch((error: unknown) => {
      found = undefined;
      const failed = coded(error);
      throw failed.code === 'sign_on_invalid' ? new CodedError('sign_on_unavailable', { detail: failed.detail ?? 'discovery' }) : failed;
    });
    return found;
  }

  async function vouched(
    server: oidc.Configuration,
    answer: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers,
    before: Tokens | null,
  ): Promise<Vouched> {
    const said = answer.claims();
    const subject = said?.sub ?? before?.subject;
    if (subject === undefined || subject === '' || (before !== null && subject !== before.subject))
      throw new CodedError('sign_on_invalid', { detail: 'another subject' });
    const more = server.serverMetadata().userinfo_endpoint === undefined ? {} : await oidc.fetchUserInfo(server, answer.access_token, subject);
    const sid = typeof said?.['sid'] === 'string' ? said['sid'] : null;
    const tokens = { subject, refresh: answer.refresh_token ?? before?.refresh ?? null, access: answer.access_token };
    return { subject, sid, claims: { ...said, ...more }, tokens };
  }

  return {
    issuer: settings.issuer,
    authorizationUrl: ({ redirectUri, state, nonce, verifier, fresh }) =>
      told(async () => {
        const server = await config();
        const asked = {
          redirect_uri: redirectUri,
          scope: settings.scopes.join(' '),
          state,
          nonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          ...(fresh ? { prompt: 'login', max_age: '0' } : {}),
        };
        return oidc.buildAuthorizationUrl(server, asked).href;
      }),
    answer: (search, { redirectUri, state, nonce, verifier, fresh }) =>
      told(async () => {
        const server = await config();
        const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true, ...(fresh ? { maxAge: FRESH } : {}) };
        return vouched(server, await oidc.authorizationCodeGrant(server, new URL(redirectUri + search), checks), null);
      }),
    again: (tokens) =>
      told(async () => {
        const server = await config();
        if (tokens.refresh !== null) return vouched(server, await oidc.refreshTokenGrant(server, tokens.refresh), tokens);
        const claims = await oidc.fetchUserInfo(server, tokens.access, tokens.subject);
        return { subject: tokens.subject, sid: null, claims, tokens };
      }),
    notice: (token) =>
      told(async () => {
        const { issuer: named, jwks_uri } = (await config()).serverMetadata();
        if (jwks_uri === undefined) throw new CodedError('sign_on_invalid', { detail: 'no keys' });
        notices ??= logoutTokens({ issuer: named, audience: settings.clientId, keys: new URL(jwks_uri) });
        return notices(token);
      }),
    async endUrl(returnTo) {
      const server = await config().catch(() => null);
      if (server?.serverMetadata().end_session_endpoint === undefined) return null;
      // without a token in the address: the provider asks the person instead
      return oidc.buildEndSessionUrl(server, { post_logout_redirect_uri: returnTo }).href;
    },
  };
}
