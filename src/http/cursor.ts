import { invalidField } from '../errors/index.js';

/** The last millisecond that a cursor may name: the end of the year 9999. */
const LAST_TIME = Date.UTC(10_000, 0) - 1;

/** Where a keyset page of another module ended, as text for `after`. */
export function writeCursorPair(place: { at: Date; id: string } | null): string | null {
  return place === null ? null : `${place.at.getTime().toString(36)}.${place.id}`;
}

export function readCursorPair(text: string | undefined): { at: Date; id: string } | null {
  if (text === undefined) return null;
  const parts = /^([0-9a-z]{1,12})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(text);
  const at = parseInt(parts?.[1] ?? '', 36);
  if (!parts || at > LAST_TIME) throw invalidField('after', 'invalid');
  return { at: new Date(at), id: parts[2] ?? '' };
}
