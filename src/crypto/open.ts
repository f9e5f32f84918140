import { createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { pipeline, Readable, Transform, type TransformCallback } from 'node:stream';
import { Chunks, finish, type Part } from './chunks.js';
import { CHUNK, chunkNonce, damaged, HEADER, openHeader, plainSize, SEALED_CHUNK, TAG } from './cobblestone.js';
import { BUFFERED, tellInstead, ThreadedOpening } from './opening-thread.js';

/** Up to here an object is read, and checked, as a whole before anything of it is given. */
const SMALL = HEADER + 32 * SEALED_CHUNK;
/** Of the first piece that comes, so much is opened and given before the rest of it: whoever waits for the first byte waits for no more. */
const FIRST = 4 * SEALED_CHUNK;
/** From here on opening is worth a thread of its own. */
const LONG = 8 * 1_048_576;

export interface OpenOptions {
  key: KeyObject;
  context: Buffer;
  /** Bytes of the sealed object, from the catalogue. */
  sealedSize: number;
  /** Bytes of the plaintext wanted, end exclusive; `null` = all. Must lie inside the object. */
  range: { start: number; end: number } | null;
  /** Reads sealed bytes `[start, end)`; a range that reaches past the end is clipped. What it gives is the opening's own: the memory of its pieces may be given away. */
  read(start: number, end: number): Promise<Readable>;
  /** Looks at an error of the stream and says what to tell the reader instead. */
  failed?: (error: unknown) => Promise<unknown>;
}

/** Opens one chunk into `out` at `at`; `content_damaged` unless it is the chunk that was sealed at this place. */
function openChunk(key: KeyObject, base: Buffer, index: number, sealed: Buffer, out: Buffer, at: number): void {
  const end = sealed.length - TAG;
  if (end < 0) throw damaged('chunk cut');
  const decipher = createDecipheriv('aes-256-gcm', key, chunkNonce(base, index), { authTagLength: TAG });
  decipher.setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(0, end));
  finish(decipher, index);
  plain.copy(out, at);
}

/**
 * Turns sealed chunks into the wanted part of their plaintext. Plaintext is held back until its chunk is authentic;
 * fails with `content_damaged`, and what it gave before is sound.
 */
export class Opening extends Transform {
  readonly #chunks: Chunks;
  readonly #failed: OpenOptions['failed'];
  #begun = false;

  constructor(part: Part, failed?: OpenOptions['failed']) {
    super({ readableHighWaterMark: BUFFERED, writableHighWaterMark: BUFFERED });
    this.#chunks = new Chunks(part);
    this.#failed = failed;
  }

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#begun || piece.length <= FIRST) return this.#open(piece, done);
    this.#begun = true;
    this.#open(piece.subarray(0, FIRST), (error) => (error ? done(error) : setImmediate(() => this.#open(piece.subarray(FIRST), done))));
  }

  #open(piece: Buffer, done: TransformCallback): void {
    try {
      for (const plain of this.#chunks.take(piece)) this.push(plain);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    done(this.#chunks.isWhole ? null : damaged('cut'));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    tellInstead(this.#failed, error, done);
  }
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}

/** Opens a short message at once. */
export function openBuffer(options: { key: KeyObject; context: Buffer }, sealed: Buffer): Buffer {
  const out = Buffer.allocUnsafe(plainSize(sealed.length));
  const made = openHeader(options.key, options.context, sealed.subarray(0, HEADER));
  const key = createSecretKey(made.key);
  for (let at = HEADER, index = 0; at < sealed.length; at += SEALED_CHUNK, index++) {
    openChunk(key, made.nonce, index, sealed.subarray(at, at + SEALED_CHUNK), out, index * CHUNK);
  }
  return out;
}

/** The chunks that a range lies in, and where they stand in the sealed object. */
interface Layout {
  first: number;
  from: number;
  until: number;
  lastIndex: number;
  lastAt: number;
  toEnd: boolean;
}

function layout(sealedSize: number, start: number, end: number): Layout {
  const lastIndex = Math.floor((sealedSize - HEADER) / SEALED_CHUNK);
  const lastAt = HEADER + lastIndex * SEALED_CHUNK;
  const first = Math.floor(start / CHUNK);
  const toEnd = end > lastIndex * CHUNK;
  const until = toEnd ? sealedSize : Math.min(HEADER + Math.ceil(end / CHUNK) * SEALED_CHUNK, lastAt);
  return { first, from: HEADER + first * SEALED_CHUNK, until, lastIndex, lastAt, toEnd };
}

type Range = Pick<OpenOptions, 'sealedSize' | 'range'>;

