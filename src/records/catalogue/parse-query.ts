import { normalPhone } from '../phone.js';

/** What a person typed into the box, understood. */
export type Query = { kind: 'empty' } | { kind: 'day'; from: string; to: string } | { kind: 'number'; forms: string[]; phone: string | undefined };

const DAY = /^(\d{4})[-/.\u5E74](\d{1,2})(?:[-/.\u6708](\d{1,2})\u65E5?|\u6708)?$/;
/** Longest text the box takes, in characters. */
export const QUERY_LENGTH = 200;

/**
 * Understands the box: a day or month (`2026-03-01`, `2026-03`, also with Chinese or dotted separators), a span of days (`2026-01-01..2026-03-31`), or a number,
 * which may be a service number, an archival code, a client number or a phone number. Full-width forms count as half-width.
 */
export function parseQuery(text: string): Query {
  const narrow = text.normalize('NFKC').trim().slice(0, QUERY_LENGTH);
  if (narrow === '') return { kind: 'empty' };
  const span = /^(.+?)\s*(?:\.\.|~|\u81F3|\u5230)\s*(.+)$/.exec(narrow);
  const first = dayOrMonth(span?.[1] ?? narrow);
  const last = span ? dayOrMonth(span[2] ?? '') : first;
  if (first && last && first.from <= last.to) return { kind: 'day', from: first.from, to: last.to };
  const trimmed = text.trim().slice(0, QUERY_LENGTH);
  return { kind: 'number', forms: [...new Set([trimmed, narrow, narrow.toUpperCase()])], phone: normalPhone(narrow) };
}

function dayOrMonth(text: string): { from: string; to: string } | undefined {
  const match = DAY.exec(text.trim());
  if (!match) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), match[3] === undefined ? undefined : Number(match[3])];
  if (year < 1900 || month < 1 || month > 12) return undefined;
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (day !== undefined && (day < 1 || day > length)) return undefined;
  const two = (n: number): string => String(n).padStart(2, '0');
  return { from: `${match[1]}-${two(month)}-${two(day ?? 1)}`, to: `${match[1]}-${two(month)}-${two(day ?? length)}` };
}
