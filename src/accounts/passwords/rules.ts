import { invalidField } from '../../errors/index.js';
import { COMMON } from './common.js';
import { isLeaked } from './leaked.js';

/** Limits of a password in code points, stated in errors. No rules about kinds of characters: length is what helps. */
export const PASSWORD = { min: 12, max: 256 } as const;

/** The same password typed on another keyboard or system is the same password. */
export function normalPassword(password: string): string {
  return password.normalize('NFKC');
}

/** `aaaa…`, `abcabc…`: a short piece repeated. */
function isRepeated(text: string): boolean {
  return /^(.{1,4})\1+.{0,3}$/su.test(text);
}

/** `123456…`, `abcdef…`, up or down: every step the same. */
function isRow(points: readonly number[]): boolean {
  const step = (points[1] ?? 0) - (points[0] ?? 0);
  return Math.abs(step) <= 1 && points.every((point, i) => i === 0 || point - (points[i - 1] ?? 0) === step);
}

const STANDS_FOR: Readonly<Record<string, string>> = { '@': 'a', '4': 'a', '3': 'e', '0': 'o', $: 's', '5': 's', '1': 'i', '!': 'i', '7': 't' };

/** The word inside: without what is put around it, with letters for the signs that stand for them. */
function bare(lower: string): string {
  const word = lower.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  return word.replace(/[@430$51!7]/g, (sign) => STANDS_FOR[sign] ?? sign).replace(/[^\p{L}]/gu, '');
}

/**
 * Among the leaked as it stands, or as a leaked word that makes up at least half of it: a short name between many random
 * digits is no leaked password.
 */
function leaked(lower: string, length: number): boolean {
  const word = bare(lower);
  return isLeaked(lower) || ([...word].length * 2 >= length && isLeaked(word));
}

/**
 * Throws `invalid_field` unless the password may be used: long enough, not among the commonest (`weak`), not a row or a
 * repetition, without the user name in it, and not among those that were leaked (`leaked`).
 * @param field where the password stands in the request
 */
export function checkPassword(password: string, username: string, field = 'password'): void {
  const text = normalPassword(password);
  const points = [...text].map((sign) => sign.codePointAt(0) ?? 0);
  if (!text.isWellFormed()) throw invalidField(field, 'lone_surrogate');
  if (text.includes('\0')) throw invalidField(field, 'nul');
  if (points.length < PASSWORD.min) throw invalidField(field, 'too_short', { min: PASSWORD.min });
  if (points.length > PASSWORD.max) throw invalidField(field, 'too_long', { max: PASSWORD.max });
  const lower = text.toLowerCase();
  const weak =
    COMMON.has(lower) ||
    COMMON.has(bare(lower)) ||
    isRepeated(lower) ||
    isRow(points) ||
    new Set(points).size < 4 ||
    (username.length >= 3 && lower.includes(username.toLowerCase()));
  if (weak) throw invalidField(field, 'weak', { min: PASSWORD.min });
  if (leaked(lower, points.length)) throw invalidField(field, 'leaked');
}
