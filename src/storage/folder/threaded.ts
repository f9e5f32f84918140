import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { storeUnavailable } from '../failures.js';

export interface PutJob {
  path: string;
  size: number;
  /** Date of its lock where that is later than the default; milliseconds since 1970. */
  until?: number;
}

export interface LockJob {
  path: string;
  /** Milliseconds since 1970. */
  until: number;
}

export interface RemoveJob {
  path: string;
  /** The file that says that the object is under a legal hold. */
  hold: string;
}

/** What a failed system call says. */
export interface Failure {
  code: string;
  syscall: string;
}

/** One batch for the thread; the bytes of the puts stand one after the other. */
export interface Request {
  id: number;
  put: PutJob[];
  bytes: Uint8Array<ArrayBuffer>;
  lock: LockJob[];
  remove: RemoveJob[];
  now: number;
  /** Makes names of temporary files this process's own. */
  tag: string;
}

/** In the order of the request: a failure, or nothing for a removal, and for a put and a lock the lock date that was read back (0 where a put named none). */
export interface Answer {
  id: number;
  put: (Failure | number)[];
  lock: (Failure | number)[];
  remove: (Failure | null)[];
}

interface Waiting<J, R> {
  job: J;
  body?: Buffer;
  done: (result: R) => void;
  failed: (error: unknown) => void;
}

interface Batch {
  puts: Waiting<PutJob, Date>[];
  locks: Waiting<LockJob, Date>[];
  removals: Waiting<RemoveJob, void>[];
}

/** Bodies up to here go to the thread; longer ones are better off as a stream. */
export const SMALL_BODY = 65_536;
/** Jobs of one batch: each put holds a file open. */
const MOST = 128;
/** Batches under way: while one waits for the disk the other is written. */
const AHEAD = 2;
/** Megabytes; it holds a few batches and no state. */
const HEAP = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 };

function errorOf({ code, syscall }: Failure): Error {
  return Object.assign(new Error(`${syscall} failed: ${code}`), { code, syscall });
}

/**
 * Hands small objects, changes of locks and removals to a thread of their own, many at once: what was asked for while earlier batches
 * are under way goes together. Each call is answered on its own, when the thread has made it durable.
 */
export class FolderThread {
  readonly #puts: Waiting<PutJob, Date>[] = [];
  readonly #locks: Waiting<LockJob, Date>[] = [];
  readonly #removals: Waiting<RemoveJob, void>[] = [];
  readonly #running = new Map<number, Batch>();
  readonly #tag = randomBytes(6).toString('hex');
  #worker: Worker | undefined;
  #next = 0;
  #called = false;

  constructor(
    private readonly root: string,
    private readonly now: () => Date,
  ) {}

  /** Stores a body; the lock date that was read back, where `until` asks for one. */
  put(path: string, body: Buffer, until?: Date): Promise<Date> {
    return new Promise((done, failed) => {
      this.#puts.push({ job: { path, size: body.length, ...(until && { until: until.getTime() }) }, body, done, failed });
      this.#call();
    });
  }

  /** Extends a lock date, and reads it back; an earlier date than the file has changes nothing. */
  lock(path: string, until: Date): Promise<Date> {
    return new Promise((done, failed) => {
      this.#locks.push({ job: { path, until: until.getTime() }, done, failed });
      this.#call();
    });
  }

  /** Removes an object that nothing keeps, with the folders that are empty then; a refusal says so by its code. */
  remove(path: string, hold: string): Promise<void> {
    return new Promise((done, failed) => {
      this.#removals.push({ job: { path, hold }, done, failed });
      this.#call();
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#lost();
  }

  get #asked(): number {
    return this.#puts.length + this.#locks.length + this.#removals.length;
  }

  /** Gathers what is asked for in one turn of the event loop. */
  #call(): void {
    if (this.#called) return;
    this.#called = true;
    setImmediate(() => {
      this.#called = false;
      while (this.#running.size < AHEAD && this.#asked > 0) this.#send();
    });
  }

  #send(): void {
    const puts = this.#puts.splice(0, MOST);
    const locks = this.#locks.splice(0, MOST - puts.length);
    const removals = this.#removals.splice(0, MOST - puts.length - locks.length);
    const bytes = new Uint8Array(puts.reduce((sum, one) => sum + one.job.size, 0));
    let at = 0;
    for (const one of puts) {
      bytes.set(one.body as Buffer, at);
      at += one.job.size;
    }
    const id = this.#next++;
    const jobs = { put: puts.map((one) => one.job), lock: locks.map((one) => one.job), remove: removals.map((one) => one.job) };
    const request: Request = { id, ...jobs, bytes, now: this.now().getTime(), tag: this.#tag };
    this.#running.set(id, { puts, locks, removals });
    const worker = this.#started();
    worker.ref();
    worker.postMessage(request, [bytes.buffer]);
  }

  #started(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL('thread.js', import.meta.url), { workerData: { root: this.root }, resourceLimits: HEAP });
    worker.on('message', (answer: Answer) => this.#settle(worker, answer));
    worker.on('error', (error) => this.#ended(worker, error));
    worker.on('exit', () => this.#ended(worker));
    return (this.#worker = worker);
  }

  #settle(worker: Worker, answer: Answer): void {
    const batch = this.#running.get(answer.id);
    this.#running.delete(answer.id);
    if (this.#running.size === 0) worker.unref(); // idle, it keeps no process from ending
    const dated = (list: readonly Waiting<unknown, Date>[] | undefined, results: readonly (Failure | number)[]): void =>
      list?.forEach((one, i) => {
        const result = results[i] as Failure | number;
        if (typeof result === 'number') one.done(new Date(result));
        else one.failed(errorOf(result));
      });
    dated(batch?.puts, answer.put);
    dated(batch?.locks, answer.lock);
    batch?.removals.forEach((one, i) => {
      const failure = answer.remove[i];
      if (failure) one.failed(errorOf(failure));
      else one.done();
    });
    if (this.#asked > 0) this.#call();
  }

  /** A thread that is gone may or may not have stored what it was given: the callers are told that it did not. The next call starts another. */
  #ended(worker: Worker, cause?: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#lost(cause);
  }

  #lost(cause?: unknown): void {
    const batches = [...this.#running.values(), { puts: this.#puts.splice(0), locks: this.#locks.splice(0), removals: this.#removals.splice(0) }];
    this.#running.clear();
    for (const one of batches.flatMap(({ puts, locks, removals }) => [...puts, ...locks, ...removals]))
      one.failed(storeUnavailable('the writing thread ended', cause));
  }
}
