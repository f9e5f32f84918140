import type { Actor } from '../../audit/index.js';
import type { HoldsDeps } from './deps.js';
import { noticesTo } from './notices/notices.js';
import { insertNotices } from './notices/store.js';
import { lapsedBy, lockHold, setLapsed } from './store.js';
import { tellCaught, tellLetGo } from './take/take.js';
import { afterStep } from './values.js';
import { toReview } from './views/store.js';
import { dayText } from '../../records/index.js';

/** Holds taken up in one round. */
const AT_ONCE = 200;

/**
 * What time does to holds: freezes whose hours are over lapse, records that came under a hold by themselves are told of, owners
 * are reminded of reviews. Repeatable; each hold in a transaction of its own.
 */
export async function keepHoldTimes(deps: HoldsDeps, actor: Actor): Promise<{ lapsed: number; told: number; reminded: number }> {
  let lapsed = 0;
  for (const id of await lapsedBy(deps.db, deps.now(), AT_ONCE)) if (await lapse(deps, actor, id)) lapsed++;
  const told = await tellCaught(deps, actor);
  return { lapsed, told, reminded: await remind(deps, actor) };
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
async function remind(deps: HoldsDeps, actor: Actor): Promise<number> {
  const at = deps.now();
  const today = dayText(at, deps.settings.zone);
  const due = await toReview(deps.db, today, AT_ONCE);
  for (const one of due) {
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
  }
  return due.length;
}
