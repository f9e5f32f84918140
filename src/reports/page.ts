import { invalidField } from '../errors/index.js';

/** Rows of a page. */
export const PAGE = 50;

export interface Page<T> {
  items: T[];
  /** `after` of the next page; `null` on the last. */
  next: string | null;
}

export interface Place {
  at: Date;
  id: string;
}

const TEXT = /^(\d{4}-\d{2}-\d{2}T[\d:.]{12}Z)_([0-9a-f-]{36})$/;

export function placeOf(at: Date, id: string): string {
  return Buffer.from(`${at.toISOString()}_${id}`).toString('base64url');
}

/** The place after which a page begins; refuses what is no place. */
export function after(text: string | undefined): Place | null {
  if (text === undefined) return null;
  const match = TEXT.exec(Buffer.from(text, 'base64url').toString());
  const at = new Date(match?.[1] ?? '');
  if (!match || Number.isNaN(at.getTime())) throw invalidField('after', 'invalid');
  return { at, id: match[2] as string };
}

/** A page of `PAGE` rows, made of one row more. */
export function pageOf<Row, T>(rows: readonly Row[], show: (row: Row) => T, place: (row: Row) => string): Page<T> {
  const shown = rows.slice(0, PAGE);
  const last = shown.at(-1);
  return { items: shown.map(show), next: rows.length > PAGE && last !== undefined ? place(last) : null };
}
