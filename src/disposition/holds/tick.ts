import type { Actor } from '../../audit/index.js';
import type { HoldsDeps } from './deps.js';
import { noticesTo } from './notices/notices.js';
import { insertNotices } from './notices/store.js';
import { lapsedBy, lockHold, setLapsed } from './store.js';
import { untoldHolds } from './take/store.js';
import { tellCaught, tellLetGo } from './take/take.js';
import { afterStep } from './values.js';
import { toReview } from './views/store.js';
import { dayText } from '../../records/index.js';

/** Holds taken up in one round. */
const AT_ONCE = 200;

export interface HoldTimes {
  lapsed: number;
  /** Records that came under holds by themselves and of which an entry tells now. */
  told: number;
  reminded: number;
  failed: number;
}

/**
 * What time does to holds: freezes whose hours are over lapse, records that came under a hold by themselves are told of, owners
 * are reminded of reviews. Repeatable; each hold in a transaction of its own, so that one that fails stops no other. It is taken up
 * again with the next round; `failed` tells how many were left.
 */
export async function keepHoldTimes(deps: HoldsDeps, actor: Actor): Promise<HoldTimes> {
  const times = { lapsed: 0, told: 0, reminded: 0, failed: 0 };
  const each = async <T>(list: readonly T[], work: (one: T) => Promise<number>): Promise<number> => {
    let done = 0;
    for (const one of list)
      try {
        done += await work(one);
      } catch {
        times.failed++;
        deps.onTrouble('hold_left_out');
      }
    return done;
  };
  times.lapsed = await each(await lapsedBy(deps.db, deps.now(), AT_ONCE), async (id) => Number(await lapse(deps, actor, id)));
  times.told = await each(await untoldHolds(deps.db, AT_ONCE), (hold) => tellCaught(deps, actor, hold));
  const at = deps.now();
  const today = dayText(at, deps.settings.zone);
  times.reminded = await each(await toReview(deps.db, today, AT_ONCE), (one) => remind(deps, actor, one, at, today));
  return times;
}

async function lapse(deps: HoldsDeps, actor: Actor, id: string): Promise<boolean> {
  return deps.db.tx(async (tx) => {
    const row = await lockHold(tx, id);
    const at = deps.now();
    // somebody may have lifted it meanwhile
    if (!row || afterStep(row.state, 'lapse') === undefined || row.lapses_at === null || row.lapses_at > at) return false;
    await setLapsed(tx, id, at);
    const records = await tellLetGo(deps, tx, actor, row, at);
    await deps.audit.append(tx, {
      actor,
      act: 'hold.lapse',
      subject: { kind: 'hold', id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { number: row.number, records },
    });
    await noticesTo(deps, [row.made_by], null)(tx, id, 'lapsed', at);
    return true;
  });
}

/** At the day of review, and every week from then on until the day is moved or the hold lifted. */
async function remind(deps: HoldsDeps, actor: Actor, one: Awaited<ReturnType<typeof toReview>>[number], at: Date, today: string): Promise<number> {
  await deps.db.tx(async (tx) => {
    await insertNotices(tx, one.id, one.overdue ? 'overdue' : 'review', [one.owner], at, today);
    await deps.audit.append(tx, {
      actor,
      act: 'hold.remind',
      subject: { kind: 'hold', id: one.id },
      decision: 'allow',
      policy: deps.access.version(),
      facts: { number: one.number, due: one.review_on },
    });
  });
  return 1;
}
