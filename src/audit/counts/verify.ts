import type { WorkCalendar } from '../../config/index.js';
import type { Db } from '../../db/index.js';
import { selectHours } from './store.js';
import { selectCompared, selectCounted, selectLogQuarters } from './verify-store.js';

/** What a verification of the counts found. */
export interface CountsReport {
  whole: boolean;
  /** Entries that are in the counts. */
  entries: number;
  /** Days whose counts are not those of the log, or whose sums by day, month and person differ among themselves; at most 100. */
  days: string[];
  /** Whether the counts stand under the working hours in force; they are made anew within a minute where not. */
  current: boolean;
}

/** Counts the log anew and compares, in one snapshot. */
export async function verifyCounts(db: Db, hours: WorkCalendar): Promise<CountsReport> {
  return await db.tx(
    async (tx) => {
      const current = (await selectHours(tx)) === hours.version;
      const entries = Number(await selectCounted(tx));
      if (!current) return { whole: entries === 0, entries, days: [], current };
      const quarters = (await selectLogQuarters(tx)).map((start) => ({ start, day: hours.dayOf(start), outside: !hours.within(start) }));
      const days = await selectCompared(tx, quarters);
      return { whole: days.length === 0, entries, days, current };
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}
