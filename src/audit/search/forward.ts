import type { Db } from '../../db/index.js';
import type { Entry } from '../types.js';
import type { Place } from './filter.js';
import { selectSpan, selectForward } from './store.js';

/** What a replay needs of the log: entries of allowed acts, narrowed by whatever else is given. */
export interface Selection {
  acts: readonly string[];
  record?: string;
  subjects?: readonly string[];
  actors?: readonly string[];
  readings?: readonly string[];
  /** A code or id that stands somewhere in the entry. */
  mentions?: string;
}

/** An entry at its place. */
export interface LogItem extends Place {
  entry: Entry;
}

/**
 * Entries of a selection under the newest signed head, oldest first, as a stream of batches; `until` is not included. Who reads
 * puts the look on record.
 */
export async function* forwardEntries(db: Db, selection: Selection, until?: Date): AsyncGenerator<LogItem[]> {
  const span = await selectSpan(db, until === undefined ? {} : { to: until });
  if (span !== undefined) yield* selectForward(db, selection, span, until);
}

/** Where the log stands: the first place that has no entry under a signed head; `null` for an empty log. */
export async function logEnd(db: Db): Promise<Place | null> {
  return (await selectSpan(db, {}))?.to ?? null;
}
