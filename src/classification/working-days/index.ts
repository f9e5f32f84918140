import { loadVersioned, parseVersioned, type VersionedSet } from '../versioned-files.js';
import { calendarContent, type CalendarContent, type WorkingCalendar } from './schema.js';

export type { CalendarContent, WorkingCalendar } from './schema.js';
export { addWorkingDays, exceptionOn, firstWorkingDay, nextDay, workingDay } from './working-days.js';
export type { CalendarYears, WorkingDay } from './working-days.js';

/** Reads `policies/calendar`. */
export function loadCalendars(folder: string): Promise<VersionedSet<CalendarContent>> {
  return loadVersioned(calendarContent, folder);
}

export function parseCalendar(data: unknown, file = 'calendar'): WorkingCalendar {
  return parseVersioned(calendarContent, data, file);
}
