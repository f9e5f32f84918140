import { newId, sqlState, type Db, type DbSession } from '../../db/index.js';
import { isCoded } from '../../errors/index.js';
import type { IntegratedEntry } from '../types.js';
import { planBatch, type Batch, type LogEnd, type Taken } from './batch.js';
import { recover, type RecoverDeps, type Recovered } from './recover.js';
import { refused, type Signed, type Signer } from './signer.js';
import { insertHead, moveBatch, takeEpoch, takePending, tryLock } from './store.js';

/** Entries that are moved and signed together. */
const BATCH = 1000;
/** Milliseconds after which it looks for work even if nobody called. */
const IDLE = 500;
/** Milliseconds between attempts to become the integrator, or to go on after trouble. */
const AGAIN = 500;

/** Milliseconds between two looks into the object store while the log cannot go on. */
const LOOK_AGAIN = 20_000;

export interface IntegratorDeps extends Pick<RecoverDeps, 'publicKey' | 'breakKey' | 'stored'> {
  auditDb: Db;
  openSigner: () => Promise<Signer>;
  originOf: (log: string) => string;
  now: () => Date;
  random: (n: number) => Buffer;
  /** Told after each batch once its head is signed and in the signer's memory: from there a crash leads to this very head. */
  signed?: ((entries: IntegratedEntry[]) => void) | undefined;
  /** Told after each batch, once its head is signed and stored. */
  settled: (entries: IntegratedEntry[]) => void;
  /** Told once when entries cannot be moved, with the reason. */
  onTrouble?: ((reason: string) => void) | undefined;
  /** For tests: called between the steps of a batch; what it throws is a crash at that point. */
  step?: ((name: 'taken' | 'moved' | 'signed' | 'headed' | 'noted' | 'rewritten' | 'reheaded') => Promise<void> | void) | undefined;
  /** Told when it begins to lead, before anything is moved. */
  leads?: (() => Promise<void>) | undefined;
  /** For tests of fencing: leads without the lock. */
  lockless?: boolean | undefined;
}

/** In words of our own: a driver's message may quote what was in a row. */
function troubleOf(error: unknown): string {
  if (isCoded(error)) return error.detail ?? error.code;
  return sqlState(error) ?? (error instanceof Error ? error.name : 'unknown');
}

/** Moves entries of committed transactions into the log, one integrator at a time over all processes. */
export class Integrator {
  #stopping = false;
  #loop: Promise<void> | undefined;
  #called = false;
  /** The entries of the last batch. */
  #moved: ReadonlySet<string> = new Set();
  /** Whether the table has to be asked next: an entry that may be older waits there, or it was not asked the last time. */
  #toAsk = false;
  #wakeUp: (() => void) | undefined;
  /** Entries of this process whose transactions are committed: they need not be asked for. */
  #handed: Taken[] = [];
  #leading = false;
  #trouble: string | null = null;
  /** When the object store was last asked in vain. */
  #looked = -Infinity;

  constructor(private readonly deps: IntegratorDeps) {}

  get leading(): boolean {
    return this.#leading;
  }

  get trouble(): string | null {
    return this.#trouble;
  }

  /** Tells it that there is work in the table. */
  wake(): void {
    this.#toAsk = true;
    this.#rouse();
  }

