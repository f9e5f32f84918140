import { sql } from '../db/index.js';
import type { Tx } from '../db/index.js';

/** Raises each series by its count; rows are locked in the order of their names, so that two batches never deadlock. */
export async function raiseSeries(tx: Tx, wanted: readonly { series: string; count: number }[]): Promise<{ series: string; last: number }[]> {
  return tx.many<{ series: string; last: number }>(sql`
    insert into archival_series as s (series, last)
    select series, count from unnest(${wanted.map((one) => one.series)}::text[], ${wanted.map((one) => one.count)}::integer[]) as w (series, count)
    order by series collate "C"
    on conflict (series) do update set last = s.last + excluded.last
    returning s.series, s.last`);
}
