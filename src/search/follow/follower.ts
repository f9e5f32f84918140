import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor } from '../../audit/index.js';
import type { DbSession } from '../../db/index.js';
import { describeError } from '../../config/index.js';
import type { FollowDeps } from './deps.js';
import { deliverBatch, deliverFiles } from './deliver.js';
import { rebuild, type Building } from './rebuild.js';
import { askToBuild, tryKeep } from './store.js';

/** Milliseconds after which it looks for work even if nobody called, and between attempts after trouble. */
const IDLE = 2_000;
const AGAIN = 1_000;
const LONGEST = 60_000;

export interface FollowState {
  /** Whether this process keeps the index. */
  keeping: boolean;
  building: Building | null;
  /** Code of what keeps it from following; `null` when all is well. */
  trouble: string | null;
}

/** Keeps the index in step with the catalogue; one at a time over all processes, woken by the database. */
export class Follower {
  #stopping = new AbortController();
  #loop: Promise<void> | undefined;
  #files: Promise<void> | undefined;
  #wakeUp: (() => void) | undefined;
  #called = false;
  #turn: Promise<unknown> = Promise.resolve();
  #anew = false;
  #empty = false;
  #bulkFrom = 0;
  readonly state: FollowState = { keeping: false, building: null, trouble: null };

  constructor(private readonly deps: FollowDeps) {}

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#loop;
    this.#loop = undefined;
  }

  wake(): void {
    this.#called = true;
    this.#wakeUp?.();
  }

  /** Asks for the index to be built anew beside the one in use. */
  buildAnew(): void {
    this.#anew = true;
    this.wake();
  }

  /**
   * Builds the index anew in this process, unless another one keeps it: then that one is asked, and the answer is
   * `undefined`. For commands.
   */
  async rebuildNow(actor: Actor, tell: (building: Building) => void): Promise<number | undefined> {
    const { db, audit, engine } = this.deps;
    await db.tx((tx) => audit.append(tx, { actor, act: 'search.rebuild', subject: { kind: 'archive', id: 'index' }, decision: 'allow' }));
    const session = await db.session();
    try {
      if (!(await tryKeep(session))) {
        await askToBuild(db);
        return undefined;
      }
      await engine.prepare();
      return await rebuild(this.deps, tell, () => false);
    } finally {
      session.release(true);
    }
  }

  async #run(): Promise<void> {
    const listener = await this.deps.db
      .listen(
        'search_outbox',
        (said) => (said === 'anew' ? this.buildAnew() : this.wake()),
        () => this.wake(),
      )
      .catch(() => undefined);
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      let session: DbSession | undefined;
      try {
        session = await this.deps.db.session();
        session.onLost(() => this.wake());
        if (await tryKeep(session)) {
          await this.#keep(session, () => (failures = 0));
        }
      } catch (error) {
        failures++;
        this.#inTrouble(error);
      } finally {
        this.state.keeping = false;
        await this.#files;
        this.#files = undefined;
        session?.release(true); // closing the connection gives the lock back
      }
      await this.#pause(Math.min(AGAIN * 2 ** Math.min(failures, 6), LONGEST));
    }
    await listener?.close();
  }

  async #keep(session: DbSession, passed: () => void): Promise<void> {
    const { empty } = await this.deps.engine.prepare();
    this.state.keeping = true;
    const lost = new AbortController();
    session.onLost(() => lost.abort());
    const ended = (): boolean => lost.signal.aborted || this.#stopping.signal.aborted;
    if (empty) this.#anew = true;
    this.#empty = empty;
    while (!ended()) {
      this.#called = false;
      if (this.#anew) await this.#rebuild(ended);
      const told = await this.#deliver();
      this.state.trouble = null;
      passed();
      this.#files ??= this.#readFiles(ended);
      if (told === 0 && !this.#called) await this.#pause(IDLE);
    }
  }

  /** While an import runs, what it brings gets a quarter of the time; what people hand in goes first in any case. */
  async #deliver(): Promise<number> {
    const importing = this.deps.importing?.() === true;
    const began = performance.now();
    const bulk = !importing || began >= this.#bulkFrom;
    const told = await this.#exclusive(() => deliverBatch(this.deps, [this.deps.engine], bulk));
    if (importing && bulk) this.#bulkFrom = performance.now() + 3 * (performance.now() - began);
    return told;
  }

  async #rebuild(ended: () => boolean): Promise<void> {
    this.deps.onTrouble('search_rebuilding');
    await this.#exclusive(() => rebuild(this.deps, (building) => (this.state.building = building), ended, { empty: this.#empty })).finally(
      () => (this.state.building = null),
    );
    if (ended()) return;
    this.#anew = false;
    this.#empty = false;
    this.deps.onTrouble('search_rebuilt');
  }

  /** Files are slow: they are read beside, and only their documents take turns with the others. */
  async #readFiles(ended: () => boolean): Promise<void> {
    try {
      while (!ended() && (await deliverFiles(this.deps, (work) => this.#exclusive(work))));
    } catch (error) {
      this.#inTrouble(error);
    }
    this.#files = undefined;
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #inTrouble(error: unknown): void {
    const { name, code } = describeError(error);
    const trouble = code ?? name;
    if (trouble !== this.state.trouble && !this.#stopping.signal.aborted) this.deps.onTrouble('search_behind', { reason: trouble });
    this.state.trouble = trouble;
  }

  async #pause(milliseconds: number): Promise<void> {
    const abort = new AbortController();
    this.#wakeUp = () => abort.abort();
    await sleep(milliseconds, undefined, { signal: AbortSignal.any([abort.signal, this.#stopping.signal]) }).catch(() => undefined);
    this.#wakeUp = undefined;
  }
}
