import type { FieldError } from '../../errors/index.js';

/** How far an import has come; rows = taken + rejected + those still to come. */
export interface Counts {
  rowsTotal: number;
  rowsTaken: number;
  rowsRejected: number;
  captured: number;
  received: number;
  replayed: number;
}

/** A row that was not taken, and why. */
export interface Reject {
  row: number;
  code: string;
  fields: FieldError[];
  raw: string;
}

export const noCounts = (rowsTotal = 0): Counts => ({ rowsTotal, rowsTaken: 0, rowsRejected: 0, captured: 0, received: 0, replayed: 0 });

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    rowsTotal: a.rowsTotal,
    rowsTaken: a.rowsTaken + b.rowsTaken,
    rowsRejected: a.rowsRejected + b.rowsRejected,
    captured: a.captured + b.captured,
    received: a.received + b.received,
    replayed: a.replayed + b.replayed,
  };
}
