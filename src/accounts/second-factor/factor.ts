import { createHmac } from 'node:crypto';
import type { Actor } from '../../audit/index.js';
import { openField, sealField } from '../../crypto/index.js';
import { CodedError, invalidField } from '../../errors/index.js';
import { newId, type Tx } from '../../db/index.js';
import type { AccountsDeps } from '../deps.js';
import { minutesLeft, type Failures } from '../sign-in/lockout.js';
import { hashRecoveryCode, newRecoveryCode, RECOVERY_CODES } from './recovery.js';
import { insertFactor, insertRecoveryCodes, type FactorRow } from './store.js';
import { fromBase32, toBase32, TOTP } from './totp.js';

/** The person of a session; a second factor belongs to nobody else. */
export function ownSession(actor: Actor): { accountId: string; sessionId: string } {
  if (actor.kind !== 'person' || actor.accountId === null || actor.sessionId === null) throw new CodedError('unauthenticated');
  return { accountId: actor.accountId, sessionId: actor.sessionId };
}

const context = (factorId: string, accountId: string): string => `second-factor:${factorId}/${accountId}`;

/** Stores a new secret, sealed for this row and account; the secret itself goes to the person only. */
export async function storeSecret(
  deps: AccountsDeps,
  tx: Tx,
  one: { accountId: string; sessionId: string | null; confirmed: boolean },
): Promise<{ id: string; secret: string }> {
  const id = newId();
  const secret = toBase32(deps.random(TOTP.secretBytes));
  const sealed = sealField(deps.keystore.secret('second-factor'), context(id, one.accountId), secret, deps.random);
  await insertFactor(tx, { id, ...one, sealed, now: deps.now() });
  return { id, secret };
}

/** The secret of a stored factor, as text. */
export function secretText(deps: Pick<AccountsDeps, 'keystore'>, accountId: string, row: Pick<FactorRow, 'id' | 'secret_sealed'>): string {
  return openField(deps.keystore.secret('second-factor'), context(row.id, accountId), row.secret_sealed);
}

export function secretOf(deps: Pick<AccountsDeps, 'keystore'>, accountId: string, row: Pick<FactorRow, 'id' | 'secret_sealed'>): Buffer {
  return fromBase32(secretText(deps, accountId, row));
}

/** Under what failed codes of an account are counted: apart from its passwords, and by no name that could be typed. */
export function failuresOf(deps: Pick<AccountsDeps, 'keystore'>, accountId: string): Buffer {
  return createHmac('sha256', deps.keystore.secret('second-factor')).update(`failures\0${accountId}`).digest();
}

/** What a wrong code is answered with; never whether it was wrong, late or used. */
export function wrongCode(deps: Pick<AccountsDeps, 'now'>, state: Failures): CodedError {
  return state.lockedUntil ? new CodedError('locked_out', { params: { minutes: minutesLeft(state, deps.now()) } }) : invalidField('code', 'wrong_code');
}

/** Makes a fresh set of recovery codes; they are shown this once and kept as digests. */
export async function makeRecoveryCodes(deps: AccountsDeps, tx: Tx, factorId: string): Promise<string[]> {
  const codes = new Set<string>();
  while (codes.size < RECOVERY_CODES) codes.add(newRecoveryCode(deps));
  await insertRecoveryCodes(
    tx,
    factorId,
    [...codes].map((code) => hashRecoveryCode(deps, factorId, code)),
    deps.now(),
  );
  return [...codes];
}
