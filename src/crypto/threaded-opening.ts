import { Transform, type TransformCallback } from 'node:stream';
import { CodedError } from '../errors/index.js';
import type { Part } from './chunks.js';
import { CHUNK, damaged, SEALED_CHUNK, TAG } from './cobblestone.js';
import { type Answer, type Bytes, Orders } from './threads.js';
import { noteCipherOutput } from './young.js';

/** Bytes that a stream of plaintext or of sealed bytes holds. */
export const BUFFERED = 1_048_576;
/** Pieces of one opening that are with the threads at the same time: for each one in its hands and one to go on with. */
const AHEAD = 4;

/** Destroys a stream with what is to be told instead of its error. */
export function tellInstead(failed: ((error: unknown) => Promise<unknown>) | undefined, error: Error | null, done: (error?: Error | null) => void): void {
  if (!error || !failed) return done(error);
  void failed(error).then(
    (shown) => process.nextTick(done, shown as Error), // outside of the promise, which would swallow what `done` throws
    (other: unknown) => process.nextTick(done, other as Error),
  );
}

/** The piece in memory of its own, which can be given away. */
function owned(piece: Buffer): Bytes {
  const { buffer, byteOffset, length } = piece;
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && buffer.byteLength === length) return new Uint8Array(buffer);
  return new Uint8Array(piece);
}

/** Plaintext in so many sealed bytes: whole chunks, and perhaps a short one. */
function plainOf(sealed: number): number {
  const short = sealed % SEALED_CHUNK;
  return Math.floor(sealed / SEALED_CHUNK) * CHUNK + Math.max(0, short - TAG);
}

/**
 * Does what `Opening` does, on threads: each gets the whole chunks of the next piece, which need nothing of the others, and what
 * comes back is given in the order of the object. The pieces that are written to it are gone afterwards.
 */
export class ThreadedOpening extends Transform {
  readonly #orders: Orders;
  readonly #failed: ((error: unknown) => Promise<unknown>) | undefined;
  /** What is left of the part. */
  readonly #part: Part;
  /** Bytes of a chunk that is not there as a whole. */
  #carry: Bytes = new Uint8Array(0);
  /** Answers by the order of their pieces; the first is of piece `#next`. */
  readonly #slots: (Answer | undefined)[] = [];
  #next = 0;
  #waiting: TransformCallback | undefined;
  #flushed: (() => void) | undefined;
  #posted = 0;

  constructor(part: Part, failed?: (error: unknown) => Promise<unknown>) {
    super({ readableHighWaterMark: BUFFERED, writableHighWaterMark: BUFFERED });
    this.#failed = failed;
    // in memory of its own: what is posted takes all the memory along that it lies in, here the pool with the message key
    this.#part = { ...part, base: Buffer.from(new Uint8Array(part.base).buffer) };
    this.#orders = new Orders(this);
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const come = this.#carry.length + bytes.length;
    if (come > this.#part.sealed) return done(damaged('length differs'));
    const used = come === this.#part.sealed ? come : come - (come % SEALED_CHUNK);
    if (used === 0) {
      this.#carry = new Uint8Array(Buffer.concat([this.#carry, bytes]));
      return done();
    }
    const rest = new Uint8Array(bytes.subarray(used - this.#carry.length));
    const piece = owned(bytes);
    this.#post([this.#carry, piece.subarray(0, used - this.#carry.length)], used, piece.buffer);
    this.#carry = rest;
    if (this.#slots.length < AHEAD) done();
    else this.#waiting = done;
  }

  override _flush(done: TransformCallback): void {
    const { sealed, take, toEnd } = this.#part;
    // a message has at least one chunk
    this.#flushed = () => done(sealed > 0 || take > 0 || (toEnd && this.#posted === 0) ? damaged('cut') : null);
    if (this.#slots.length === 0) this.#flushed();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#orders.end();
    tellInstead(this.#failed, error, done);
  }

  answered(answer: Answer): void {
    this.#slots[answer.slot - this.#next] = answer;
    for (let first = this.#slots[0]; first; first = this.#slots[0]) {
      this.#slots.shift();
      this.#next++;
      const wrong = this.#give(first);
      if (wrong) return void this.destroy(wrong);
    }
    const waiting = this.#slots.length < AHEAD ? this.#waiting : undefined;
    if (waiting) this.#waiting = undefined;
    waiting?.();
    if (this.#slots.length === 0) this.#flushed?.();
  }

  #post(pieces: Bytes[], sealed: number, memory: ArrayBuffer): void {
    const left = this.#part;
    const plain = plainOf(sealed);
    const skip = Math.min(left.skip, plain);
    const take = Math.min(left.take, plain - skip);
    const part = { ...left, sealed, skip, take, toEnd: left.toEnd && sealed === left.sealed };
    this.#posted++;
    left.sealed -= sealed;
    left.skip -= skip;
    left.take -= take;
    left.first += Math.ceil(sealed / SEALED_CHUNK);
    const slot = this.#next + this.#slots.push(undefined) - 1;
    this.#orders.post({ slot, part, pieces }, [memory]);
  }

  #give({ plain, whole, damage, trouble }: Answer): Error | undefined {
    if (damage !== undefined) return damaged(damage);
    if (trouble !== undefined) return new CodedError('internal', { detail: `opening: ${trouble}` });
    if (whole !== true) return damaged('cut');
    if (!plain || plain.length === 0) return undefined;
    noteCipherOutput(plain.length);
    this.push(Buffer.from(plain.buffer, plain.byteOffset, plain.length));
    return undefined;
  }
}
