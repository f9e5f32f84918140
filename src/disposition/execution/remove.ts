import type { Actor } from '../../audit/index.js';
import { isCoded } from '../../errors/index.js';
import type { ObjectEntry, ObjectRef } from '../../storage/index.js';
import { copiesToRemove, markCopies } from './copies-store.js';
import type { ExecutionDeps } from './deps.js';

const BATCH = 500;
/** Removals under way at the same time: a folder makes what it is asked for together durable together, once. */
const LANES = 128;
/** Failures after which the store is taken to be out of reach, and the rest left to the next attempt. */
const GIVE_UP = 32;
/** When a copy under a hold in the store is looked at again. */
const HELD_FOR = 86_400_000;

export interface Removed {
  gone: number;
  locked: number;
}

/**
 * Removes the sealed bytes of a register's records by version, as far as the store lets go of them. Their keys are gone already; what
 * the store still locks stays until the date it says. Repeatable: one that an earlier attempt removed is gone. One that fails does not
 * keep the rest: it is thrown at the end.
 */
export async function removeCopies(deps: ExecutionDeps, actor: Actor, policy: string, register: string): Promise<Removed> {
  const sum: Removed = { gone: 0, locked: 0 };
  const failed: unknown[] = [];
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const batch = await copiesToRemove(deps.db, register, after, deps.now(), BATCH);
    const last = batch.at(-1);
    if (!last || failed.length >= GIVE_UP) {
      if (failed.length > 0) throw failed[0];
      return sum;
    }
    after = last.object_id;
    const found: { object: string; lockedUntil: Date | null }[] = [];
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let one = batch[next++]; one && failed.length < GIVE_UP; one = batch[next++]) {
        try {
          found.push({ object: one.object_id, lockedUntil: await remove(deps, one.ref) });
        } catch (error) {
          failed.push(error);
        }
      }
    };
    // what was removed before a failure is noted all the same
    await Promise.all(Array.from({ length: Math.min(LANES, batch.length) }, lane));
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
  }
}

/** Removes what the store holds of a record without the catalogue having named it; whether the store lets go of it. */
export async function removeStray(deps: Pick<ExecutionDeps, 'store'>, entry: ObjectEntry): Promise<boolean> {
  try {
    await deps.store.remove(entry);
    return true;
  } catch (error) {
    if (isCoded(error, 'not_found')) return true;
    if (isCoded(error, 'conflict')) return false;
    throw error;
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
