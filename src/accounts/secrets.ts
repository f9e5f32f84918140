import { createHash } from 'node:crypto';
import type { AccountsDeps } from './deps.js';

const DIGITS = '0123456789abcdefghijklmnopqrstuv';

/** A secret of 256 random bits with a prefix that scanners of leaked secrets can find. Stored only as {@link hashSecret}. */
export function newSecret(deps: Pick<AccountsDeps, 'random'>, prefix: 'lantai_s_' | 'lantai_t_' | 'lantai_i_' | 'lantai_d_'): string {
  return prefix + deps.random(32).toString('base64url');
}

/** What is stored of a secret. It has 256 bits of its own, so a plain digest is enough; looking it up compares digests, not secrets. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update('lantai/secret/v1\0').update(secret).digest();
}

/** A random name for the audit log: `p-…` for persons, `m-…` for machines. */
export function newPseudonym(deps: Pick<AccountsDeps, 'random'>, kind: 'p' | 'm'): string {
  return `${kind}-${[...deps.random(16)].map((byte) => DIGITS[byte % 32]).join('')}`;
}
