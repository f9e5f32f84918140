import { authorize } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import type { Origin } from '../deps.js';
import { checkSignOns, endByNotice, type Checked } from './check.js';
import type { SignOnDeps } from './deps.js';
import { beginSignOn, finishSignOn, type Answered } from './finish.js';
import { beginProof, finishProof } from './prove.js';
import { countsOf, findState, isSignOnSession } from './store.js';

export interface ConnectionState {
  issuer: string;
  /** Whether the rules in force say what its groups mean. */
  mapped: boolean;
  lastSuccessAt: Date | null;
  lastFailureAt: Date | null;
  /** A code of ours. */
  lastFailure: string | null;
  linked: number;
  open: number;
  checkMinutes: number;
  graceMinutes: number;
}

/** Single sign-on, where it is configured. */
export interface SignOn {
  begin(input: { redirectUri: string; next: string; fresh: boolean }): Promise<{ url: string; ticket: string }>;
  finish(input: Answered): ReturnType<typeof finishSignOn>;
  /** For who ends a reading on site at its screen and has neither password nor code: the provider asks again who it is. */
  beginProof(actor: Actor, redirectUri: string): Promise<{ url: string; ticket: string }>;
  finishProof(actor: Actor, input: Pick<Answered, 'redirectUri' | 'search' | 'ticket'>): Promise<void>;
  /** The job that looks whether the provider still vouches. */
  check(): Promise<Checked>;
  notice(input: Origin & { logoutToken: string }): Promise<number>;
  /** Where the session at the provider ends, for a session that came from there; `null` otherwise. */
  endUrl(actor: Actor, returnTo: string): Promise<string | null>;
  /** How the connection fares, for who keeps the accounts. */
  state(actor: Actor): Promise<ConnectionState>;
}

export function createSignOn(deps: SignOnDeps): SignOn {
  const { provider, checkMinutes, graceMinutes } = deps.signOn;
  return {
    begin: (input) => beginSignOn(deps, input),
    finish: (input) => finishSignOn(deps, input),
    beginProof: (actor, redirectUri) => beginProof(deps, actor, redirectUri),
    finishProof: (actor, input) => finishProof(deps, actor, input),
    check: () => checkSignOns(deps),
    notice: (input) => endByNotice(deps, input),
    async endUrl(actor, returnTo) {
      if (actor.sessionId === null || actor.kind !== 'person' || !(await isSignOnSession(deps.db, actor.sessionId))) return null;
      return provider.endUrl(returnTo);
    },
    async state(actor) {
      const { policy } = authorize(deps.policies.active(), actor, 'account.manage');
      const now = deps.now();
      await deps.db.tx((tx) => deps.audit.append(tx, { actor, act: 'sign_on.status', subject: { kind: 'archive', id: 'sign-on' }, decision: 'allow', policy }));
      const row = await findState(deps.db, provider.issuer);
      return {
        issuer: provider.issuer,
        mapped: deps.policies.active().signOn !== undefined,
        lastSuccessAt: row?.last_success_at ?? null,
        lastFailureAt: row?.last_failure_at ?? null,
        lastFailure: row?.last_failure ?? null,
        ...(await countsOf(deps.db, provider.issuer, now)),
        checkMinutes,
        graceMinutes,
      };
    },
  };
}