  #rouse(): void {
    this.#called = true;
    this.#wakeUp?.();
  }

  /** Gives it an entry that is committed; only while it leads. */
  hand(row: Taken): void {
    if (this.#handed.length < BATCH) this.#handed.push(row);
    else this.#toAsk = true; // the others are asked for, and nothing that is handed over later goes before them
    this.#rouse();
  }

  /** Starts it; resolves when it leads, or knows that it does not. */
  async start(): Promise<void> {
    if (this.#loop) return;
    this.#stopping = false;
    await new Promise<void>((tried) => {
      this.#loop = this.#run(tried);
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.wake();
    await this.#loop;
    this.#loop = undefined;
  }

  async #run(tried: () => void): Promise<void> {
    const listener = await this.deps.auditDb
      .listen(
        'audit_pending',
        () => this.wake(),
        () => this.wake(),
      )
      .catch(() => undefined);
    while (!this.#stopping) {
      let session: DbSession | undefined;
      let standby = false;
      try {
        session = await this.deps.auditDb.session();
        session.onLost(() => this.wake());
        standby = this.deps.lockless !== true && !(await tryLock(session));
        if (!standby) await this.#lead(session, tried);
        this.#trouble = null;
      } catch (error) {
        this.#inTrouble(troubleOf(error));
      } finally {
        this.#leading = false;
        session?.release(!standby); // closing the connection gives the lock back, whatever state it is in
      }
      tried();
      if (!this.#stopping) await this.#pause(AGAIN);
    }
    await listener?.close();
  }

  #inTrouble(trouble: string): void {
    if (trouble !== this.#trouble && !this.#stopping) this.deps.onTrouble?.(trouble);
    this.#trouble = trouble;
  }

  async #lead(session: DbSession, tried: () => void): Promise<void> {
    const signer = await this.deps.openSigner();
    try {
      const epoch = await takeEpoch(session, `pid ${process.pid}`, await signer.epoch());
      let at = await this.#recover(session, signer, epoch);
      await this.deps.leads?.();
      this.#handed = []; // an earlier attempt may have moved them before it failed
      this.#leading = true;
      this.#trouble = null;
      tried();
      while (!this.#stopping) {
        this.#called = false;
        const next = await this.#next(session, signer, epoch, at);
        if (next) at = next;
        else if (!this.#called) await this.#pause(IDLE);
      }
    } finally {
      await signer.close();
    }
  }

  async #recover(session: DbSession, signer: Signer, epoch: bigint): Promise<Recovered> {
    const { originOf, publicKey, breakKey, step, now } = this.deps;
    const looks = performance.now() - this.#looked > LOOK_AGAIN;
    try {
      return await recover(session, signer, { originOf, publicKey, breakKey, stored: this.deps.stored, looks, epoch, at: now(), step });
    } catch (error) {
      if (looks && isCoded(error)) this.#looked = performance.now();
      throw error;
    }
  }

  /**
   * Moves what was handed over, where nobody told of an entry in the table: an act stands in the log after those it follows from.
   * The table is asked every other time in any case. What was handed over may have been found there before: then it is asked too.
   */
  async #next(session: DbSession, signer: Signer, epoch: bigint, at: Recovered): Promise<Recovered | undefined> {
    const handed = this.#toAsk ? [] : this.#handed.filter((row) => !this.#moved.has(row.id));
    this.#toAsk = handed.length > 0;
    this.#handed = [];
    const done = handed.length > 0 && (await this.#batch(session, signer, epoch, at, handed));
    if (done) return done;
    const rows = await takePending(session, BATCH);
    if (rows.length === BATCH) this.#toAsk = true; // older ones may be left
    if (rows.length === 0) return undefined;
    const next = await this.#batch(session, signer, epoch, at, rows);
    if (!next) throw refused('another integrator is at work');
    return next;
  }

  /** Moves and signs one batch; `undefined` where its rows, or the lead, are gone. Durable in this order: entries, signer's memory, head. */
  async #batch(session: DbSession, signer: Signer, epoch: bigint, at: Recovered, rows: readonly Taken[]): Promise<Recovered | undefined> {
    await this.deps.step?.('taken');
    const batch = planBatch(at.end, rows, {
      now: this.deps.now(),
      newId,
      blind: () => this.deps.random(16).toString('base64url'),
      lastCheckpoint: at.head,
      broken: at.broken,
    });
    if (!(await moveBatch(session, batch, epoch))) return undefined;
    this.#moved = new Set(rows.map((row) => row.id));
    await this.deps.step?.('moved');
    const head = await this.#sign(signer, epoch, at.end, batch);
    await this.deps.step?.('signed');
    const entries = batch.entries.map((one) => ({ id: one.id, log: batch.end.log, sequence: one.sequence }));
    this.deps.signed?.(entries);
    await insertHead(session, head, batch.end.lastT, this.deps.now(), epoch);
    await this.deps.step?.('headed');
    this.deps.settled(entries);
    return { end: batch.end, head };
  }

  async #sign(signer: Signer, epoch: bigint, before: LogEnd | null, batch: Batch): Promise<Signed> {
    const { log, edge } = batch.end;
    const from = before?.log === log ? before.edge.size : 0n;
    const head = await signer.sign({ log, origin: this.deps.originOf(log), from, leaves: batch.entries.map((one) => one.leaf), epoch });
    if (head.size !== edge.size || !head.root.equals(edge.root())) throw refused('the log differs from what was signed');
    return head;
  }

  async #pause(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wakeUp = undefined;
  }
}
