import { invalidField } from '../../errors/index.js';

/** Where a keyset page ended: a time and an id. */
export interface Cursor {
  at: Date;
  id: string;
}

/** The last millisecond that a cursor may name: the end of the year 9999. */
const LAST_TIME = Date.UTC(10_000, 0) - 1;

export function writeCursor(at: Date, id: string): string {
  return `${at.getTime().toString(36)}.${id}`;
}

/** Reads a cursor that `writeCursor` made; anything else is `invalid_field` on `after`. */
export function readCursor(text: string | undefined): Cursor | null {
  if (text === undefined) return null;
  const parts = /^([0-9a-z]{1,12})\.([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/.exec(text);
  if (!parts) throw invalidField('after', 'invalid');
  const at = parseInt(parts[1] ?? '', 36);
  if (at > LAST_TIME) throw invalidField('after', 'invalid');
  return { at: new Date(at), id: parts[2] ?? '' };
}

/** One page of a list, and where the next begins. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

/** Cuts a result that was asked for with one row more than a page. */
export function pageOf<R, T>(rows: readonly R[], limit: number, show: (row: R) => T, cursor: (row: R) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items: items.map(show), next: rows.length > limit && last !== undefined ? cursor(last) : null };
}
