import { invalidField } from '../errors/index.js';

/** Where a page of the register ended. */
export function cursorOf(at: Date, id: string): string {
  return `${at.getTime().toString(36)}.${id}`;
}

/** Reads a cursor of the register; anything else is `invalid_field` on `after`. */
export function readCursor(text: string | undefined): { at: Date; id: string } | null {
  if (text === undefined) return null;
  const parts = /^([0-9a-z]{1,9})\.([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/.exec(text);
  const time = parseInt(parts?.[1] ?? '', 36);
  if (!parts || !(time < Date.UTC(9999, 11, 31))) throw invalidField('after', 'invalid');
  return { at: new Date(time), id: parts[2] ?? '' };
}
