import type { Actor, LoggedEntry } from '../types.js';
import { enter, type LogReaderDeps } from './deps.js';
import { checkFilter, filterTrace, type LogFilter } from './filter.js';
import type { LogItem } from './forward.js';
import { selectSpan, streamEntries, streamWhole } from './store.js';

/** All entries of a filter, newest first, as a stream of batches. The export is logged, and settled, before the first row. */
export async function exportEntries(deps: LogReaderDeps, actor: Actor, filter: LogFilter): Promise<AsyncIterable<LoggedEntry[]>> {
  checkFilter(filter);
  await enter(deps, actor, 'audit.export', { act: 'audit.export', subject: { kind: 'log', id: 'entries' }, ...filterTrace(filter) });
  const span = await selectSpan(deps.db, filter);
  return span ? streamEntries(deps.db, filter, span) : nothing();
}

async function* nothing(): AsyncIterable<LoggedEntry[]> {
  // an archive without a single signed head has nothing to export
}

/** The whole log under its newest signed head, oldest first: what a replay elsewhere needs. The export is logged, and settled, before the first row. */
export async function exportWholeLog(deps: LogReaderDeps, actor: Actor): Promise<AsyncIterable<LogItem[]>> {
  await enter(deps, actor, 'audit.export', { act: 'audit.export', subject: { kind: 'log', id: 'whole' } });
  const span = await selectSpan(deps.db, {});
  return span ? streamWhole(deps.db, span) : nothing();
}
