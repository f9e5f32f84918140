import { openField, sealField } from '../../crypto/index.js';
import { newId, type Db } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { Audit, AuditKeystore } from '../audit.js';
import type { Actor } from '../types.js';
import { systemActor } from '../actors.js';
import { findGone } from '../term/store.js';
import { stateOf, stateText, type VerifyState } from '../verify/state.js';
import { verifyStored, type LogReport } from '../verify/verify.js';
import { foundFaults, type FoundFault } from './found.js';
import {
  advanceRun,
  claimSilent,
  countLogged,
  cutOffSilent,
  finishRun,
  insertRun,
  keepState,
  type RunEnd,
  type RunRow,
  selectEnded,
  selectRuns,
  selectTelling,
} from './store.js';

/** A run of which nothing was heard for so long has lost its process, in milliseconds. */
const SILENCE = 120_000;
/** A verification that began so long ago is not gone on with, in milliseconds. */
const FRESH = 86_400_000;
/** Times that one is taken up, so that one which takes its process down does not do so for ever. */
const TIMES = 20;
/** Secret that seals how far one has come. */
const SEALED = 'log-verification';
/** Entries between two words of progress, and faults that are kept. */
const STEP = 20_000;
const KEPT = 100;
/** Runs with faults that are looked at for what was found. */
const TOLD = 200;

export interface RunsDeps {
  db: Db;
  audit: Pick<Audit, 'append' | 'settled'>;
  keystore: AuditKeystore;
  authorize: (actor: Actor, right: 'audit.verify') => { policy: string } | Promise<{ policy: string }>;
  now: () => Date;
  /** Told when a run found something, or could not go on. */
  onTrouble: (reason: string) => void;
  /** Entries after which it keeps how far it is. */
  step?: number;
}

/** Thrown where another process has taken a run up. */
class TakenOver extends Error {}

/** Verifications of the whole stored log that are started here and watched meanwhile. One at a time, over all processes. */
export class LogRuns {
  #running: Promise<void> | undefined;
  readonly #stop = new AbortController();

  constructor(private readonly deps: RunsDeps) {}

  /** Starts one and comes back at once. @throws `conflict` where one is under way */
  async start(actor: Actor): Promise<string> {
    const { db, audit, now } = this.deps;
    const { policy } = await this.deps.authorize(actor, 'audit.verify');
    const id = newId();
    const total = await countLogged(db);
    await db.tx(async (tx) => {
      await cutOffSilent(tx, new Date(now().getTime() - SILENCE), now());
      if (!(await insertRun(tx, { id, at: now(), pseudonym: actor.pseudonym, total })))
        throw new CodedError('conflict', { detail: 'a verification is under way' });
      await audit.append(tx, { actor, act: 'log.verify', subject: { kind: 'log', id: 'all' }, decision: 'allow', policy, facts: { run: id, step: 'begin' } });
    });
    this.#work({ id, times: 1, actor });
    return id;
  }

