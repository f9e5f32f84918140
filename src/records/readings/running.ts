import type { Readable } from 'node:stream';
import type { RecordsDeps } from '../deps.js';
import { endedAmong } from './store.js';

/** Streams that run in this process under grants: whoever ends a grant, in whatever process, stops them in the middle. */
export class RunningStreams {
  readonly #byGrant = new Map<string, Set<Readable>>();

  add(grantId: string, stream: Readable): void {
    const streams = this.#byGrant.get(grantId) ?? new Set();
    this.#byGrant.set(grantId, streams.add(stream));
    stream.once('close', () => {
      streams.delete(stream);
      if (streams.size === 0 && this.#byGrant.get(grantId) === streams) this.#byGrant.delete(grantId);
    });
  }

  /** Grants under which something runs. */
  grants(): string[] {
    return [...this.#byGrant.keys()];
  }

  stop(grantId: string): void {
    for (const stream of this.#byGrant.get(grantId) ?? []) stream.destroy(new Error('the grant has ended'));
  }
}

/**
 * Hears of every grant that ends, from the database itself, at the commit that ended it; what ended while the connection was
 * away is asked for once it is back.
 */
export async function watchGrants(deps: Pick<RecordsDeps, 'db' | 'streams' | 'now'>): Promise<{ close(): Promise<void> }> {
  const look = async (): Promise<void> => {
    for (const id of await endedAmong(deps.db, deps.streams.grants(), deps.now())) deps.streams.stop(id);
  };
  return deps.db.listen(
    'lantai_grants',
    (id) => deps.streams.stop(id),
    () => void look().catch(() => undefined),
  );
}
