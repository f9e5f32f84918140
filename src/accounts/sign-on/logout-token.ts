import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { CodedError } from '../../errors/index.js';

/** Who is signed out, by the provider's word: a session of theirs, or everything of a subject. */
export interface LogoutNotice {
  /** Works once. */
  id: string;
  subject: string | null;
  sid: string | null;
}

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Seconds that a notice may be old. */
const OLDEST = 300;
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

/** Checks logout tokens of OpenID Connect Back-Channel Logout 1.0, section 2.6, against the provider's own keys. */
export function logoutTokens(from: { issuer: string; audience: string; keys: URL }): (token: string) => Promise<LogoutNotice> {
  const keys = createRemoteJWKSet(from.keys, { timeoutDuration: 8_000 });
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, {
      issuer: from.issuer,
      audience: from.audience,
      algorithms: ALGORITHMS,
      maxTokenAge: OLDEST,
      requiredClaims: ['iat', 'jti', 'events'],
    }).catch((error: unknown) => {
      if (error instanceof errors.JWKSTimeout || error instanceof TypeError) throw new CodedError('sign_on_unavailable', { detail: 'keys' });
      throw new CodedError('sign_on_invalid', { detail: error instanceof errors.JOSEError ? error.code : 'logout token' });
    });
    const events = payload['events'];
    const isLogout = typeof events === 'object' && events !== null && EVENT in events;
    const sid = typeof payload['sid'] === 'string' ? payload['sid'] : null;
    const subject = payload.sub ?? null;
    // an identity token has a nonce: it must never pass for a notice
    if (!isLogout || 'nonce' in payload || (sid === null && subject === null)) throw new CodedError('sign_on_invalid', { detail: 'not a logout token' });
    return { id: payload.jti ?? '', subject, sid };
  };
}
