import type { WorkCalendar } from '../../config/index.js';
import type { Db } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { foldCounts } from './fold.js';
import { insertCountsGone, lockCounting, selectHours, selectQuarters, selectUncounted, type Range } from './store.js';

/**
 * Counts a log once more before its entries go and keeps that apart from the sums, which can then be made anew and compared without the
 * entries. What was outside of working hours then stays so. Repeatable until the entries are certified as gone.
 * @param auditDb as `lantai_integrator`: no other role writes counts
 * @throws `unavailable` where the sums do not hold all of it yet: the next attempt finds them further
 */
export async function keepCounts(auditDb: Db, hours: WorkCalendar, range: Range): Promise<void> {
  await foldCounts(auditDb, hours);
  await auditDb.tx(async (tx) => {
    await lockCounting(tx);
    const open = (await selectUncounted(tx)).some((one) => one.log <= range.log);
    if (open || (await selectHours(tx)) !== hours.version) throw new CodedError('unavailable', { detail: 'the log is being counted' });
    const quarters = await selectQuarters(tx, range);
    await insertCountsGone(
      tx,
      range,
      quarters.map((start) => ({ start, day: hours.dayOf(start), outside: !hours.within(start) })),
    );
  });
}
