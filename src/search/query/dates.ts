/** A span of days, both ends included; an open end is left out. */
export interface Days {
  from?: string;
  to?: string;
}

const DATE = /^(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?$/u;
const two = (n: number): string => String(n).padStart(2, '0');

/** `2026`, `2026-03`, `2026-03-01`, also with Chinese or dotted separators, as the days it covers. */
function span(text: string): Required<Days> | undefined {
  const match = DATE.exec(text.trim());
  if (!match) return undefined;
  const year = Number(match[1]);
  const month = match[2] === undefined ? undefined : Number(match[2]);
  const day = match[3] === undefined ? undefined : Number(match[3]);
  if (year < 1900 || (month !== undefined && (month < 1 || month > 12))) return undefined;
  const length = new Date(Date.UTC(year, month ?? 12, 0)).getUTCDate();
  if (day !== undefined && (day < 1 || day > length)) return undefined;
  return { from: `${year}-${two(month ?? 1)}-${two(day ?? 1)}`, to: `${year}-${two(month ?? 12)}-${two(day ?? length)}` };
}

/** `2026-03`, `2024..2026-03`, `..2026`, `2024..`, also with `~` or 至; `undefined` where it is no date. */
export function daysOf(text: string): Days | undefined {
  const narrow = text.normalize('NFKC').trim();
  const parts = /^(.*?)(?:\.\.|~|至)(.*)$/u.exec(narrow);
  if (!parts) return span(narrow);
  const [first, last] = [(parts[1] ?? '').trim(), (parts[2] ?? '').trim()];
  const from = first === '' ? undefined : span(first);
  const to = last === '' ? undefined : span(last);
  if ((first !== '' && !from) || (last !== '' && !to) || (!from && !to)) return undefined;
  if (from && to && from.from > to.to) return undefined;
  return { ...(from && { from: from.from }), ...(to && { to: to.to }) };
}
