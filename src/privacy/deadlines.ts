import { addWorkingDays, type CalendarYears, formatDay, parseDay } from '../classification/index.js';

export interface Term {
  days: number;
  unit: 'working_days' | 'days';
}

const DAY_MS = 86_400_000;

/** The last day of a term that begins on the day after `from`. Pure; days are of ISO form. */
export function dueDay(from: string, term: Term, calendar: CalendarYears): string {
  if (term.unit === 'days') return new Date(Date.parse(`${from}T00:00:00Z`) + term.days * DAY_MS).toISOString().slice(0, 10);
  return formatDay(addWorkingDays(calendar, parseDay(from), term.days).day);
}

/** Calendar days from one day to another; negative when it is past. */
export function daysUntil(today: string, day: string): number {
  return Math.round((Date.parse(`${day}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / DAY_MS);
}
