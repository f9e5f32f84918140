import type { Db } from '../../db/index.js';
import type { SearchEngine } from '../port.js';
import { stampOf } from './document.js';
import { enqueue, rowsAfter, waitingIds } from './store.js';

const PAGE = 1_000;

export interface IndexReport {
  /** Records of the catalogue that were compared. */
  records: number;
  indexed: number;
  /** In the catalogue and not in the index. */
  missing: number;
  /** In the index and not in the catalogue. */
  foreign: number;
  /** In both, and different. */
  stale: number;
  /** Not compared: a change of theirs still waits to be told. */
  waiting: number;
  whole: boolean;
}

/**
 * Compares the index with the catalogue, entry by entry, without opening content: what an entry was made from stands in its
 * stamp. With `repair` what differs is told to the index again, and what is foreign is removed.
 */
export async function verifyIndex(deps: { db: Db; engine: SearchEngine }, options: { repair: boolean }): Promise<IndexReport> {
  const report: IndexReport = { records: 0, indexed: 0, missing: 0, foreign: 0, stale: 0, waiting: 0, whole: false };
  let records = await page(deps, null);
  let stamps = await deps.engine.stamps(null, PAGE);
  let [r, s] = [0, 0];
  for (;;) {
    if (r === records.length && records.length === PAGE) [records, r] = [await page(deps, records.at(-1)?.id ?? null), 0];
    if (s === stamps.length && stamps.length === PAGE) [stamps, s] = [await deps.engine.stamps(stamps.at(-1)?.id ?? null, PAGE), 0];
    const [record, stamp] = [records[r], stamps[s]];
    if (record === undefined && stamp === undefined) break;
    if (stamp === undefined || (record !== undefined && record.id < stamp.id)) {
      r++;
      report.records++;
      if (record?.waits) report.waiting++;
      else await differ(deps, report, 'missing', record?.id ?? '', options.repair);
    } else if (record === undefined || stamp.id < record.id) {
      s++;
      report.indexed++;
      report.foreign++;
      if (options.repair) await deps.engine.remove([stamp.id]);
    } else {
      r++;
      s++;
      report.records++;
      report.indexed++;
      if (record.waits) report.waiting++;
      else if (record.stamp !== stamp.stamp) await differ(deps, report, 'stale', record.id, options.repair);
    }
  }
  report.whole = report.missing + report.foreign + report.stale === 0;
  return report;
}

async function page(deps: { db: Db }, after: string | null): Promise<{ id: string; stamp: string; waits: boolean }[]> {
  const rows = await rowsAfter(deps.db, after, PAGE);
  const waits = await waitingIds(
    deps.db,
    rows.map((row) => row.id),
  );
  return rows.map((row) => ({ id: row.id, stamp: stampOf(row), waits: waits.has(row.id) }));
}

async function differ(deps: { db: Db }, report: IndexReport, kind: 'missing' | 'stale', id: string, repair: boolean): Promise<void> {
  report[kind]++;
  if (repair) await enqueue(deps.db, [id], 'changed');
}
