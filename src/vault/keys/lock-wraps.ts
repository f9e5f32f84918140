import type { Actor } from '../../audit/index.js';
import type { VaultDeps } from '../types.js';
import { ContentKeys } from './content-keys.js';
import { setLocks, takeUnlocked } from './store.js';

const BATCH = 2000;

/**
 * Puts locks over wraps that have none: those of a catalogue from before there were locks, once, in batches that may be stopped
 * between any two. How many got one.
 */
export async function lockWraps(deps: VaultDeps, actor: Actor, signal?: AbortSignal): Promise<number> {
  const keys = new ContentKeys(deps);
  let total = 0;
  while (signal?.aborted !== true) {
    const count = await deps.db.tx(async (tx) => {
      const found = await takeUnlocked(tx, BATCH);
      if (found.length === 0) return 0;
      const locks = found.map(({ object, record, ...kek }) => ({ object, lock: keys.lock({ objectId: object, recordId: record }, kek) }));
      const set = await setLocks(tx, locks);
      await deps.audit.append(tx, { actor, act: 'key.lock_wraps', subject: { kind: 'key', id: 'all' }, decision: 'allow', facts: { count: set } });
      return set;
    });
    if (count === 0) break;
    total += count;
  }
  return total;
}
