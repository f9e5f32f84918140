import { invalidField } from '../errors/index.js';

/** Where a keyset page of another module ended, as text for `after`. */
export function writeCursorPair(place: { at: Date; id: string } | null): string | null {
  return place === null ? null : `${place.at.getTime().toString(36)}.${place.id}`;
}

export function readCursorPair(text: string | undefined): { at: Date; id: string } | null {
  if (text === undefined) return null;
  const parts = /^([0-9a-z]{1,12})\.([0-9a-f-]{36})$/.exec(text);
  const at = new Date(parseInt(parts?.[1] ?? '', 36));
  if (!parts || Number.isNaN(at.getTime())) throw invalidField('after', 'invalid');
  return { at, id: parts[2] ?? '' };
}
