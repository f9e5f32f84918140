import type { Actor } from '../../audit/index.js';
import { isCoded } from '../../errors/index.js';
import { dayEnd } from '../../records/index.js';
import type { DueDeps } from './deps.js';
import { onlyHere } from '../only-here-store.js';
import { dueRaises, RAISING, settleRaises, storedObjects, type RaiseOutcome, type RaiseRow } from './lock-raises-store.js';

/** Records whose answers are kept together. */
const BATCH = 200;
/** Records whose locks are raised at the same time; the objects of each are, too. */
const WIDTH = 8;
/** Minutes until the store is asked again, by how often it failed: 1, 2, 4 … at most an hour. */
const waitOf = (attempts: number): number => Math.min(60, 2 ** attempts) * 60_000;

export interface LocksRaised {
  done: number;
  failed: number;
}

/**
 * Extends the store's locks of records whose minimum moved to a later day, and reads them back. Outside the transactions that move
 * the days; repeatable, goes on after a crash where it stopped, and tries again what failed. Nothing here shortens a lock: the store
 * keeps the later of two days, and so does the catalogue.
 */
export async function raiseLocks(deps: DueDeps, actor: Actor, signal?: AbortSignal): Promise<LocksRaised> {
  const raised = { done: 0, failed: 0 };
  if ((await dueRaises(deps.db, deps.now(), 1)).length === 0) return raised;
  await onlyHere(deps.db, RAISING, async () => {
    while (signal?.aborted !== true) {
      const rows = await dueRaises(deps.db, deps.now(), BATCH);
      if (rows.length === 0) break;
      const outcomes = await raiseEach(deps, rows);
      const failed = outcomes.filter((one) => one.why !== null).length;
      await deps.db.tx(async (tx) => {
        await deps.vault.markLocked(
          tx,
          outcomes.flatMap((one) => one.locked),
        );
        await settleRaises(tx, outcomes);
        await deps.audit.append(tx, {
          actor,
          act: 'record.lock_raise',
          subject: { kind: 'archive', id: 'store' },
          decision: failed === 0 ? 'allow' : 'error',
          facts: { records: rows.length, failed },
        });
      });
      raised.done += rows.length - failed;
      raised.failed += failed;
    }
  });
  return raised;
}

async function raiseEach(deps: DueDeps, rows: readonly RaiseRow[]): Promise<RaiseOutcome[]> {
  const objects = Map.groupBy(
    await storedObjects(
      deps.db,
      rows.map((one) => one.record),
    ),
    (one) => one.record,
  );
  const outcomes: RaiseOutcome[] = [];
  const left = rows.values();
  const worker = async (): Promise<void> => {
    for (const row of left) {
      const ids = (objects.get(row.record) ?? []).map((one) => one.object);
      outcomes.push(await raiseOne(deps, row, ids));
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
  return outcomes;
}

/** One record that the store fails stops no other. */
async function raiseOne(deps: DueDeps, { record, minimum, attempts }: RaiseRow, ids: readonly string[]): Promise<RaiseOutcome> {
  try {
    const stored = ids.length === 0 ? [] : await deps.vault.facts(ids);
    const until = await deps.vault.lock(stored, dayEnd(minimum, deps.settings.zone));
    return { record, minimum, why: null, dueAt: deps.now(), locked: stored.map((one) => ({ objectId: one.objectId, until })) };
  } catch (error) {
    return { record, minimum, why: isCoded(error) ? error.code : 'internal', dueAt: new Date(deps.now().getTime() + waitOf(attempts)), locked: [] };
  }
}
