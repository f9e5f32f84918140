import { randomBytes } from 'node:crypto';
import type { Actor } from '../audit/index.js';
import { newId } from '../db/index.js';
import { CodedError, invalidField } from '../errors/index.js';
import type { ChecksDeps } from './deps.js';
import { foundReads, type FoundReads } from './reads/found.js';
import { type ReconciliationRow, selectReconciliations } from './reads/log-store.js';
import { entryOf, runCheck, type RunOptions } from './run.js';
import {
  alarmingCheck,
  type CheckRow,
  endCheck,
  type FaultRow,
  findCheck,
  freeCheck,
  holdCheck,
  insertCheck,
  noteTrouble,
  selectChecks,
  selectFaults,
  takeUp,
  unfinishedCheck,
} from './store.js';
import { type CheckScope, SAMPLE_LIMITS } from './values.js';

/** After so long without a word another process takes a check up, in milliseconds. */
const SILENCE = 120_000;
const PAGE = 50;

/** What is asked for; a sample without a seed gets one. */
export type CheckInput = { mode: 'whole' } | { mode: 'sample'; size: number; seed?: string | undefined };

export interface CheckView extends CheckRow {
  /** Unfinished, and nobody works on it. */
  still: boolean;
}

/** Reconciliations that are looked at for what was found. */
const TOLD = 200;

/**
 * Verifications of the whole archive against its stores, started here or from the command line, one at a time over all processes.
 * One that was stopped, however, goes on where it was.
 */
export class ArchiveChecks {
  #running: Promise<void> | undefined;
  readonly #stop = new AbortController();

  constructor(readonly deps: ChecksDeps) {}

  /** Starts one and comes back at once. @throws `conflict` where one is unfinished */
  async start(actor: Actor, input: CheckInput): Promise<string> {
    const id = await this.#begin(actor, input);
    this.#running = this.#goOn(id);
    return id;
  }

  /** Starts one, or goes on with the one that is unfinished, and waits for its end. @throws `conflict` where another process works on it */
  async work(actor: Actor, input: CheckInput, options: RunOptions = {}): Promise<CheckRow | undefined> {
    await this.deps.authorize(actor, 'storage.check');
    const before = await unfinishedCheck(this.deps.db);
    return this.#take(before?.id ?? (await this.#begin(actor, input)), options);
  }

