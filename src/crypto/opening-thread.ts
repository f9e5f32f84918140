import { Transform, type TransformCallback } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { CodedError } from '../errors/index.js';
import type { Part } from './chunks.js';
import { damaged } from './cobblestone.js';
import { noteCipherOutput } from './young.js';

/** Bytes that a stream of plaintext or of sealed bytes holds. */
export const BUFFERED = 1_048_576;
/** Pieces of one opening that are with the thread at the same time: one in its hands, one to go on with, one on its way back. */
const AHEAD = 3;
/** Megabytes; pieces lie outside of the heap. */
const HEAP = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 64 };

/** What the thread is told: an opening begins with its part, goes on with pieces, and ends. */
export interface Order {
  id: number;
  part?: Part;
  piece?: Uint8Array<ArrayBuffer>;
  end?: 'whole' | 'dropped';
}

/** What it answers: to each piece the plaintext that became authentic with it, then whether it was all; or what is damaged, or what else went wrong. */
export interface Answer {
  id: number;
  plain?: Uint8Array<ArrayBuffer>;
  whole?: boolean;
  damage?: string;
  trouble?: string;
}

/** Destroys a stream with what is to be told instead of its error. */
export function tellInstead(failed: ((error: unknown) => Promise<unknown>) | undefined, error: Error | null, done: (error?: Error | null) => void): void {
  if (!error || !failed) return done(error);
  void failed(error).then(
    (shown) => process.nextTick(done, shown as Error), // outside of the promise, which would swallow what `done` throws
    (other: unknown) => process.nextTick(done, other as Error),
  );
}

const openings = new Map<number, ThreadedOpening>();
let worker: Worker | undefined;
let next = 0;

/** The thread; it keeps no process from ending while nothing is being opened. */
function thread(): Worker {
  if (worker) return worker;
  const one = new Worker(new URL('opening-worker.js', import.meta.url), { resourceLimits: HEAP });
  const ended = (): void => {
    if (worker !== one) return;
    worker = undefined;
    for (const opening of openings.values()) opening.destroy(new CodedError('internal', { detail: 'the opening thread ended' }));
  };
  one.on('message', (answer: Answer) => openings.get(answer.id)?.answered(answer));
  one.on('error', ended);
  one.on('exit', ended);
  return (worker = one);
}

/** The piece in memory of its own, which can be given away. */
function owned(piece: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = piece;
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && buffer.byteLength === length) return new Uint8Array(buffer);
  return new Uint8Array(piece);
}

/** Does what `Opening` does, on a thread of its own; for long parts. The pieces that are written to it are gone afterwards. */
export class ThreadedOpening extends Transform {
  readonly #id = next++;
  readonly #failed: ((error: unknown) => Promise<unknown>) | undefined;
  #underway = 0;
  #waiting: TransformCallback | undefined;
  #flushed: TransformCallback | undefined;

  constructor(part: Part, failed?: (error: unknown) => Promise<unknown>) {
    super({ readableHighWaterMark: BUFFERED, writableHighWaterMark: BUFFERED });
    this.#failed = failed;
    const one = thread();
    one.ref();
    // in memory of its own: what is posted takes all the memory along that it lies in, here the pool with the message key
    const base = Buffer.from(new Uint8Array(part.base).buffer);
    one.postMessage({ id: this.#id, part: { ...part, base } } satisfies Order, []);
    openings.set(this.#id, this);
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const piece = owned(bytes);
    thread().postMessage({ id: this.#id, piece } satisfies Order, [piece.buffer]);
    this.#underway++;
    if (this.#underway < AHEAD) done();
    else this.#waiting = done;
  }

  override _flush(done: TransformCallback): void {
    this.#flushed = done;
    thread().postMessage({ id: this.#id, end: 'whole' } satisfies Order, []);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    openings.delete(this.#id);
    worker?.postMessage({ id: this.#id, end: 'dropped' } satisfies Order, []);
    if (openings.size === 0) worker?.unref();
    tellInstead(this.#failed, error, done);
  }

  /** What the thread says to this opening; in the order of what it was told. */
  answered({ plain, whole, damage, trouble }: Answer): void {
    if (damage !== undefined) return void this.destroy(damaged(damage));
    if (trouble !== undefined) return void this.destroy(new CodedError('internal', { detail: `opening: ${trouble}` }));
    if (whole !== undefined) return this.#flushed?.(whole ? null : damaged('cut'));
    if (plain === undefined) return;
    this.#underway--;
    if (plain.length > 0) {
      noteCipherOutput(plain.length);
      this.push(Buffer.from(plain.buffer, plain.byteOffset, plain.length));
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }
}
