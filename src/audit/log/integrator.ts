import { setTimeout as sleep } from 'node:timers/promises';
import { newId, sqlState, type Db, type DbSession } from '../../db/index.js';
import { isCoded } from '../../errors/index.js';
import type { IntegratedEntry } from '../types.js';
import { planBatch, type Batch, type LogEnd } from './batch.js';
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
  #wakeUp: (() => void) | undefined;
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

  /** Tells it that there is work. */
  wake(): void {
    this.#called = true;
    this.#wakeUp?.();
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
      this.#leading = true;
      this.#trouble = null;
      tried();
      while (!this.#stopping) {
        this.#called = false;
        const next = await this.#batch(session, signer, epoch, at);
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

  /** Moves and signs one batch; `undefined` when nothing waits. Durable in this order: entries, signer's memory, head. */
  async #batch(session: DbSession, signer: Signer, epoch: bigint, at: Recovered): Promise<Recovered | undefined> {
    const rows = await takePending(session, BATCH);
    if (rows.length === 0) return undefined;
    await this.deps.step?.('taken');
    const batch = planBatch(at.end, rows, {
      now: this.deps.now(),
      newId,
      blind: () => this.deps.random(16).toString('base64url'),
      lastCheckpoint: at.head,
      broken: at.broken,
    });
    if (!(await moveBatch(session, batch, epoch))) throw refused('another integrator is at work');
    await this.deps.step?.('moved');
    const head = await this.#sign(signer, epoch, at.end, batch);
    await this.deps.step?.('signed');
    await insertHead(session, head, batch.end.lastT, this.deps.now(), epoch);
    await this.deps.step?.('headed');
    this.deps.settled(batch.entries.map((one) => ({ id: one.id, log: batch.end.log, sequence: one.sequence })));
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
    const abort = new AbortController();
    this.#wakeUp = () => abort.abort();
    await sleep(milliseconds, undefined, { signal: abort.signal }).catch(() => undefined);
    this.#wakeUp = undefined;
  }
}
