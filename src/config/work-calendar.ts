import { createHash } from 'node:crypto';
import { z } from 'zod';
import { readYaml } from './yaml.js';

/** Milliseconds of a quarter of an hour: no zone and no working time divides one. */
export const QUARTER = 900_000;
const DAY = 86_400_000;
const WEEK = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
type Weekday = (typeof WEEK)[number];

const realDay = (text: string): boolean => {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
};
const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .refine(realDay);
const days = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(\.\.\d{4}-\d{2}-\d{2})?$/)
  .refine((text) => text.split('..').every(realDay) && spanOf(text).length > 0);
const hours = z
  .string()
  .regex(/^([01]\d|2[0-3]):(00|15|30|45)-(([01]\d|2[0-3]):(00|15|30|45)|24:00)$/)
  .refine((text) => {
    const [from = 0, to = 0] = text.split('-').map(quarterOf);
    return from < to;
  });
const week = z.strictObject(Object.fromEntries(WEEK.map((name) => [name, z.array(hours)])) as Record<Weekday, z.ZodArray<typeof hours>>);
const file = z.strictObject({ week, holidays: z.array(days).default([]), workdays: z.array(day).default([]) });

/** Quarters since midnight. */
function quarterOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 4 + minute / 15;
}

/** `2026-01-01..2026-01-03` as its days, at most a year of them. */
function spanOf(text: string): string[] {
  const [from = '', to = from] = text.split('..');
  const all: string[] = [];
  for (let at = from; at <= to && all.length < 366; at = nextDay(at)) all.push(at);
  return all;
}

/** The day after; pure calendar arithmetic, no zone. */
function nextDay(text: string, by = 1): string {
  return new Date(Date.parse(`${text}T00:00:00Z`) + by * DAY).toISOString().slice(0, 10);
}

/** When people work: pure, in the archive's time zone. Days are `YYYY-MM-DD`. */
export interface WorkCalendar {
  /** `hours@sha256:…` of zone and hours: counts kept under another one are made anew. */
  version: string;
  zone: string;
  /** Local calendar day of an instant. */
  dayOf(at: Date): string;
  /** Whether an instant lies within working hours. */
  within(at: Date): boolean;
  isWorkday(day: string): boolean;
  /** The n-th working day after a day (n ≥ 1), or before it (n ≤ -1); 0 gives the day itself. */
  addWorkdays(day: string, n: number): string;
  /** First working day of a month `YYYY-MM`. */
  firstWorkday(month: string): string;
  /** The instant at which a local day begins, also on a day whose midnight the clock leaves out. */
  startOf(day: string): Date;
}

/** Makes a calendar of a parsed file. Throws an error of zod's where the file is not one. */
export function workCalendar(source: unknown, zone: string): WorkCalendar {
  const parsed = file.parse(source);
  const holidays = new Set(parsed.holidays.flatMap(spanOf));
  const workdays = new Set(parsed.workdays);
  const spans = new Map(WEEK.map((name) => [name, parsed.week[name].map((text) => text.split('-').map(quarterOf) as [number, number])]));
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    ...({ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const),
  });
  const known = new Map<number, { day: string; quarter: number }>();

  /** Local day and quarter of an instant; quarters come again and again, so that they are remembered for a while. */
  function local(at: Date): { day: string; quarter: number } {
    const start = Math.floor(at.getTime() / QUARTER) * QUARTER;
    let found = known.get(start);
    if (found === undefined) {
      const parts = Object.fromEntries(format.formatToParts(start).map(({ type, value }) => [type, value]));
      const year = (parts['year'] ?? '').padStart(4, '0');
      found = { day: `${year}-${parts['month']}-${parts['day']}`, quarter: quarterOf(`${parts['hour']}:${parts['minute']}`) };
      if (known.size > 50_000) known.clear();
      known.set(start, found);
    }
    return found;
  }

  function hoursOf(text: string): readonly (readonly [number, number])[] {
    if (workdays.has(text)) return spans.get('mon') ?? [];
    if (holidays.has(text)) return [];
    return spans.get(WEEK[new Date(`${text}T00:00:00Z`).getUTCDay()] as Weekday) ?? [];
  }

  const isWorkday = (text: string): boolean => hoursOf(text).length > 0;
  const canonical = JSON.stringify([zone, WEEK.map((name) => parsed.week[name]), [...holidays].sort(), [...workdays].sort()]);
  return {
    version: `hours@sha256:${createHash('sha256').update(canonical).digest('hex')}`,
    zone,
    dayOf: (at) => local(at).day,
    within(at) {
      const { day: on, quarter } = local(at);
      return hoursOf(on).some(([from, to]) => quarter >= from && quarter < to);
    },
    isWorkday,
    addWorkdays(text, n) {
      if (WEEK.every((name) => parsed.week[name].length === 0)) throw new Error('no day of the week is a working day');
      let at = text;
      for (let left = Math.abs(n); left > 0;) {
        at = nextDay(at, n < 0 ? -1 : 1);
        if (isWorkday(at)) left--;
      }
      return at;
    },
    firstWorkday(month) {
      return this.addWorkdays(nextDay(`${month}-01`, -1), 1);
    },
    startOf(text) {
      // zones lie within 14 hours of UTC: the first quarter whose local day is this one
      const around = Date.parse(`${text}T00:00:00Z`);
      let low = around - 15 * 3_600_000;
      let high = around + 15 * 3_600_000;
      while (high - low > QUARTER) {
        const middle = low + Math.floor((high - low) / 2 / QUARTER) * QUARTER;
        if (local(new Date(middle)).day >= text) high = middle;
        else low = middle;
      }
      return new Date(high);
    },
  };
}

/** Reads the working hours of an archive. */
export async function readWorkCalendar(path: string, zone: string): Promise<WorkCalendar> {
  return workCalendar(await readYaml(path), zone);
}
