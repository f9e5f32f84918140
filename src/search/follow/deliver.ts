import type { SearchDocument } from '../port.js';
import { buildDocuments } from './build.js';
import type { FollowDeps } from './deps.js';
import { fileTextsOf } from './files.js';
import { done, enqueue, filesOf, nextFiles, nextWaiting, putOff, rowsOf, taken, type Waiting } from './store.js';

/** Records that are told to the index together. */
export const BATCH = 200;

/** Where documents go besides the engine: an index that is being built. */
export interface Target {
  put(documents: readonly SearchDocument[]): Promise<void>;
}

/**
 * Tells the index one batch of what waits. Documents are made of the records as they are now, so that order and repetition
 * do no harm. Where a batch fails its records are tried one by one: one that fails is put off, the others pass.
 * `bulk`: also what came with imports.
 * @returns how many entries were taken off the list; 0: nothing waits
 */
export async function deliverBatch(deps: FollowDeps, targets: readonly Target[], bulk = true): Promise<number> {
  const waiting = await nextWaiting(deps.db, BATCH, bulk);
  if (waiting.length === 0) return 0;
  try {
    await deliver(deps, targets, waiting);
    return waiting.length;
  } catch (error) {
    // the engine is away: nothing can be learnt from trying each
    await deps.engine.count();
    return oneByOne(deps, targets, waiting, error);
  }
}

async function oneByOne(deps: FollowDeps, targets: readonly Target[], waiting: readonly Waiting[], first: unknown): Promise<number> {
  const failed: bigint[] = [];
  for (const one of grouped(waiting)) {
    try {
      await deliver(deps, targets, one);
    } catch {
      failed.push(...one.map(({ seq }) => seq));
    }
  }
  await putOff(deps.db, failed);
  if (failed.length === waiting.length) throw first;
  return waiting.length;
}

function grouped(waiting: readonly Waiting[]): Waiting[][] {
  const groups = new Map<string, Waiting[]>();
  for (const one of waiting) groups.set(one.record_id, [...(groups.get(one.record_id) ?? []), one]);
  return [...groups.values()];
}

async function deliver(deps: FollowDeps, targets: readonly Target[], waiting: readonly Waiting[]): Promise<void> {
  const ids = [...new Set(waiting.map((one) => one.record_id))];
  if (deps.engine.kind !== 'postgres')
    await taken(
      deps.db,
      waiting.filter((one) => one.kind === 'new').map((one) => one.seq),
    );
  const rows = await rowsOf(deps.db, ids);
  const documents = await buildDocuments(deps, rows);
  for (const target of targets) await target.put(documents);
  const withFiles = [...new Set((await filesOf(deps.db, ids)).map((file) => file.record_id))];
  await enqueue(deps.db, withFiles, 'files');
  await done(
    deps.db,
    waiting.map((one) => one.seq),
  );
}

/** Reads the files of the next record that waits for it, and tells the index. Whether there was one. */
export async function deliverFiles(deps: FollowDeps, exclusive: <T>(work: () => Promise<T>) => Promise<T>): Promise<boolean> {
  const [next] = await nextFiles(deps.db, 1);
  if (!next) return false;
  try {
    const [row] = await rowsOf(deps.db, [next.record_id]);
    if (row) {
      const texts = await fileTextsOf(deps, row, next.kind === 'ocr');
      await exclusive(async () => {
        // as it is now: while the files were read it may have been changed, or even closed to searching
        const [current] = await rowsOf(deps.db, [next.record_id]);
        if (current) await deps.engine.put(await buildDocuments(deps, [current], new Map([[current.id, texts.words]])));
      });
      if (texts.scans) await enqueue(deps.db, [row.id], 'ocr');
    }
    await done(deps.db, [next.seq]);
  } catch {
    await putOff(deps.db, [next.seq]);
  }
  return true;
}
