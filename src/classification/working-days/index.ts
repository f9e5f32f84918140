import { loadVersioned, parseVersioned, type VersionedSet } from '../versioned-files.js';
import { calendarContent, type CalendarContent, type WorkingCalendar } from './schema.js';

export type { CalendarContent, WorkingCalendar } from './schema.js';
export { addWorkingDays, firstWorkingDay, nextDay, workingDay } from './working-days.js';
export type { WorkingDay } from './working-days.js';

/** Reads `policies/calendar`. */
export function loadCalendars(folder: string): Promise<VersionedSet<CalendarContent>> {
  return loadVersioned(calendarContent, folder);
}

export function parseCalendar(data: unknown, file = 'calendar'): WorkingCalendar {
  return parseVersioned(calendarContent, data, file);
}
