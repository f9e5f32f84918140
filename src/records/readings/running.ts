import type { Readable } from 'node:stream';
import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { RecordsDeps } from '../deps.js';
import { endedAmong, restrictedAmong, rightsLostAmong } from './store.js';

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
 * Streams that run in this process, by what they run under: the reading, the grant or standing rule, the reader's account and
 * session. Whoever ends one of them, or takes a role from the account, in whatever process, stops them in the middle.
 */
export class RunningStreams {
  readonly #runs = new Map<string, Set<Run>>();

  /** Hears of the end of any of these from now on. */
  begin(...ids: readonly string[]): Running {
    const run = new Run(() => {
      for (const id of ids) this.#forget(id, run);
    });
    for (const id of ids) this.#runs.set(id, (this.#runs.get(id) ?? new Set<Run>()).add(run));
    return run;
  }

  /**
   * What `open` gives, whose body stops once the account (also where it loses a role), the session, or one of `others` ends: from
   * before it is opened on, so that no end is missed. @throws `not_found` where one of them ended before there was a stream
   */
  async under<T extends { body: Readable }>(actor: Actor, others: readonly (string | null)[], open: () => Promise<T>): Promise<T> {
    const run = this.begin(...[actor.accountId, actor.sessionId, ...others].filter((id) => id !== null));
    try {
      const opened = await open();
      run.follow(opened.body);
      if (!run.stopped) return opened;
      opened.body.destroy();
      throw new CodedError('not_found');
    } catch (error) {
      run.forget();
      throw error;
    }
  }

  #forget(id: string, run: Run): void {
    const runs = this.#runs.get(id);
    runs?.delete(run);
    if (runs?.size === 0) this.#runs.delete(id);
  }

  /** Everything under which something runs. */
  ids(): string[] {
    return [...this.#runs.keys()];
  }

  stop(id: string): void {
    for (const run of this.#runs.get(id) ?? []) run.stop();
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A role that was taken within this time counts as taken while the connection was away: a stream too much is stopped, none too few. */
const LOOK_BACK_MS = 3_600_000;

/**
 * Hears of every grant, standing rule, role, account and session that ends, and of every reading that a restriction ends, from the
 * database itself, at the commit that ended it; what ended while the connection was away is asked for once it is back. `over` says
 * the same of what runs under other things than readings.
 */
export async function watchGrants(
  deps: Pick<RecordsDeps, 'db' | 'streams' | 'now'>,
  over: (ids: readonly string[]) => Promise<string[]> = () => Promise.resolve([]),
): Promise<{ close(): Promise<void> }> {
  const look = async (): Promise<void> => {
    const all = deps.streams.ids();
    const ids = all.filter((id) => UUID.test(id));
    const lost = await rightsLostAmong(deps.db, { ids, rules: all.filter((id) => !UUID.test(id)) }, new Date(deps.now().getTime() - LOOK_BACK_MS));
    const ended = [...(await endedAmong(deps.db, ids, deps.now())), ...(await restrictedAmong(deps.db, ids)), ...(await over(ids))];
    for (const id of [...ended, ...lost]) deps.streams.stop(id);
  };
  return deps.db.listen(
    'lantai_grants',
    (id) => deps.streams.stop(id),
    () => void look().catch(() => undefined),
  );
}
