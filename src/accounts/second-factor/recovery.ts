import { createHmac } from 'node:crypto';
import type { AccountsDeps } from '../deps.js';

/** How many recovery codes are made at a time; each stands for the second factor once. */
export const RECOVERY_CODES = 10;

const SIGNS = 'abcdefghjkmnpqrstuvwxyz23456789';
const LENGTH = 12;

/** Twelve signs that are not mistaken for each other, about 59 bits, in groups of four. */
export function newRecoveryCode(deps: Pick<AccountsDeps, 'random'>): string {
  const signs: string[] = [];
  while (signs.length < LENGTH) for (const byte of deps.random(16)) if (byte < 248 && signs.length < LENGTH) signs.push(SIGNS[byte % 31] ?? '');
  return (signs.join('').match(/.{4}/g) ?? []).join('-');
}

/** A code as typed, without what people put between; `undefined` where it cannot be one. */
export function foldRecoveryCode(typed: string): string | undefined {
  const folded = typed.normalize('NFKC').toLowerCase().replace(/[\s-]/g, '');
  return folded.length === LENGTH && [...folded].every((sign) => SIGNS.includes(sign)) ? folded : undefined;
}

/** What is stored of a code: a digest under a secret of the keystore, because 59 bits alone could be tried out. */
export function hashRecoveryCode(deps: Pick<AccountsDeps, 'keystore'>, factorId: string, code: string): Buffer {
  return createHmac('sha256', deps.keystore.secret('recovery-codes'))
    .update(`${factorId}\0${foldRecoveryCode(code) ?? ''}`)
    .digest();
}
