import { forwardEntries, type LogItem, type Selection } from '../../audit/index.js';
import type { Db } from '../../db/index.js';

/** Where entries come from: the log in the catalogue, or a file that was exported from it. Refused acts are left out. */
export interface LogSource {
  /** Entries of a selection, oldest first, before an instant; none is held longer than its batch. */
  entries(selection: Selection, until?: Date): AsyncIterable<LogItem[]>;
}

/** The log of the archive itself, under its newest signed head. */
export function catalogueLog(db: Db): LogSource {
  return { entries: (selection, until) => forwardEntries(db, selection, until) };
}

const comesBefore = (one: LogItem, other: LogItem): boolean => (one.log === other.log ? one.sequence < other.sequence : one.log < other.log);

export async function collect(batches: AsyncIterable<LogItem[]>): Promise<LogItem[]> {
  const all: LogItem[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}

/** A stream and a few entries that were looked for before it, as one stream in the order of the log. */
export async function* merged(stream: AsyncIterable<LogItem[]>, few: readonly LogItem[]): AsyncGenerator<LogItem> {
  const waiting = few.toSorted((a, b) => (comesBefore(a, b) ? -1 : comesBefore(b, a) ? 1 : 0));
  let next = 0;
  const before = (item: LogItem | undefined): LogItem[] => {
    const from = next;
    while (next < waiting.length && (item === undefined || comesBefore(waiting[next] as LogItem, item))) next += 1;
    return waiting.slice(from, next);
  };
  for await (const batch of stream)
    for (const item of batch) {
      yield* before(item);
      yield item;
    }
  yield* before(undefined);
}
