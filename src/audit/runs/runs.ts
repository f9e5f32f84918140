import { newId, type Db } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import type { Audit, AuditKeystore } from '../audit.js';
import type { Actor } from '../types.js';
import { verifyStored } from '../verify/verify.js';
import { foundFaults, type FoundFault } from './found.js';
import { advanceRun, countLogged, cutOffSilent, finishRun, insertRun, type RunEnd, type RunRow, selectEnded, selectRuns, selectTelling } from './store.js';

/** A run of which nothing was heard for so long has lost its process, in milliseconds. */
const SILENCE = 120_000;
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
}

/** Verifications of the whole stored log that are started here and watched meanwhile. One at a time, over all processes. */
export class LogRuns {
  #running: Promise<void> | undefined;

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
    this.#running = this.#run(id, actor);
    return id;
  }

  /** The newest runs, one that lost its process told as cut off. */
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
   * lost its process is begun anew. Whether it was started.
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

  async #run(id: string, actor: Actor): Promise<void> {
    const { db, audit, keystore, now, onTrouble } = this.deps;
    try {
      let told = 0;
      const report = await verifyStored(db, keystore, (count) => {
        if (count - told < STEP) return;
        told = count;
        void advanceRun(db, id, count, now()).catch(() => undefined); // only a word of progress
      });
      const faults = report.faults.slice(0, KEPT).map(({ kind, log, sequence }) => ({ kind, log, sequence: sequence === null ? null : String(sequence) }));
      const { entries, heads, erased } = report;
      const end: RunEnd = { result: report.whole ? 'whole' : 'faulty', entries, heads, erased, faultCount: report.faults.length, faults };
      await db.tx(async (tx) => {
        await finishRun(tx, id, now(), end);
        const facts = { run: id, step: 'end', result: end.result, entries, faults: end.faultCount };
        await audit.append(tx, { actor, act: 'log.verify', subject: { kind: 'log', id: 'all' }, decision: report.whole ? 'allow' : 'error', facts });
      });
      if (!report.whole) onTrouble('log_faulty');
    } catch {
      onTrouble('log_verification_failed');
      const none: RunEnd = { result: 'failed', entries: 0, heads: 0, erased: 0, faultCount: 0, faults: [] };
      await finishRun(db, id, now(), none).catch(() => undefined); // out of reach: it falls silent and is told as cut off
    }
  }
}
