import { dayOf, formatDay } from '../classification/index.js';

/** The day of an instant in the archive's zone, `YYYY-MM-DD`. */
export function dayText(at: Date, zone: string): string {
  return formatDay(dayOf(at, zone));
}
