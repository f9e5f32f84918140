import type { Readable } from 'node:stream';
import type { RecordsDeps } from '../deps.js';
import { endedAmong, restrictedAmong } from './store.js';

/** Something that runs, or is about to: it may be stopped before there is a stream. */
export interface Running {
  readonly stopped: boolean;
  /** What is stopped from now on; it is forgotten once it closes. */
  follow(stream: Readable): void;
  forget(): void;
}

class Run implements Running {
  stopped = false;
  #stream: Readable | undefined;

  constructor(readonly forget: () => void) {}

  follow(stream: Readable): void {
    this.#stream = stream;
    // whoever reads it may not listen yet
    stream.on('error', () => undefined);
    stream.once('close', this.forget);
  }

  stop(): void {
    this.stopped = true;
    this.#stream?.destroy(new Error('what it was read under has ended'));
  }
}

/**
 * Streams that run in this process, by the reading or the grant that they run under: whoever ends it, in whatever process,
 * stops them in the middle.
 */
export class RunningStreams {
  readonly #runs = new Map<string, Set<Run>>();

  /** Hears of the end of a reading or grant from now on. */
  begin(id: string): Running {
    const runs = this.#runs.get(id) ?? new Set<Run>();
    const run = new Run(() => {
      runs.delete(run);
      if (runs.size === 0 && this.#runs.get(id) === runs) this.#runs.delete(id);
    });
    this.#runs.set(id, runs.add(run));
    return run;
  }

  /** Readings and grants under which something runs. */
  ids(): string[] {
    return [...this.#runs.keys()];
  }

  stop(id: string): void {
    for (const run of this.#runs.get(id) ?? []) run.stop();
  }
}

/**
 * Hears of every grant that ends, and of every reading that a restriction ends, from the database itself, at the commit that
 * ended it; what ended while the connection was away is asked for once it is back.
 */
export async function watchGrants(deps: Pick<RecordsDeps, 'db' | 'streams' | 'now'>): Promise<{ close(): Promise<void> }> {
  const look = async (): Promise<void> => {
    const ids = deps.streams.ids();
    for (const id of [...(await endedAmong(deps.db, ids, deps.now())), ...(await restrictedAmong(deps.db, ids))]) deps.streams.stop(id);
  };
  return deps.db.listen(
    'lantai_grants',
    (id) => deps.streams.stop(id),
    () => void look().catch(() => undefined),
  );
}
