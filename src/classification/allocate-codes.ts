import type { Tx } from '../db/index.js';
import { raiseSeries } from './store.js';

export interface CodesWanted {
  series: string;
  count: number;
}

/**
 * Takes the next item numbers of each series: gapless, given once, never reused (R3).
 * The counters stay locked until the transaction ends, so call this as its last step.
 * @returns the first number of each series; the others follow it
 */
export async function allocateCodes(tx: Tx, wanted: readonly CodesWanted[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { series, count } of wanted) {
    if (!Number.isSafeInteger(count) || count < 1) throw new RangeError('a series is raised by at least one');
    counts.set(series, (counts.get(series) ?? 0) + count);
  }
  if (counts.size === 0) return new Map();
  const raised = await raiseSeries(
    tx,
    [...counts].map(([series, count]) => ({ series, count })),
  );
  return new Map(raised.map(({ series, last }) => [series, last - (counts.get(series) ?? 0) + 1]));
}
