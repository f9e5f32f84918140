import { assertRecent, assertSecondFactor } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { AccountsDeps } from '../deps.js';
import { lockAccountRow } from '../people/store.js';
import { endSessionsOf } from '../sessions/store.js';
import { countAttempt, countFailure } from '../sign-in/count.js';
import { forgetFailures } from '../sign-in/store.js';
import { failuresOf, makeRecoveryCodes, ownSession, secretOf, secretText, storeSecret, wrongCode } from './factor.js';
import { confirmFactor, endFactors, findBegun, findLive, markFactorShown } from './store.js';
import { matchingStep, otpauthUri } from './totp.js';

/** Minutes within which an enrolment that was begun must be confirmed, in the same session. */
export const ENROL_MINUTES = 15;

/** A secret to be put into an app: as text, and as what its QR code holds. Given to its owner only, and only until it is confirmed. */
export interface Enrolment {
  secret: string;
  uri: string;
  expiresAt: Date;
}

const expiryOf = (begun: Date): Date => new Date(begun.getTime() + ENROL_MINUTES * 60_000);

/**
 * Begins enrolment, the first or that of a new phone; nothing changes until a code of it was shown. Asks for a password or
 * code of the last minutes, and for the present second factor where there is one.
 */
export async function beginSecondFactor(deps: AccountsDeps, actor: Actor): Promise<Enrolment> {
  const { accountId, sessionId } = ownSession(actor);
  assertRecent(deps, actor);
  return deps.db.tx(async (tx) => {
    const account = await lockAccountRow(tx, accountId);
    if (account?.state !== 'active') throw new CodedError('unauthenticated');
    const live = await findLive(tx, accountId);
    if (live) assertSecondFactor(actor);
    const now = deps.now();
    await endFactors(tx, accountId, 'abandoned', now);
    const { secret } = await storeSecret(deps, tx, { accountId, sessionId, confirmed: false });
    await deps.audit.append(tx, {
      actor,
      act: 'second_factor.begin',
      subject: { kind: 'account', id: accountId },
      decision: 'allow',
      facts: { again: live !== undefined },
    });
    return { secret, uri: otpauthUri({ issuer: deps.archiveName, account: account.username, secret }), expiresAt: expiryOf(now) };
  });
}

/** The enrolment that was begun in this session and still waits for its code. */
export async function begunSecondFactor(deps: AccountsDeps, actor: Actor): Promise<Enrolment | null> {
  const { accountId, sessionId } = ownSession(actor);
  const row = await findBegun(deps.db, accountId);
  if (row?.session_id !== sessionId || expiryOf(row.created_at) <= deps.now()) return null;
  const account = await deps.db.tx((tx) => lockAccountRow(tx, accountId));
  const secret = secretText(deps, accountId, row);
  return { secret, uri: otpauthUri({ issuer: deps.archiveName, account: account?.username ?? '', secret }), expiresAt: expiryOf(row.created_at) };
}

/**
 * Confirms enrolment with a code of the new secret. From now on it is the account's second factor, shown in this session;
 * an earlier one and every other session end. Gives the recovery codes, shown this once.
 */
export async function confirmSecondFactor(deps: AccountsDeps, actor: Actor, input: { code: string }): Promise<{ recoveryCodes: string[] }> {
  const { accountId, sessionId } = ownSession(actor);
  const begun = await findBegun(deps.db, accountId);
  if (begun?.session_id !== sessionId || expiryOf(begun.created_at) <= deps.now()) throw new CodedError('wrong_state');
  const nameHash = failuresOf(deps, accountId);
  const counted = await countAttempt(deps, nameHash);
  const step = counted.allowed ? matchingStep(secretOf(deps, accountId, begun), input.code.replace(/\s/g, ''), deps.now(), null) : undefined;
  if (step === undefined) {
    const state = await deps.db.tx(async (tx) => {
      await deps.audit.append(tx, { actor, act: 'second_factor.confirm', subject: { kind: 'account', id: accountId }, decision: 'deny' });
      return counted.allowed ? (await countFailure(deps, tx, nameHash)).state : counted.state;
    });
    throw wrongCode(deps, state);
  }
  return deps.db.tx(async (tx) => {
    if ((await lockAccountRow(tx, accountId))?.state !== 'active') throw new CodedError('unauthenticated');
    const now = deps.now();
    const replaced = (await findLive(tx, accountId)) !== undefined;
    if (replaced) assertSecondFactor(actor);
    await endFactors(tx, accountId, 'replaced', now);
    if ((await confirmFactor(tx, begun.id, step, now)) === 0 || (await markFactorShown(tx, sessionId, now)) === 0) throw new CodedError('wrong_state');
    await forgetFailures(tx, nameHash);
    const recoveryCodes = await makeRecoveryCodes(deps, tx, begun.id);
    const ended = await endSessionsOf(tx, [accountId], 'everywhere', now, sessionId);
    const facts = { replaced, ended, codes: recoveryCodes.length };
    await deps.audit.append(tx, { actor, act: 'second_factor.confirm', subject: { kind: 'account', id: accountId }, decision: 'allow', facts });
    return { recoveryCodes };
  });
}
