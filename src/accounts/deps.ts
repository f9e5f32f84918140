import type { KeyObject } from 'node:crypto';
import type { PolicySet } from '../access/index.js';
import type { Audit } from '../audit/index.js';
import type { SignOnSettings } from './sign-on/deps.js';
import type { Db } from '../db/index.js';

export interface AccountLimits {
  /** A session ends after so many minutes without use. */
  sessionIdleMinutes: number;
  /** A session ends so many hours after sign-in, whatever the use. */
  sessionHours: number;
  /** An account that nobody signed in to for so many days goes to sleep. */
  accountSleepDays: number;
}

export interface AccountsDeps {
  db: Db;
  audit: Pick<Audit, 'append' | 'appendMany'>;
  /** The rules that act now; throws `policy_invalid` when none do. */
  policies: { active(): PolicySet };
  /** Key under which typed user names are hashed for lock-out: `keystore.secret('sign-in')`. */
  secret: KeyObject;
  /** Secrets of second factors, their recovery codes, and the addresses of sessions. */
  keystore: { secret(name: string): KeyObject };
  /** What an authenticator app shows beside a code. */
  archiveName: string;
  limits: AccountLimits;
  /** Where people sign on at a provider too. */
  signOn?: SignOnSettings | undefined;
  now(): Date;
  random(n: number): Buffer;
}

/** Where a request comes from and which one it is; never taken from its body. */
export interface Origin {
  address: string | null;
  requestId: string;
}
