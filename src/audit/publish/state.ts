import type { Db } from '../../db/index.js';
import { selectOpen, selectPublished } from './store.js';

/** How far a log is published and stamped. */
export interface PublishedState {
  log: string;
  /** Entries under the newest signed head. */
  size: bigint;
  /** Entries under the newest published checkpoint. */
  published: bigint;
  publishedAt: Date | null;
  /** Entries under the newest time stamp, and how many there are. */
  stamped: bigint;
  stampedAt: Date | null;
  stamps: number;
}

/** The logs of all years, newest first. */
export async function publishedState(db: Db): Promise<PublishedState[]> {
  const logs = await selectOpen(db);
  const states = logs.map(async ({ log, size, published, at }): Promise<PublishedState> => {
    const stamps = await selectPublished(db, log, 'timestamp');
    const last = stamps.at(-1);
    return { log, size, published, publishedAt: at, stamped: last?.size ?? 0n, stampedAt: last?.at ?? null, stamps: stamps.length };
  });
  return (await Promise.all(states)).toReversed();
}
