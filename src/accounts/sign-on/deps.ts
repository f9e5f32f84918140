import { createHmac, type KeyObject } from 'node:crypto';
import type { Claims, SignOnMapping } from '../../access/index.js';
import { CodedError } from '../../errors/index.js';
import type { AccountsDeps } from '../deps.js';
import type { Provider } from './provider.js';

/** What single sign-on needs besides. */
export interface SignOnSettings {
  provider: Provider;
  /** `keystore.secret('sign-on')`: seals tokens, hashes subjects, makes what ties an answer to a browser. */
  key: KeyObject;
  /** A session is checked with the provider so often, and ends so long after a check was due that could not be made. */
  checkMinutes: number;
  graceMinutes: number;
}

export interface SignOnDeps extends AccountsDeps {
  signOn: SignOnSettings;
}

/** The mapping in force; `sign_on_unavailable` until the rules that hold one are approved. */
export function mappingOf(deps: SignOnDeps): SignOnMapping {
  const mapping = deps.policies.active().signOn;
  if (mapping === undefined) throw new CodedError('sign_on_unavailable', { detail: 'the mapping of groups is not approved yet' });
  return mapping;
}

/** What is stored of a name that the provider uses: its subject, its session, the id of a notice. */
export function hashOf(deps: SignOnDeps, kind: 'subject' | 'sid' | 'state' | 'notice', value: string): Buffer {
  return createHmac('sha256', deps.signOn.key).update(`${kind}\0${deps.signOn.provider.issuer}\0`).update(value).digest();
}

/** Whether the provider asked the person who it is since a moment. It tells whole seconds, of when it last did. */
export function askedSince(claims: Claims, moment: Date): boolean {
  const at = Number(claims['auth_time'] ?? 0);
  return Number.isFinite(at) && (at + 1) * 1000 > moment.getTime();
}

const MINUTE = 60_000;

/** When a session that was vouched for now is checked next, and when it ends unless it is. */
export function timesFrom(deps: SignOnDeps, now: Date, latestEnd: Date): { checkAt: Date; expiresAt: Date } {
  const { checkMinutes, graceMinutes } = deps.signOn;
  const until = now.getTime() + (checkMinutes + graceMinutes) * MINUTE;
  return { checkAt: new Date(now.getTime() + checkMinutes * MINUTE), expiresAt: new Date(Math.min(until, latestEnd.getTime())) };
}
