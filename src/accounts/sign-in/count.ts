import { createHmac } from 'node:crypto';
import type { Tx } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { AccountsDeps } from '../deps.js';
import { attempt, failed, minutesLeft, type Failures } from './lockout.js';
import { lockFailures, saveFailures } from './store.js';

/** Under what the failures of a name are kept; whatever was typed stands nowhere in clear. */
export function hashName(deps: Pick<AccountsDeps, 'secret'>, username: string): Buffer {
  return createHmac('sha256', deps.secret).update(username).digest();
}

/** Counts a try at a password before it is looked at, in a transaction of its own. */
export async function countAttempt(deps: AccountsDeps, nameHash: Buffer): Promise<{ state: Failures; allowed: boolean }> {
  return deps.db.tx(async (tx) => {
    const now = deps.now();
    const next = attempt(await lockFailures(tx, nameHash, now), now);
    await saveFailures(tx, nameHash, next.state);
    return next;
  });
}

/** After the try failed: locks at the limit. `lockedNow` says whether this very failure did. */
export async function countFailure(deps: AccountsDeps, tx: Tx, nameHash: Buffer): Promise<{ state: Failures; lockedNow: boolean }> {
  const now = deps.now();
  const before = (await lockFailures(tx, nameHash, now)) ?? { failures: 1, lockouts: 0, lockedUntil: null, changedAt: now };
  const state = failed(before, now);
  await saveFailures(tx, nameHash, state);
  return { state, lockedNow: state !== before };
}

/** What a failure is answered with. */
export function failureError(deps: AccountsDeps, state: Failures): CodedError {
  return state.lockedUntil ? new CodedError('locked_out', { params: { minutes: minutesLeft(state, deps.now()) } }) : new CodedError('bad_credentials');
}
