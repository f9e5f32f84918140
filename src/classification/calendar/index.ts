/**
 * Calendar days without a clock. Periods of law and of schedules are calendar years and months, never numbers of
 * 24-hour days, so a day is three numbers and a time zone is used exactly once: to find the day of an instant.
 */
export interface Day {
  readonly y: number;
  /** 1–12 */
  readonly m: number;
  /** 1–31 */
  readonly d: number;
}

/** A term in calendar years and months. */
export interface Period {
  readonly years: number;
  readonly months: number;
}

/** The period of what is kept permanently, and the last day there is: what ends later than it never ends. */
export const PERMANENT: Period = Object.freeze({ years: 9999, months: 0 });
export const LAST_DAY: Day = Object.freeze({ y: 9999, m: 12, d: 31 });

export function isPermanent({ years }: Period): boolean {
  return years >= PERMANENT.years;
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

export function isLeapYear(y: number): boolean {
  return (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0;
}

export function daysInMonth(y: number, m: number): number {
  const length = LENGTHS[m - 1];
  if (length === undefined) throw new RangeError('not a month');
  return m === 2 && isLeapYear(y) ? 29 : length;
}

/** Reads `YYYY-MM-DD`; throws on a day that no calendar has. */
export function parseDay(text: string): Day {
  const parts = DAY.exec(text);
  if (!parts) throw new RangeError('not a day');
  const [y, m, d] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  if (m < 1 || m > 12 || d < 1 || d > daysInMonth(y, m)) throw new RangeError('not a day');
  return { y, m, d };
}

export function formatDay({ y, m, d }: Day): string {
  return `${String(y).padStart(4, '0')}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`;
}

/** Negative when `a` is earlier, positive when later, 0 on the same day. */
export function compareDays(a: Day, b: Day): number {
  return a.y - b.y || a.m - b.m || a.d - b.d;
}

/** The corresponding day after a period; the month's last day where there is none (29 February, 31st). */
export function addPeriod(day: Day, period: Period): Day {
  const months = day.y * 12 + (day.m - 1) + period.years * 12 + period.months;
  const y = Math.floor(months / 12);
  const m = (months % 12) + 1;
  if (y > LAST_DAY.y) return LAST_DAY;
  return { y, m, d: Math.min(day.d, daysInMonth(y, m)) };
}

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    const options = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, calendar: 'iso8601', numberingSystem: 'latn', hourCycle: 'h23', ...options });
    formats.set(zone, format);
  }
  return format;
}

function wallClock(at: Date, zone: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(at)) if (type !== 'literal') found[type] = Number(value);
  return found;
}

const QUARTER = 900_000;
/** From here on every zone stands whole quarters of an hour from UTC, so that a quarter lies within one day. */
const WHOLE_QUARTERS = Date.UTC(1980, 0, 1);
const days = new Map<string, Day>();

/** The calendar day of an instant in a time zone. Remembers quarters of an hour: an import asks for the same days again and again. */
export function dayOf(at: Date, zone: string): Day {
  const time = at.getTime();
  if (!(time >= WHOLE_QUARTERS)) return askDay(at, zone);
  const key = `${zone}\0${Math.floor(time / QUARTER)}`;
  const known = days.get(key);
  if (known) return known;
  const found = Object.freeze(askDay(at, zone));
  if (days.size > 20_000) days.clear();
  days.set(key, found);
  return found;
}

function askDay(at: Date, zone: string): Day {
  const { year = NaN, month = NaN, day = NaN } = wallClock(at, zone);
  return { y: year, m: month, d: day };
}

const ends = new Map<string, number>();

/** The first instant after a calendar day in a time zone: a lock "until the end of the day" lasts until here. Remembers days, as `dayOf` does. */
export function endOf(day: Day, zone: string): Date {
  const key = `${zone}\0${day.y}-${day.m}-${day.d}`;
  const known = ends.get(key);
  if (known !== undefined) return new Date(known);
  const found = askEnd(day, zone);
  if (ends.size > 20_000) ends.clear();
  ends.set(key, found.getTime());
  return found;
}

/** The first instant of a calendar day in a time zone. */
export function startOf(day: Day, zone: string): Date {
  const before = new Date(Date.UTC(day.y, day.m - 1, day.d - 1));
  return endOf({ y: before.getUTCFullYear(), m: before.getUTCMonth() + 1, d: before.getUTCDate() }, zone);
}

/** What clocks in a zone show at an instant, in milliseconds as if it were UTC. */
function shown(at: number, zone: string): number {
  const { year = NaN, month = NaN, day = NaN, hour = NaN, minute = NaN, second = NaN } = wallClock(new Date(at), zone);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function askEnd(day: Day, zone: string): Date {
  const wanted = Date.UTC(day.y, day.m - 1, day.d + 1);
  let at = wanted;
  // the offset at the guess corrects the guess; a second round settles a change of offset in between
  for (let round = 0; round < 2; round++) at += wanted - shown(at, zone);
  if (shown(at, zone) >= wanted && shown(at - 1, zone) < wanted) return new Date(at);
  // clocks are put forward at midnight, which does not come that night: the next day begins at the jump
  let [before, after] = [wanted - 36 * 3_600_000, wanted + 36 * 3_600_000];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (shown(middle, zone) >= wanted) after = middle;
    else before = middle;
  }
  return new Date(after);
}

/** Whether the runtime knows a time zone. */
export function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
