import { addPeriod, type Day, daysInMonth, formatDay } from '../calendar/index.js';
import type { CalendarContent } from './schema.js';

/** Whether a day is worked, and whether the calendar knows its year or only the weekend decided. */
export interface WorkingDay {
  works: boolean;
  known: boolean;
}

/** As much of a calendar as days are decided by. */
export type CalendarYears = Pick<CalendarContent, 'years'>;

/** What a calendar says of a day (`YYYY-MM-DD`) beside its weekday. */
export function exceptionOn({ years }: CalendarYears, day: string): 'off' | 'worked' | null {
  if (years[day.slice(0, 4)]?.workdays.includes(day)) return 'worked';
  // holidays around New Year may stand in the year they began in
  return Object.values(years).some(({ holidays }) => holidays.some(({ from, to }) => from <= day && day <= to)) ? 'off' : null;
}

/** Decides a calendar day (pure). A year that the calendar does not hold counts Saturdays and Sundays as days off. */
export function workingDay(calendar: CalendarYears, day: Day): WorkingDay {
  const text = formatDay(day);
  const weekend = new Date(Date.UTC(day.y, day.m - 1, day.d)).getUTCDay() % 6 === 0;
  const exception = exceptionOn(calendar, text);
  return { works: exception === 'worked' || (!weekend && exception === null), known: Object.hasOwn(calendar.years, text.slice(0, 4)) };
}

/** The day after a day. */
export function nextDay({ y, m, d }: Day): Day {
  return d < daysInMonth(y, m) ? { y, m, d: d + 1 } : addPeriod({ y, m, d: 1 }, { years: 0, months: 1 });
}

/** The first worked day of a month; `known` is false where only weekends decided. Holidays never cover a month. */
export function firstWorkingDay(calendar: CalendarYears, month: { y: number; m: number }): { day: Day; known: boolean } {
  for (let d = 1; d <= daysInMonth(month.y, month.m); d++) {
    const day = { y: month.y, m: month.m, d };
    const { works, known } = workingDay(calendar, day);
    if (works) return { day, known };
  }
  return { day: { y: month.y, m: month.m, d: daysInMonth(month.y, month.m) }, known: false };
}

/** The day that comes so many worked days after a day. */
export function addWorkingDays(calendar: CalendarYears, day: Day, count: number): { day: Day; known: boolean } {
  let [at, left, known] = [day, count, true];
  while (left > 0) {
    at = nextDay(at);
    const one = workingDay(calendar, at);
    known &&= one.known;
    if (one.works) left -= 1;
  }
  return { day: at, known };
}