  /**
   * Goes on with a verification whose process ended, from where it had come; on record. One that is over a day old is left, to be begun anew.
   * Whether there was one.
   */
  async takeUpSilent(): Promise<boolean> {
    if (this.#running !== undefined || this.#stop.signal.aborted) return false;
    const { db, audit, now } = this.deps;
    const at = now();
    const actor = systemActor();
    const found = await db.tx(async (tx) => {
      const one = await claimSilent(tx, { silent: new Date(at.getTime() - SILENCE), since: new Date(at.getTime() - FRESH), at, most: TIMES });
      if (one === undefined) return undefined;
      const facts = { run: one.id, step: 'resume', entries: Number(one.entries) };
      await audit.append(tx, { actor, act: 'log.verify', subject: { kind: 'log', id: 'all' }, decision: 'allow', facts });
      return one;
    });
    if (found === undefined) return false;
    const run = { id: found.id, times: found.times, actor };
    this.#work(run, await this.#reached(run, found.state));
    return true;
  }

  /** Stops at the next safe point; another process goes on. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.settled();
  }

  #work(run: Run, from?: VerifyState): void {
    this.#running = this.#run(run, from).finally(() => (this.#running = undefined));
  }

  /** The newest runs, one that lost its process told as cut off until it is taken up. */
  async list(limit = 20): Promise<RunRow[]> {
    const { db, now } = this.deps;
    const silent = now().getTime() - SILENCE;
    return (await selectRuns(db, limit)).map((run) =>
      run.finished_at === null && run.heard_at.getTime() < silent ? { ...run, finished_at: run.heard_at, result: 'cut_off' } : run,
    );
  }

  /** What the verifications of the past found, what is still there first. */
  async found(): Promise<FoundFault[]> {
    return foundFaults(await selectTelling(this.deps.db, TOLD));
  }

  /**
   * Starts one unless one that began since then came to its end, or one is under way: for the nights, every hour of which may ask. One that
   * lost its process and was not taken up is begun anew. Whether it was started.
   */
  async startUnlessSince(actor: Actor, since: Date): Promise<boolean> {
    const ended = await this.ended();
    if (ended && ended.at >= since) return false;
    return await this.start(actor).then(
      () => true,
      (error: unknown) => {
        if (error instanceof CodedError && error.code === 'conflict') return false;
        throw error;
      },
    );
  }

  /** When the newest verification that came to its end began, and whether it found something. */
  async ended(): Promise<{ at: Date; result: 'whole' | 'faulty' } | undefined> {
    return selectEnded(this.deps.db);
  }

  /** Whether the newest verification that came to its end found something. */
  async faulty(): Promise<boolean> {
    return (await this.ended())?.result === 'faulty';
  }

  /** Waits for the run of this process, where there is one. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** Verifies, from where it stopped; keeps how far it is. */
  async #run(run: Run, from?: VerifyState): Promise<void> {
    const { db, keystore, now, onTrouble, step = STEP } = this.deps;
    const { signal } = this.#stop;
    try {
      let told = 0;
      const progress = (count: number): void => {
        if (count - told < step) return;
        told = count;
        void advanceRun(db, run, count, now()).catch(() => undefined); // only a word of progress
      };
      const state = async (reached: VerifyState): Promise<void> => {
        const sealed = sealField(keystore.secret(SEALED), contextOf(run), stateText(reached));
        if (!(await keepState(db, run, sealed, now()))) throw new TakenOver();
      };
      const report = await verifyStored(db, keystore, progress, { signal, keep: { every: step, state }, ...(from ? { from } : {}) });
      await this.#end(run, report);
      if (!report.whole) onTrouble('log_faulty');
    } catch (error) {
      // stopped: whoever comes next goes on; or somebody already does
      if (signal.aborted || error instanceof TakenOver) return;
      onTrouble('log_verification_failed');
      const none: RunEnd = { result: 'failed', entries: 0, heads: 0, erased: 0, faultCount: 0, faults: [] };
      await finishRun(db, run, now(), none).catch(() => undefined); // out of reach: it falls silent and is taken up
    }
  }

  async #end(run: Run, report: LogReport): Promise<void> {
    const { db, audit, now } = this.deps;
    const faults = report.faults.slice(0, KEPT).map(({ kind, log, sequence }) => ({ kind, log, sequence: sequence === null ? null : String(sequence) }));
    const { entries, heads, erased } = report;
    const end: RunEnd = { result: report.whole ? 'whole' : 'faulty', entries, heads, erased, faultCount: report.faults.length, faults };
    await db.tx(async (tx) => {
      if (!(await finishRun(tx, run, now(), end))) throw new TakenOver();
      const facts = { run: run.id, step: 'end', result: end.result, entries, faults: end.faultCount };
      const subject = { kind: 'log' as const, id: 'all' };
      await audit.append(tx, { actor: run.actor, act: 'log.verify', subject, decision: report.whole ? 'allow' : 'error', facts });
    });
  }

  /** Where a run stopped; `undefined` where that is not to be believed, or its log has lost its entries meanwhile: then from the start. */
  async #reached(run: Run, sealed: Buffer | null): Promise<VerifyState | undefined> {
    if (sealed === null) return undefined;
    try {
      const state = stateOf(openField(this.deps.keystore.secret(SEALED), contextOf(run), sealed));
      return (await findGone(this.deps.db, state.checker.log)) ? undefined : state;
    } catch {
      this.deps.onTrouble('log_verification_anew');
      return undefined;
    }
  }
}

interface Run {
  id: string;
  /** Which taking up of it this is. */
  times: number;
  actor: Actor;
}

const contextOf = ({ id }: Run): string => `log-verification/${id}`;
