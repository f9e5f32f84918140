import { systemActor } from '../../audit/index.js';
import { endFormer } from './decide.js';
import type { StandingDeps } from './rules.js';
import { begunBeside, endRules, lockEnding, lockOver, markStandingReminded } from './store.js';

const DAY = 86_400_000;
/** Days before its end from which a rule's owner is told to renew it. */
export const STANDING_NOTICE_DAYS = 30;

/** The moment up to which a rule counts as ending soon. */
export const endsSoonBy = (now: Date): Date => new Date(now.getTime() + STANDING_NOTICE_DAYS * DAY);

/**
 * Keeps the days of standing rules: what begins ends the version that it follows, what is over ends, and whoever owns a rule that
 * ends within thirty days is told once, on record. How many steps were made.
 */
export async function keepStandingRules(deps: StandingDeps): Promise<number> {
  const system = systemActor('standing-days');
  return deps.db.tx(async (tx) => {
    const at = deps.now();
    const begun = await begunBeside(tx, at);
    for (const rule of begun) await endFormer(tx, deps, system, rule, null);
    const over = await lockOver(tx, at);
    if (over.length > 0) await endRules(tx, over, null, at);
    for (const id of over) await deps.audit.append(tx, { actor: system, act: 'standing.expire', subject: { kind: 'standing', id }, decision: 'allow' });
    const ending = await lockEnding(tx, endsSoonBy(at));
    if (ending.length > 0) await markStandingReminded(tx, ending, at);
    for (const id of ending) await deps.audit.append(tx, { actor: system, act: 'standing.remind', subject: { kind: 'standing', id }, decision: 'allow' });
    return begun.length + over.length + ending.length;
  });
}
