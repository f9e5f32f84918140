import { addPeriod, compareDays, dayOf } from './calendar/index.js';
import type { TimeClass } from './values.js';

/**
 * 近期 recent, 历史 historical or 长期 long-term (R12): computed from the clock, so it is never stored.
 * Recent lasts until the end of the corresponding day one calendar year after closing.
 */
export function timeClass(record: { closedAt: Date; extended: boolean }, now: Date, zone: string): TimeClass {
  if (record.extended) return 'long_term';
  const lastRecent = addPeriod(dayOf(record.closedAt, zone), { years: 1, months: 0 });
  return compareDays(dayOf(now, zone), lastRecent) <= 0 ? 'recent' : 'historical';
}
