import type { Counts } from './counts.js';
import type { ImportSeals } from './sealing.js';
import type { ImportRow, ImportState } from './store.js';

/** What the sender of a file gets: counts that reconcile, and the digest by which the file can be recognised. */
export interface ImportReceipt {
  id: string;
  state: ImportState;
  reason: string | null;
  reasonParams: Record<string, string | number>;
  source: { name: string; digest: string; bytes: number; system: string; format: string; encoding: string };
  mapping: { name: string; digest: string };
  batch: { id: string; number: string } | null;
  counts: Counts;
  /** Columns that were left behind without the mapping saying so. */
  unmapped: readonly string[];
  startedAt: Date;
  updatedAt: Date;
  endedAt: Date | null;
}

export function receiptOf(row: ImportRow, seals: ImportSeals): ImportReceipt {
  const { name, digest, unmapped } = seals.openSource(row.id, row.source_sealed);
  return {
    id: row.id,
    state: row.state,
    reason: row.reason,
    reasonParams: row.reason_params,
    source: { name, digest, bytes: Number(row.bytes), system: row.source_system, format: row.format, encoding: row.encoding },
    mapping: { name: row.mapping_name, digest: row.mapping_digest },
    batch: row.batch_id === null ? null : { id: row.batch_id, number: row.batch_number },
    counts: countsOf(row),
    unmapped,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    endedAt: row.ended_at,
  };
}

export function countsOf(row: ImportRow): Counts {
  return {
    rowsTotal: Number(row.rows_total),
    rowsTaken: Number(row.rows_taken),
    rowsRejected: Number(row.rows_rejected),
    captured: Number(row.captured),
    received: Number(row.received),
    replayed: Number(row.replayed),
  };
}
