/**
 * A row of the key table, 96 bytes: `object 16 ‖ record 16 ‖ generation 4 (big endian) ‖ wrap 60`. In this form wraps come from
 * the database by the thousand, and in this form they stand in snapshots.
 */
export const ROW_BYTES = 96;
const GENERATION = 32;
const WRAP = 36;

export interface KeyRow {
  object: Buffer;
  record: Buffer;
  generation: number;
  wrap: Buffer;
}

/** Number of rows; throws on what is not a whole number of them. */
export function countRows(table: Buffer): number {
  if (table.length % ROW_BYTES !== 0) throw new Error('not rows of the key table');
  return table.length / ROW_BYTES;
}

/** The row at a place; its parts are views into the table. */
export function rowAt(table: Buffer, at: number): KeyRow {
  const row = table.subarray(at * ROW_BYTES, (at + 1) * ROW_BYTES);
  return { object: row.subarray(0, 16), record: row.subarray(16, GENERATION), generation: row.readUInt32BE(GENERATION), wrap: row.subarray(WRAP) };
}
