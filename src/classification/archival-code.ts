import { dayOf, isPermanent } from './calendar/index.js';
import type { Period } from './calendar/index.js';

const PART = /\{(fonds|class|year|term|item)(?::([1-9]))?\}/g;

/** What a code is made of; `year` is the year of closing in the archive's time zone. */
export interface CodeParts {
  fonds: string;
  /** 门类, the scheme's code of the service type. */
  class: string;
  year: number;
  /** 期限代码 */
  term: string;
}

/** 期限代码: `D` (定期) with the years, months after `M`; no period at all is `Y` (永久). */
export function termCode(period: Period | null): string {
  if (period === null || isPermanent(period)) return 'Y';
  const years = period.years + Math.floor(period.months / 12);
  const months = period.months % 12;
  return months === 0 ? `D${years}` : `D${years}M${months}`;
}

/** Why a pattern cannot give unique codes, or `null` when it can. */
export function patternFault(pattern: string): string | null {
  const parts = [...pattern.matchAll(PART)];
  const names = parts.map((part) => part[1]);
  for (const name of ['fonds', 'class', 'year', 'term', 'item']) {
    if (names.filter((one) => one === name).length !== 1) return `{${name}} must stand exactly once`;
  }
  if (names.at(-1) !== 'item' || !pattern.endsWith('}')) return '{item} must stand last';
  const between = pattern.split(PART).filter((_, i) => i % 3 === 0);
  if (between.slice(1, -1).some((text) => !/^[^\p{L}\p{N}{}]+$/u.test(text))) return 'parts must be set apart by signs that are neither letters nor digits';
  if (/[\p{C}\p{Z}]/u.test(pattern)) return 'no blanks or control characters';
  return null;
}

function fill(pattern: string, parts: CodeParts, item: (digits: number) => string): string {
  return pattern.replace(PART, (_, name: keyof CodeParts | 'item', digits: string | undefined) =>
    name === 'item' ? item(Number(digits ?? 1)) : String(parts[name]),
  );
}

/** The series that a code counts in: the code with its item number left open, `Z001-TS·2026-D3-#`. */
export function seriesName(pattern: string, parts: CodeParts): string {
  return fill(pattern, parts, () => '#');
}

/** The archival code 档号. The item number is padded and grows beyond its digits when a series is long. */
export function archivalCode(pattern: string, parts: CodeParts, item: number): string {
  if (!Number.isSafeInteger(item) || item < 1) throw new RangeError('item numbers start at 1');
  return fill(pattern, parts, (digits) => String(item).padStart(digits, '0'));
}

/** The year a record is filed under: that of its closing. */
export function filingYear(closedAt: Date, zone: string): number {
  return dayOf(closedAt, zone).y;
}
