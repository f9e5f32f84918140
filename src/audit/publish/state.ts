import type { Db } from '../../db/index.js';
import { selectLastPublished, selectOpen } from './store.js';

/** How far a log is published and stamped. */
export interface PublishedState {
  log: string;
  /** Entries under the newest signed head. */
  size: bigint;
  /** Entries under the newest published checkpoint. */
  published: bigint;
  publishedAt: Date | null;
  /** Entries under the newest time stamp. */
  stamped: bigint;
  stampedAt: Date | null;
}

/** The logs of all years, newest first. */
export async function publishedState(db: Db): Promise<PublishedState[]> {
  const logs = await selectOpen(db);
  const states = logs.map(async ({ log, size, published, at }): Promise<PublishedState> => {
    const last = await selectLastPublished(db, log, 'timestamp');
    return { log, size, published, publishedAt: at, stamped: last?.size ?? 0n, stampedAt: last?.at ?? null };
  });
  return (await Promise.all(states)).toReversed();
}
