import type { RoutingRule } from '../../access/index.js';

const DAY = 86_400_000;

/** When an open step is reminded of, when another may answer as well, and when it counts as refused. */
export interface StepTimes {
  remindAt: Date;
  escalateAt: Date;
  dueAt: Date;
}

export function stepTimes(days: RoutingRule['days'], openedAt: Date): StepTimes {
  const after = (count: number): Date => new Date(openedAt.getTime() + count * DAY);
  return { remindAt: after(days.remind), escalateAt: after(days.escalate), dueAt: after(days.expire) };
}

/** What time asks for on an open step; at most one of each, in this order. */
export type TimedAct = 'remind' | 'escalate' | 'lapse';

/**
 * What is due on an open step now. One that lapses is neither reminded of nor handed up any more; one that nobody can be
 * handed up to is not.
 */
export function dueActs(step: StepTimes & { escalate: string | null; remindedAt: Date | null; escalatedAt: Date | null }, now: Date): TimedAct[] {
  if (now >= step.dueAt) return ['lapse'];
  const acts: TimedAct[] = [];
  if (now >= step.remindAt && step.remindedAt === null) acts.push('remind');
  if (now >= step.escalateAt && step.escalatedAt === null && step.escalate !== null) acts.push('escalate');
  return acts;
}

/** How many reminders an application should have had by now whose time was over at `endedAt`: the first at once. */
export function overdueReminders(endedAt: Date, everyDays: number, now: Date): number {
  return now < endedAt ? 0 : 1 + Math.floor((now.getTime() - endedAt.getTime()) / (everyDays * DAY));
}
