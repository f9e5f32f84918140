import { CodedError } from '../../errors/index.js';
import type { Actor, LoggedEntry } from '../types.js';
import { enter, type LogReaderDeps } from './deps.js';
import { selectAt } from './store.js';

/** One entry, as it was hashed, with whether another stands before and behind it. */
export interface ViewedEntry extends LoggedEntry {
  /** The canonical JSON that the leaf hash covers. */
  canonical: string;
  previous: bigint | null;
  next: bigint | null;
}

/** Looks at one entry by its place in the log. Looking is itself logged, and settled, before anything is shown. */
export async function viewEntry(deps: LogReaderDeps, actor: Actor, place: { log: string; sequence: bigint }): Promise<ViewedEntry> {
  const id = `${place.log}-${place.sequence}`;
  await enter(deps, actor, 'audit.search', { act: 'audit.view', subject: { kind: 'log', id } });
  const found = await selectAt(deps.db, place);
  if (!found) throw new CodedError('not_found');
  const { item, canonical, size } = found;
  return { ...item, canonical, previous: item.sequence > 0n ? item.sequence - 1n : null, next: item.sequence + 1n < size ? item.sequence + 1n : null };
}
