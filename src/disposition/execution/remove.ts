import type { Actor } from '../../audit/index.js';
import { isCoded } from '../../errors/index.js';
import type { ObjectRef } from '../../storage/index.js';
import { copiesToRemove, markCopies } from './copies-store.js';
import type { ExecutionDeps } from './deps.js';

const BATCH = 500;
/** Removals under way at the same time. */
const LANES = 16;
/** When a copy under a hold in the store is looked at again. */
const HELD_FOR = 86_400_000;

export interface Removed {
  gone: number;
  locked: number;
}

/**
 * Removes the sealed bytes of a register's records by version, as far as the store lets go of them. Their keys are gone already; what
 * the store still locks stays until the date it says. Repeatable: one that an earlier attempt removed is gone.
 */
export async function removeCopies(deps: ExecutionDeps, actor: Actor, policy: string, register: string): Promise<Removed> {
  const sum: Removed = { gone: 0, locked: 0 };
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const batch = await copiesToRemove(deps.db, register, after, deps.now(), BATCH);
    const last = batch.at(-1);
    if (!last) return sum;
    after = last.object_id;
    const found: { object: string; lockedUntil: Date | null }[] = [];
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let one = batch[next++]; one; one = batch[next++]) found.push({ object: one.object_id, lockedUntil: await remove(deps, one.ref) });
    };
    // what was removed before a failure is noted all the same
    const results = await Promise.allSettled(Array.from({ length: Math.min(LANES, batch.length) }, lane));
    const gone = found.filter((one) => one.lockedUntil === null).length;
    sum.gone += gone;
    sum.locked += found.length - gone;
    if (found.length > 0) {
      await deps.db.tx(async (tx) => {
        await markCopies(tx, found, deps.now());
        await deps.audit.append(tx, {
          actor,
          act: 'destruction.remove_copies',
          subject: { kind: 'destruction', id: register },
          decision: 'allow',
          policy,
          facts: { gone, locked: found.length - gone },
        });
      });
    }
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}

/** `null`: the version is gone. Else the date until which the store keeps it. */
async function remove(deps: ExecutionDeps, ref: ObjectRef): Promise<Date | null> {
  try {
    await deps.store.remove(ref);
  } catch (error) {
    if (isCoded(error, 'not_found')) return null;
    if (!isCoded(error, 'conflict')) throw error;
    const found = await deps.store.stat(ref);
    if (!found) return null;
    const held = found.legalHold ? deps.now().getTime() + HELD_FOR : 0;
    return new Date(Math.max(found.lockedUntil?.getTime() ?? 0, held, deps.now().getTime() + 1));
  }
  return null;
}