function boundsOf({ sealedSize, range }: Range): { start: number; end: number } {
  const size = plainSize(sealedSize);
  const { start, end } = range ?? { start: 0, end: size };
  if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end && end <= size)) throw new Error('range outside the object');
  return { start, end };
}

/**
 * The ranges of sealed bytes that one opening of this range asks the store for, as {@link readSealed} does: what an access log of the
 * store may show of it, and nothing else.
 */
export function sealedRanges(options: Range): { start: number; end: number }[] {
  const { sealedSize } = options;
  const { start, end } = boundsOf(options);
  const whole = sealedSize + 1;
  if (sealedSize <= SMALL) return [{ start: 0, end: whole }];
  const { from, until, lastAt } = layout(sealedSize, start, end);
  return [
    { start: from, end: until },
    { start: 0, end: HEADER },
    { start: lastAt, end: whole },
  ];
}

/** Sealed bytes on their way, for one opening of one range. */
export interface SealedReads {
  /** The header; of a short object all of it. */
  head: Promise<Buffer>;
  /** The last chunk and the chunks of the range, of a long object. */
  rest?: { last: Promise<Buffer>; part: Promise<Readable> };
  /** Lets go of them where no opening takes them over. */
  drop(): void;
}

/**
 * Asks for the sealed bytes that an opening of this range needs, all at once and without a key: what comes is as opaque as it lies
 * in the store. {@link openRange} takes them over; whoever does not get there drops them.
 */
export function readSealed(options: Range & Pick<OpenOptions, 'read'>): SealedReads {
  const { sealedSize, read } = options;
  const { start, end } = boundsOf(options);
  const ignore = (): undefined => undefined; // whoever takes the reads over hears of their errors
  // one byte more than there should be, so that a lengthened object is noticed as well as a cut one
  if (sealedSize <= SMALL) {
    const head = read(0, sealedSize + 1).then(bytesOf);
    head.catch(ignore);
    return { head, drop: ignore };
  }
  const { from, until, lastAt } = layout(sealedSize, start, end);
  const part = read(from, until);
  const head = read(0, HEADER).then(bytesOf);
  const last = read(lastAt, sealedSize + 1).then(bytesOf);
  for (const one of [part, head, last]) one.catch(ignore);
  return { head, rest: { last, part }, drop: () => void part.then((stream) => stream.destroy(), ignore) };
}

async function openSmall(options: OpenOptions, head: Promise<Buffer>, start: number, end: number): Promise<Readable> {
  const sealed = await head;
  if (sealed.length !== options.sealedSize) throw damaged('length differs');
  const plain = openBuffer(options, sealed).subarray(start, end);
  return Readable.from(plain.length === 0 ? [] : [plain], { objectMode: false });
}

/** Opens part of a long object: header, last chunk and the part itself are checked in this order. */
async function openLarge(options: OpenOptions, head: Promise<Buffer>, rest: NonNullable<SealedReads['rest']>, start: number, end: number): Promise<Readable> {
  const { sealedSize } = options;
  const { first, from, until, lastIndex, lastAt, toEnd } = layout(sealedSize, start, end);
  const [header, last] = await Promise.all([head, rest.last]);
  const made = openHeader(options.key, options.context, header);
  const key = createSecretKey(made.key);
  if (last.length !== sealedSize - lastAt) throw damaged('length differs');
  openChunk(key, made.nonce, lastIndex, last, Buffer.allocUnsafe(Math.max(0, last.length - TAG)), 0);
  const part = { key, base: made.nonce, first, sealed: until - from, skip: start - first * CHUNK, take: end - start, toEnd };
  // first: where the store refuses, no opening may be left behind with its key
  const source = await rest.part;
  const opening = part.sealed >= LONG ? new ThreadedOpening(part, options.failed) : new Opening(part, options.failed);
  return pipeline(source, opening, () => undefined);
}

/**
 * Opens the whole of a sealed object, or a range of it. Key, context, length and last chunk are checked before this resolves,
 * and so is every byte of an object of at most half a megabyte; damage further on fails the stream at its chunk.
 * @param reads of exactly this range, where they were asked for beforehand
 * @throws CodedError `content_damaged`
 */
export async function openRange(options: OpenOptions, reads: SealedReads = readSealed(options)): Promise<Readable> {
  try {
    const { start, end } = boundsOf(options);
    return reads.rest ? await openLarge(options, reads.head, reads.rest, start, end) : await openSmall(options, reads.head, start, end);
  } catch (error) {
    reads.drop();
    throw error;
  }
}