  /** Lets the next one begin anew. @throws `conflict` where a process works on it */
  async giveUp(actor: Actor): Promise<void> {
    const { policy } = await this.deps.authorize(actor, 'storage.check');
    const { db, audit, now } = this.deps;
    const row = await unfinishedCheck(db);
    if (!row) return;
    await this.#alone(() =>
      db.tx(async (tx) => {
        if (!(await endCheck(tx, row, 'given_up', now()))) throw new CodedError('conflict');
        await audit.append(tx, { ...entryOf(this.deps, { run: row.id, step: 'given_up' }), actor, policy });
      }),
    );
  }

  /** Takes up what has fallen silent; for the regular work of the server. */
  async takeUpSilent(signal?: AbortSignal): Promise<void> {
    const row = await unfinishedCheck(this.deps.db);
    if (row && this.deps.now().getTime() - row.heard_at.getTime() > SILENCE) await this.#goOn(row.id, signal);
  }

  /** The one that is unfinished, where there is one: a state, nothing of any record. */
  async unfinished(): Promise<CheckRow | undefined> {
    return unfinishedCheck(this.deps.db);
  }

  /** A check once it has ended. */
  async ended(id: string): Promise<CheckRow | undefined> {
    const row = await findCheck(this.deps.db, id);
    return row?.finished_at ? row : undefined;
  }

  /** The newest first. */
  async list(actor: Actor, before?: string, limit = 20): Promise<CheckView[]> {
    await this.deps.authorize(actor, 'storage.check');
    return (await selectChecks(this.deps.db, before, limit)).map((row) => this.#view(row));
  }

  /** One, with the next of its faults; looking is on record. */
  async view(actor: Actor, id: string, after = 0n): Promise<{ check: CheckView; faults: FaultRow[] }> {
    const { policy } = await this.deps.authorize(actor, 'storage.check');
    const { db, audit } = this.deps;
    const row = await findCheck(db, id);
    if (!row) throw new CodedError('not_found');
    await db.tx((tx) => audit.append(tx, { ...entryOf(this.deps, { run: id }), act: 'archive.verification', actor, policy }));
    return { check: this.#view(row), faults: await selectFaults(db, id, after, PAGE) };
  }

  /** What the newest finished check found, where it found something. */
  async alarm(): Promise<{ id: string; faults: number } | undefined> {
    const found = await alarmingCheck(this.deps.db);
    return found && { id: found.id, faults: Number(found.fault_count) };
  }

  /** The newest reconciliations of reads with the store's own log. */
  async reconciliations(actor: Actor, limit = 10): Promise<ReconciliationRow[]> {
    await this.deps.authorize(actor, 'storage.check');
    return selectReconciliations(this.deps.db, limit);
  }

  /** The newest reconciliation of reads. */
  async compared(): Promise<ReconciliationRow | undefined> {
    return (await selectReconciliations(this.deps.db, 1))[0];
  }

  /** How many unlogged reads it found. */
  async unlogged(): Promise<number> {
    return (await this.compared())?.facts.unlogged ?? 0;
  }

  /** What reconciliations of the past found of reads past the archive, what is still there first. */
  async foundReads(actor: Actor): Promise<FoundReads[]> {
    await this.deps.authorize(actor, 'storage.check');
    return foundReads(await selectReconciliations(this.deps.db, TOLD));
  }

  /** Stops at the next safe point; another process goes on. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  async #begin(actor: Actor, input: CheckInput): Promise<string> {
    const { db, audit, now } = this.deps;
    const { policy } = await this.deps.authorize(actor, 'storage.check');
    const scope = scopeFor(input);
    const id = newId();
    const { seed, size } = scope.mode === 'sample' ? scope : { seed: null, size: null };
    await db.tx(async (tx) => {
      if (!(await insertCheck(tx, { id, at: now(), pseudonym: actor.pseudonym, mode: scope.mode, seed, size })))
        throw new CodedError('conflict', { detail: 'a verification is unfinished' });
      const facts = { run: id, step: 'begin', mode: scope.mode, ...(seed === null ? {} : { seed, size }) };
      await audit.append(tx, { ...entryOf(this.deps, facts), actor, policy });
    });
    return id;
  }

  /** Goes on in the background: whatever happens is told, and the check stays to be taken up. */
  async #goOn(id: string, signal: AbortSignal = this.#stop.signal): Promise<void> {
    await this.#take(id, { signal }).catch((error: unknown) => {
      if (!(error instanceof CodedError && error.code === 'conflict')) this.deps.onTrouble('archive_verification_stopped');
    });
  }

  async #take(id: string, options: RunOptions): Promise<CheckRow | undefined> {
    const { db, audit, now, onTrouble } = this.deps;
    return this.#alone(async () => {
      const row = await db.tx(async (tx) => {
        const taken = await takeUp(tx, id, now());
        if (taken && taken.turn > 1) await audit.append(tx, entryOf(this.deps, { run: id, step: 'resume', part: taken.part ?? '' }));
        return taken;
      });
      if (!row) return undefined; // it has ended meanwhile
      try {
        const ended = await runCheck(this.deps, row, options);
        if (ended?.result === 'faulty') onTrouble('archive_faulty');
        return ended;
      } catch (error) {
        await noteTrouble(db, row, error instanceof CodedError ? error.code : 'internal').catch(() => undefined);
        throw error;
      }
    });
  }

  /** Alone among all processes; freed when this one ends, however it does. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const session = await this.deps.db.session();
    try {
      if (!(await holdCheck(session))) throw new CodedError('conflict', { detail: 'another process works on a verification' });
      return await work();
    } finally {
      await freeCheck(session).catch(() => undefined); // a session that is lost has freed it
      session.release(true);
    }
  }

  #view(row: CheckRow): CheckView {
    return { ...row, still: row.finished_at === null && this.deps.now().getTime() - row.heard_at.getTime() > SILENCE };
  }
}

function scopeFor(input: CheckInput): CheckScope {
  if (input.mode === 'whole') return input;
  const { size, seed = randomBytes(16).toString('hex') } = input;
  if (!Number.isSafeInteger(size) || size < 1 || size > SAMPLE_LIMITS.size) throw invalidField('size', 'invalid');
  if (!/^[0-9A-Za-z_.-]+$/.test(seed) || seed.length > SAMPLE_LIMITS.seed) throw invalidField('seed', 'invalid');
  return { mode: 'sample', size, seed };
}
