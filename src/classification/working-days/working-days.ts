import { addPeriod, type Day, daysInMonth, formatDay } from '../calendar/index.js';
import type { CalendarContent } from './schema.js';

/** Whether a day is worked, and whether the calendar knows its year or only the weekend decided. */
export interface WorkingDay {
  works: boolean;
  known: boolean;
}

/** Decides a calendar day (pure). A year that the calendar does not hold counts Saturdays and Sundays as days off. */
export function workingDay(calendar: Pick<CalendarContent, 'years'>, day: Day): WorkingDay {
  const text = formatDay(day);
  const year = calendar.years[text.slice(0, 4)];
  const weekend = new Date(Date.UTC(day.y, day.m - 1, day.d)).getUTCDay() % 6 === 0;
  // holidays around New Year may stand in the year they began in
  const off = Object.values(calendar.years).some(({ holidays }) => holidays.some(({ from, to }) => from <= text && text <= to));
  if (!year) return { works: !weekend && !off, known: false };
  return { works: year.workdays.includes(text) || (!weekend && !off), known: true };
}

/** The day after a day. */
export function nextDay({ y, m, d }: Day): Day {
  return d < daysInMonth(y, m) ? { y, m, d: d + 1 } : addPeriod({ y, m, d: 1 }, { years: 0, months: 1 });
}

/** The first worked day of a month; `known` is false where only weekends decided. Holidays never cover a month. */
export function firstWorkingDay(calendar: Pick<CalendarContent, 'years'>, month: { y: number; m: number }): { day: Day; known: boolean } {
  for (let d = 1; d <= daysInMonth(month.y, month.m); d++) {
    const day = { y: month.y, m: month.m, d };
    const { works, known } = workingDay(calendar, day);
    if (works) return { day, known };
  }
  return { day: { y: month.y, m: month.m, d: daysInMonth(month.y, month.m) }, known: false };
}

/** The day that comes so many worked days after a day. */
export function addWorkingDays(calendar: Pick<CalendarContent, 'years'>, day: Day, count: number): { day: Day; known: boolean } {
  let [at, left, known] = [day, count, true];
  while (left > 0) {
    at = nextDay(at);
    const one = workingDay(calendar, at);
    known &&= one.known;
    if (one.works) left -= 1;
  }
  return { day: at, known };
}
