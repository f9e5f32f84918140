import type { Actor } from '../../audit/index.js';
import type { Tx } from '../../db/index.js';
import type { DueDeps } from './deps.js';
import { actingVersion, advance, lockRecompute, recomputeBatch, recomputeOf, startRecompute, type RecomputeRow } from './recompute-store.js';
import { takeTime } from './impact-store.js';

/** Records of one transaction: whoever reads meanwhile waits for no more than the end of one. */
const BATCH = 500;

export interface RecomputeOptions {
  /** Told when the process is about to stop: it ends after the batch, and goes on there the next time. */
  signal?: AbortSignal;
  batch?: number;
}

/**
 * Decides every term anew once another version of the schedule acts: in batches along the ids, resumable, each record with its
 * history. Nothing is kept less long unless compliance consented to this version; the store's locks follow by themselves (`raiseLocks`),
 * outside these transactions, and are only ever extended.
 * @returns `null` where nothing is to do
 */
export async function recomputeTerms(deps: DueDeps, actor: Actor, { signal, batch = BATCH }: RecomputeOptions = {}): Promise<RecomputeRow | null> {
  const version = await actingVersion(deps.db);
  if (!version || version.name !== deps.schedules.newest.name) return null;
  const before = await recomputeOf(deps.db, version.id);
  if (before?.state === 'done') return null;
  const facts = { schedule: version.name, digest: version.digest };
  const log = (tx: Tx, act: string, more: Record<string, number> = {}): Promise<{ id: string }> =>
    deps.audit.append(tx, {
      actor,
      act,
      subject: { kind: 'schedule', id: version.name },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { ...facts, ...more },
    });
  if (!before)
    await deps.db.tx(async (tx) => {
      await takeTime(tx);
      await log(tx, 'schedule.recompute_start');
      await startRecompute(tx, version.id, deps.now());
    });
  for (let more = true; more && signal?.aborted !== true;)
    more = await deps.db.tx(async (tx) => {
      await takeTime(tx);
      const row = await lockRecompute(tx, version.id);
      if (!row) return false; // another process is at it
      const entry = await log(tx, 'schedule.recompute', { from: row.done });
      const outcome = await recomputeBatch(tx, deps.schedules.newest, {
        place: row.place,
        limit: batch,
        consented: version.consented,
        at: deps.now(),
        by: actor.pseudonym,
        entry: entry.id,
      });
      const last = outcome.done < batch;
      await advance(tx, version.id, outcome, deps.now(), last);
      if (last)
        await log(tx, 'schedule.recompute_done', {
          later: row.later + outcome.later,
          earlier: row.earlier + outcome.earlier,
          promised: row.promised + outcome.promised,
          unmatched: row.unmatched + outcome.unmatched,
        });
      return !last;
    });
  return (await recomputeOf(deps.db, version.id)) ?? null;
}
