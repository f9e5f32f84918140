import { hash, verify } from '@node-rs/argon2';
import type { AccountsDeps } from '../deps.js';
import { normalPassword, PASSWORD } from './rules.js';

/** argon2id, 19 MiB, two passes: what OWASP asks for at least, about 20 ms. Salts are 16 random bytes of the library's own. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

export function hashPassword(password: string): Promise<string> {
  return hash(normalPassword(password), COST);
}

/** A hash that no password has, so that a name nobody bears costs the same time as a wrong password. */
export function hashOfNobody(deps: Pick<AccountsDeps, 'random'>): Promise<string> {
  return hash(deps.random(32), COST);
}

/** Compares in constant time. Never throws: a hash that cannot be read matches nothing. */
export async function matches(stored: string, password: string): Promise<boolean> {
  if (password.length > PASSWORD.max * 2) return (await verify(stored, '').catch(() => false)) && false;
  return verify(stored, normalPassword(password)).catch(() => false);
}
