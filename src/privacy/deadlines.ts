/** Days of ISO form (`2026-03-01`) without a clock; the archive's zone decides once which day an instant is. */
export interface WorkCalendar {
  off: readonly { from: string; to: string }[];
  worked: readonly string[];
}

export interface Term {
  days: number;
  unit: 'working_days' | 'days';
}

const DAY_MS = 86_400_000;
const next = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);

/** Whether people work on a day: weekends and days off are none, unless they are worked instead. */
export function isWorkingDay(day: string, calendar: WorkCalendar): boolean {
  if (calendar.worked.includes(day)) return true;
  if (calendar.off.some((span) => span.from <= day && day <= span.to)) return false;
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return weekday !== 0 && weekday !== 6;
}

/** The last day of a term that begins on the day after `from`. Pure. */
export function dueDay(from: string, term: Term, calendar: WorkCalendar): string {
  let day = from;
  for (let left = term.days; left > 0;) {
    day = next(day);
    if (term.unit === 'days' || isWorkingDay(day, calendar)) left -= 1;
  }
  return day;
}

/** Calendar days from one day to another; negative when it is past. */
export function daysUntil(today: string, day: string): number {
  return Math.round((Date.parse(`${day}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / DAY_MS);
}
