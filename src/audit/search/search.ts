import type { Actor, LoggedEntry } from '../types.js';
import { enter, type LogReaderDeps } from './deps.js';
import { checkFilter, decodePlace, encodePlace, filterTrace, pageSize, type LogFilter, type PageInput } from './filter.js';
import { selectPage, selectSpan, useIndexes } from './store.js';

/** A page of the log, newest first. Looking is itself logged, and settled, before anything is shown. */
export async function searchEntries(
  deps: LogReaderDeps,
  actor: Actor,
  filter: LogFilter,
  page: PageInput = {},
): Promise<{ items: LoggedEntry[]; next: string | null }> {
  checkFilter(filter);
  const limit = pageSize(page.limit);
  const after = page.after === undefined ? undefined : decodePlace(page.after);
  await enter(deps, actor, 'audit.search', { act: 'audit.search', subject: { kind: 'log', id: 'entries' }, ...filterTrace(filter) });
  const span = await selectSpan(deps.db, filter);
  if (!span) return { items: [], next: null };
  const part = after ? { from: span.from, to: earlier(after, span.to) } : span;
  const found = await deps.db.tx(
    async (tx) => {
      await useIndexes(tx);
      return await selectPage(tx, filter, part, limit + 1);
    },
    { readOnly: true },
  );
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last ? encodePlace(last) : null };
}

function earlier<T extends { log: string; sequence: bigint }>(one: T, other: T): T {
  if (one.log !== other.log) return one.log < other.log ? one : other;
  return one.sequence < other.sequence ? one : other;
}
