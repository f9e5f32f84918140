import { isCoded } from '../../errors/index.js';
import type { Db } from '../../db/index.js';
import type { ObjectRef, ObjectStore } from '../../storage/index.js';
import { logPrefix } from '../publish/layout.js';
import { markMissing, markRemoved } from './store.js';

/** Bundles whose end is noted together. */
const BATCH = 200;
/** Removals under way at the same time. */
const LANES = 8;

export interface RemovedBundles {
  gone: ObjectRef[];
  /** Those that the store keeps, and until when; `null`: under a legal hold of the store, without a day. */
  locked: (ObjectRef & { until: Date | null })[];
}

/** Every version of every bundle of entries that lies in the store of a log, whole or partial. */
export async function bundlesOf(store: ObjectStore, archiveId: string, log: string): Promise<ObjectRef[]> {
  const found: ObjectRef[] = [];
  for await (const { key, version } of store.list(`${logPrefix(archiveId, log)}/tile/entries/`)) found.push({ key, version });
  return found;
}

/**
 * Removes the bundles of entries of a log by version, as far as the store lets go of them: tiles of hashes and checkpoints are not
 * touched. Repeatable; each batch is told before the next one begins.
 */
export async function* removeBundles(
  deps: { store: ObjectStore; auditDb: Db; archiveId: string; now: () => Date },
  log: string,
): AsyncGenerator<RemovedBundles> {
  const all = await bundlesOf(deps.store, deps.archiveId, log);
  // those that an attempt which was ended in the middle removed without noting it
  await markMissing(
    deps.auditDb,
    log,
    all.map((one) => one.key),
    deps.now(),
  );
  for (let at = 0; at < all.length; at += BATCH) {
    const batch = all.slice(at, at + BATCH);
    const done: RemovedBundles = { gone: [], locked: [] };
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let one = batch[next++]; one; one = batch[next++]) {
        const kept = await removeOne(deps.store, one);
        if (kept === undefined) done.gone.push(one);
        else done.locked.push({ ...one, until: kept });
      }
    };
    await Promise.all(Array.from({ length: Math.min(LANES, batch.length) }, lane));
    if (done.gone.length > 0)
      await markRemoved(
        deps.auditDb,
        done.gone.map((one) => one.key),
        deps.now(),
      );
    yield done;
  }
}

/** `undefined`: the version is gone. Else the day until which the store keeps it. */
async function removeOne(store: ObjectStore, ref: ObjectRef): Promise<Date | null | undefined> {
  try {
    await store.remove(ref);
    return undefined;
  } catch (error) {
    if (isCoded(error, 'not_found')) return undefined;
    if (!isCoded(error, 'conflict')) throw error;
    const found = await store.stat(ref);
    return found === undefined ? undefined : found.legalHold ? null : found.lockedUntil;
  }
}
