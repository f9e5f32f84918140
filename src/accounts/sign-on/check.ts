import { isAdminRole, mapClaims } from '../../access/index.js';
import { systemActor } from '../../audit/index.js';
import { openField, sealField } from '../../crypto/index.js';
import type { Tx } from '../../db/index.js';
import { CodedError, isCoded } from '../../errors/index.js';
import type { Origin } from '../deps.js';
import { rolesOfPerson } from '../roles/store.js';
import { applyMapped } from './apply.js';
import { hashOf, mappingOf, timesFrom, type SignOnDeps } from './deps.js';
import { refuseSignOn } from './finish.js';
import type { Tokens, Vouched } from './provider.js';
import {
  endSignOnSession,
  forgetTokens,
  forgetUsed,
  lockOpenSession,
  noteFailure,
  noteSuccess,
  openSessionsOf,
  renewSession,
  takeDue,
  useOnce,
  type DueSession,
} from './store.js';

const MINUTE = 60_000;
/** A check that was begun and never finished is made again after so long. */
const LEASE = 2 * MINUTE;
const AT_ONCE = 100;
const FORGET = 60 * MINUTE;

async function end(deps: SignOnDeps, tx: Tx, one: { session_id: string; account_id: string; pseudonym: string }, reason: string): Promise<void> {
  await endSignOnSession(tx, one.session_id, deps.now());
  await deps.audit.append(tx, {
    actor: systemActor('sign-on'),
    act: 'session.close',
    subject: { kind: 'session', id: one.session_id },
    decision: 'allow',
    facts: { account: one.account_id, person: one.pseudonym, reason, source: 'sign_on' },
  });
}

/** The provider still vouches: roles and department as its groups are now, and the session goes on. */
async function goOn(deps: SignOnDeps, due: DueSession, vouched: Vouched): Promise<'renewed' | 'ended'> {
  const mapped = mapClaims(mappingOf(deps), vouched.claims);
  return deps.db.tx(async (tx) => {
    const open = await lockOpenSession(tx, due.session_id);
    if (open === undefined) return 'ended';
    const row = { session_id: due.session_id, account_id: open.id, pseudonym: open.pseudonym };
    if (open.link_id === null || open.state !== 'active' || (await rolesOfPerson(tx, open.person_id)).some(isAdminRole)) {
      await end(deps, tx, row, 'not_active');
      return 'ended';
    }
    await applyMapped(deps, tx, open, mapped);
    const now = deps.now();
    const sealed = sealField(deps.signOn.key, `sign-on:${due.session_id}`, JSON.stringify(vouched.tokens), deps.random);
    await renewSession(tx, { sessionId: due.session_id, sealed, now, ...timesFrom(deps, now, open.latest_end) });
    await deps.audit.append(tx, {
      actor: systemActor('sign-on'),
      act: 'session.check',
      subject: { kind: 'session', id: due.session_id },
      decision: 'allow',
      facts: { account: open.id, person: open.pseudonym, source: 'sign_on' },
    });
    return 'renewed';
  });
}

async function stop(deps: SignOnDeps, due: DueSession, reason: string): Promise<'ended'> {
  await deps.db.tx(async (tx) => {
    const open = await lockOpenSession(tx, due.session_id);
    if (open !== undefined) await end(deps, tx, { session_id: due.session_id, account_id: open.id, pseudonym: open.pseudonym }, reason);
  });
  return 'ended';
}

async function checkOne(deps: SignOnDeps, due: DueSession): Promise<'renewed' | 'ended' | 'unreached' | 'failed'> {
  const { provider, key } = deps.signOn;
  try {
    const tokens = JSON.parse(openField(key, `sign-on:${due.session_id}`, due.tokens_sealed)) as Tokens;
    const done = await goOn(deps, due, await provider.again(tokens));
    await noteSuccess(deps.db, provider.issuer, deps.now());
    return done;
  } catch (error) {
    const code = isCoded(error) ? error.code : 'internal';
    await noteFailure(deps.db, provider.issuer, code, deps.now());
    if (code === 'sign_on_denied' || code === 'sign_on_invalid' || code === 'content_damaged') return stop(deps, due, code);
    // the session ends by itself at its time
    return code === 'sign_on_unavailable' ? 'unreached' : 'failed';
  }
}

export interface Checked {
  renewed: number;
  ended: number;
  /** Could not be checked; each ends at its check's time and the grace, unless a later try succeeds. */
  unreached: number;
  /** Something went wrong with this one here; the others go on. */
  failed: number;
}

/** A job: asks the provider again about every session whose check is due. Who left there, or lost a group, loses it here. */
export async function checkSignOns(deps: SignOnDeps): Promise<Checked> {
  const now = deps.now();
  const checked: Checked = { renewed: 0, ended: 0, unreached: 0, failed: 0 };
  const idleSince = new Date(now.getTime() - deps.limits.sessionIdleMinutes * MINUTE);
  await forgetUsed(deps.db, new Date(now.getTime() - FORGET));
  await forgetTokens(deps.db, now);
  for (;;) {
    const due = await takeDue(deps.db, now, new Date(now.getTime() + LEASE), idleSince, AT_ONCE);
    for (const one of due) {
      // a provider that does not answer is not asked again for each of the others
      if (checked.unreached > 0) checked.unreached += 1;
      else checked[await checkOne(deps, one)] += 1;
    }
    if (due.length < AT_ONCE || checked.unreached > 0) return checked;
  }
}

/** The provider's notice that somebody signed out there: their sessions here end at once. Gives how many. */
export async function endByNotice(deps: SignOnDeps, input: Origin & { logoutToken: string }): Promise<number> {
  try {
    const notice = await deps.signOn.provider.notice(input.logoutToken);
    const now = deps.now();
    const subject = notice.subject === null ? null : hashOf(deps, 'subject', notice.subject);
    const sid = notice.sid === null ? null : hashOf(deps, 'sid', notice.sid);
    return await deps.db.tx(async (tx) => {
      // in one step with what it ends: a notice that came to nothing may come again
      if (!(await useOnce(tx, hashOf(deps, 'notice', notice.id), now))) throw new CodedError('sign_on_expired');
      const rows = await openSessionsOf(tx, deps.signOn.provider.issuer, subject, sid);
      for (const row of rows) await end(deps, tx, row, 'signed_out_there');
      return rows.length;
    });
  } catch (error) {
    return refuseSignOn(deps, input, error);
  }
}
