import { standingTimes } from '../../access/index.js';
import type { LogItem } from '../../audit/index.js';
import { replay } from './replay.js';
import type { Past, Touched } from './state.js';
import type { RulesOfThePast } from './texts.js';

/** A day of the past: from its first instant to its last, the latter not included. */
export interface Day {
  from: Date;
  to: Date;
}

/** Looks at the past at an instant: at everybody, or at one person. */
export type Look = (touched: Exclude<Touched, 'none'>, at: Date) => void;

/** Instants after `from` and up to `to` at which something begins or is over without an entry. */
function turns(past: Past, texts: RulesOfThePast, from: Date, to: Date): Date[] {
  const grants = [...past.grants.values()].flatMap(({ starts, ends }) => [starts, ends]);
  const standing = [...past.standing.values()].flatMap(({ digest }) => {
    const rule = texts.standing(digest);
    return rule === undefined ? [] : Object.values(standingTimes(rule));
  });
  const times = [...new Set([...grants, ...standing].map(Number))].filter((one) => one > Number(from) && one <= Number(to));
  return times.sort((a, b) => a - b).map((one) => new Date(one));
}

/**
 * Replays entries up to the end of a day and looks at the past at its beginning and after everything that changed it within:
 * entries, and times that came. What is kept is the state of one moment, however long the log is.
 */
export async function goThrough(past: Past, texts: RulesOfThePast, items: AsyncIterable<LogItem>, day: Day, look: Look): Promise<void> {
  let at: Date | undefined;
  const until = (to: Date): void => {
    if (at === undefined) {
      if (to < day.from) return;
      at = day.from;
      look('all', at);
    }
    for (const turn of turns(past, texts, at, to)) if (turn < day.to) look('all', turn);
    at = to > at ? to : at;
  };
  for await (const item of items) {
    const t = new Date(item.entry.t);
    if (t >= day.to) break;
    if (t >= day.from) until(t);
    const touched = replay(past, item);
    if (at !== undefined && touched !== 'none') look(touched, at);
  }
  until(day.to);
}
