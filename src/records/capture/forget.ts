import type { RecordsDeps } from '../deps.js';
import { forgetKeys } from './store.js';

/** Hours for which a repeated request with the same idempotency key is known. */
export const KEY_HOURS = 72;

/** Forgets idempotency keys past their time. They are no state of the archive, so no entry speaks of them. */
export async function forgetIdempotencyKeys(deps: RecordsDeps): Promise<number> {
  return deps.db.tx((tx) => forgetKeys(tx, new Date(deps.now().getTime() - KEY_HOURS * 3_600_000)));
}
