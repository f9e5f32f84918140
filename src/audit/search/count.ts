import type { Actor } from '../types.js';
import { enter, type LogReaderDeps } from './deps.js';
import { checkFilter, filterTrace, type LogFilter } from './filter.js';
import { selectCounts, selectSpan, type ActCount } from './store.js';

/** Counting more would keep the page waiting; the result says when it stopped here. */
const MOST = 200_000;

/** How often each act was done or refused. Logged like a search. */
export async function countEntries(deps: LogReaderDeps, actor: Actor, filter: LogFilter): Promise<{ total: number; atLeast: boolean; counts: ActCount[] }> {
  checkFilter(filter);
  await enter(deps, actor, 'audit.search', { act: 'audit.count', subject: { kind: 'log', id: 'entries' }, ...filterTrace(filter) });
  const span = await selectSpan(deps.db, filter);
  const counts = span ? await selectCounts(deps.db, filter, span, MOST) : [];
  const total = counts.reduce((sum, one) => sum + one.count, 0);
  return { total, atLeast: total === MOST, counts };
}
