import type { Counts } from './counts.js';

/** How an import goes on, for a terminal or a page. */
export type Progress = { phase: 'checking' } | { phase: 'taking'; importId: string; counts: Counts; rowsPerSecond: number; secondsLeft: number | null };

/** Rows a second since this run began, and what is left at that rate. */
export function paceOf(importId: string, counts: Counts, doneBefore: number, milliseconds: number): Progress {
  const done = counts.rowsTaken + counts.rowsRejected;
  const rowsPerSecond = milliseconds <= 0 ? 0 : ((done - doneBefore) * 1000) / milliseconds;
  return { phase: 'taking', importId, counts, rowsPerSecond, secondsLeft: rowsPerSecond > 0 ? (counts.rowsTotal - done) / rowsPerSecond : null };
}
