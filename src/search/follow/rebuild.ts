import { putAhead } from './ahead.js';
import { buildDocuments } from './build.js';
import { deliverBatch } from './deliver.js';
import type { FollowDeps } from './deps.js';
import { clearWaiting, countRecords, enqueueAllFiles, rowsAfter } from './store.js';

/** Records whose documents are made together. */
const BATCH = 500;

export interface Building {
  done: number;
  total: number;
}

/**
 * Builds the index beside the one in use and swaps; meanwhile the one in use answers and goes on following. Texts of files
 * come after the swap, record by record. `empty`: the one in use holds nothing. @returns records in the new index; `undefined` where it was told to stop
 */
export async function rebuild(
  deps: FollowDeps,
  tell: (building: Building) => void,
  ended: () => boolean,
  options: { empty?: boolean } = {},
): Promise<number | undefined> {
  // should it be cut off, the index is still empty, and this begins again
  if (options.empty === true) await clearWaiting(deps.db);
  const total = await countRecords(deps.db);
  const fresh = await deps.engine.rebuild();
  const ahead = putAhead((documents) => fresh.put(documents));
  const changed = {
    // what changes meanwhile goes to both, after what is under way: it may be the same record as it was before
    put: async (documents: Parameters<typeof fresh.put>[0]) => {
      await ahead.settle();
      await fresh.put(documents);
    },
  };
  try {
    let after: string | null = null;
    let count = 0;
    tell({ done: 0, total });
    for (;;) {
      if (ended()) {
        await ahead.settle();
        await fresh.abandon();
        return undefined;
      }
      const rows = await rowsAfter(deps.db, after, BATCH);
      const last = rows.at(-1);
      if (last === undefined) break;
      await ahead.put(await buildDocuments(deps, rows));
      after = last.id;
      count += rows.length;
      tell({ done: count, total: Math.max(total, count) });
      // so that nothing is missed and nothing waits for the end
      await deliverBatch(deps, [deps.engine, changed]);
    }
    await ahead.settle();
    while ((await deliverBatch(deps, [deps.engine, changed])) > 0);
    await fresh.swap();
    await enqueueAllFiles(deps.db);
    return count;
  } catch (error) {
    await ahead.settle().catch(() => undefined);
    await fresh.abandon().catch(() => undefined);
    throw error;
  }
}
