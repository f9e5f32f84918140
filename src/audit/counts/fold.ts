import type { WorkCalendar } from '../../config/index.js';
import type { Db, Tx } from '../../db/index.js';
import { addRange, resetCounts, selectHours, selectQuarters, selectUncounted, tryCounting, type Range } from './store.js';

/** Entries added in one statement. */
const STEP = 200_000n;

async function add(tx: Tx, hours: WorkCalendar, range: Range): Promise<void> {
  const quarters = await selectQuarters(tx, range);
  await addRange(
    tx,
    range,
    quarters.map((start) => ({ start, day: hours.dayOf(start), outside: !hours.within(start) })),
  );
}

/**
 * Brings the kept counts up to the newest signed head; how many entries were added. Repeatable, one at a time over all
 * processes. Counts under other working hours are made anew, in one transaction: whoever reads meanwhile sees the former ones.
 * @param auditDb as `lantai_integrator`: no other role writes counts
 */
export async function foldCounts(auditDb: Db, hours: WorkCalendar): Promise<bigint> {
  let count = 0n;
  for (;;) {
    const done = await auditDb.tx(async (tx) => {
      if (!(await tryCounting(tx))) return 0n;
      const anew = (await selectHours(tx)) !== hours.version;
      if (anew) await resetCounts(tx, hours.version);
      let added = 0n;
      for (const { log, from, to } of await selectUncounted(tx)) {
        for (let at = from; at < to; at += STEP) {
          const end = at + STEP < to ? at + STEP : to;
          await add(tx, hours, { log, from: at, to: end });
          added += end - at;
          if (!anew) return added;
        }
      }
      return added;
    });
    if (done === 0n) return count;
    count += done;
  }
}
