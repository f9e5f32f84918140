import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Milliseconds of a quarter of an hour: no zone and no working time divides one. */
export const QUARTER = 900_000;
const WEEK = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
type Weekday = (typeof WEEK)[number];

const hours = z
  .string()
  .regex(/^([01]\d|2[0-3]):(00|15|30|45)-(([01]\d|2[0-3]):(00|15|30|45)|24:00)$/)
  .refine((text) => {
    const [from = 0, to = 0] = text.split('-').map(quarterOf);
    return from < to;
  });
const week = z.strictObject(Object.fromEntries(WEEK.map((name) => [name, z.array(hours)])) as Record<Weekday, z.ZodArray<typeof hours>>);
const file = z.strictObject({ week });

/** Quarters since midnight. */
function quarterOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 4 + minute / 15;
}

/** What a calendar says of days beside their weekday. */
export interface DayExceptions {
  /** Another one where another day may be an exception. */
  version: string;
  /** `off`: a holiday. `worked`: a day off that is worked instead, with its own hours or those of a Monday. */
  on(day: string): 'off' | 'worked' | null;
}

/** When people work: pure, in the archive's time zone. Days are `YYYY-MM-DD`. */
export interface WorkCalendar {
  /** `hours@sha256:…` of zone, hours and calendar: counts kept under another one are made anew. */
  version: string;
  /** Local calendar day of an instant. */
  dayOf(at: Date): string;
  /** Whether an instant lies within working hours. */
  within(at: Date): boolean;
  /** The instant at which a local day begins, also on a day whose midnight the clock leaves out. */
  startOf(day: string): Date;
}

/** Lays the hours of a parsed file over a calendar. Throws an error of zod's where the file is none of hours. */
export function workCalendar(source: unknown, zone: string, exceptions: DayExceptions): WorkCalendar {
  const parsed = file.parse(source);
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
    const exception = exceptions.on(text);
    if (exception === 'off') return [];
    const own = spans.get(WEEK[new Date(`${text}T00:00:00Z`).getUTCDay()] as Weekday) ?? [];
    return exception === 'worked' && own.length === 0 ? (spans.get('mon') ?? []) : own;
  }

  const canonical = JSON.stringify([zone, WEEK.map((name) => parsed.week[name]), exceptions.version]);
  return {
    version: `hours@sha256:${createHash('sha256').update(canonical).digest('hex')}`,
    dayOf: (at) => local(at).day,
    within(at) {
      const { day: on, quarter } = local(at);
      return hoursOf(on).some(([from, to]) => quarter >= from && quarter < to);
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
