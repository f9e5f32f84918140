import { createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { pipeline, Readable, Transform, type TransformCallback } from 'node:stream';
import { CHUNK, chunkNonce, damaged, HEADER, openHeader, plainSize, SEALED_CHUNK, TAG } from './cobblestone.js';

/** Chunks opened and given on at once. */
const BATCH = 32;

export interface OpenOptions {
  key: KeyObject;
  context: Buffer;
  /** Bytes of the sealed object, from the catalogue. */
  sealedSize: number;
  /** Bytes of the plaintext wanted, end exclusive; `null` = all. Must lie inside the object. */
  range: { start: number; end: number } | null;
  /** Reads sealed bytes `[start, end)`; a range that reaches past the end is clipped. */
  read(start: number, end: number): Promise<Readable>;
}

/** Opens one chunk into `out` at `at`; `content_damaged` unless it is the chunk that was sealed at this place. */
function openChunk(key: KeyObject, base: Buffer, index: number, sealed: Buffer, out: Buffer, at: number): void {
  const end = sealed.length - TAG;
  if (end < 0) throw damaged('chunk cut');
  const decipher = createDecipheriv('aes-256-gcm', key, chunkNonce(base, index), { authTagLength: TAG });
  decipher.setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
  } catch {
    throw damaged(`chunk ${index}`);
  }
  plain.copy(out, at);
}

interface Part {
  key: KeyObject;
  base: Buffer;
  /** Index of the first chunk that comes in. */
  first: number;
  /** Bytes of its plaintext to drop, then bytes to give; `Infinity` = as many as there are. */
  skip: number;
  take: number;
  /** Whether the last, short chunk is among them. */
  toEnd: boolean;
}

/** Turns sealed chunks into the wanted part of their plaintext. Fails with `content_damaged`; what it gave before is sound. */
export class Opening extends Transform {
  readonly #part: Part;
  #waiting: Buffer[] = [];
  #bytes = 0;

  constructor(part: Part) {
    super({ readableHighWaterMark: 2 * BATCH * CHUNK, writableHighWaterMark: BATCH * SEALED_CHUNK });
    this.#part = { ...part };
  }

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#waiting.push(piece);
    this.#bytes += piece.length;
    done(this.#bytes >= BATCH * SEALED_CHUNK ? this.#attempt(() => this.#openWhole()) : null);
  }

  override _flush(done: TransformCallback): void {
    done(
      this.#attempt(() => {
        this.#openWhole();
        if (this.#part.toEnd) this.#openLast();
        if (this.#part.take > 0 && this.#part.take < Infinity) throw damaged('cut');
      }),
    );
  }

  #attempt(act: () => void): Error | null {
    try {
      act();
      return null;
    } catch (error) {
      return error as Error;
    }
  }

  #openWhole(): void {
    const chunks = Math.floor(this.#bytes / SEALED_CHUNK);
    if (chunks === 0) return;
    const all = this.#waiting.length === 1 ? (this.#waiting[0] as Buffer) : Buffer.concat(this.#waiting, this.#bytes);
    const { key, base, first } = this.#part;
    const out = Buffer.allocUnsafeSlow(chunks * CHUNK);
    let opened = 0;
    try {
      for (; opened < chunks; opened++) {
        openChunk(key, base, first + opened, all.subarray(opened * SEALED_CHUNK, (opened + 1) * SEALED_CHUNK), out, opened * CHUNK);
      }
    } finally {
      this.#give(out.subarray(0, opened * CHUNK));
    }
    this.#part.first += chunks;
    this.#bytes -= chunks * SEALED_CHUNK;
    this.#waiting = this.#bytes === 0 ? [] : [all.subarray(chunks * SEALED_CHUNK)];
  }

  #openLast(): void {
    const { key, base, first } = this.#part;
    const last = Buffer.concat(this.#waiting, this.#bytes);
    const out = Buffer.allocUnsafe(Math.max(0, last.length - TAG));
    openChunk(key, base, first, last, out, 0);
    this.#give(out);
  }

  #give(plain: Buffer): void {
    const from = Math.min(this.#part.skip, plain.length);
    const to = Math.min(plain.length, from + this.#part.take);
    this.#part.skip -= from;
    this.#part.take -= to - from;
    if (to > from) this.push(plain.subarray(from, to));
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

async function openSmall(options: OpenOptions, start: number, end: number): Promise<Readable> {
  const sealed = await bytesOf(await options.read(0, options.sealedSize + 1));
  if (sealed.length !== options.sealedSize) throw damaged('length differs');
  const plain = openBuffer(options, sealed).subarray(start, end);
  return Readable.from(plain.length === 0 ? [] : [plain], { objectMode: false });
}

/** Opens part of a long object: header, last chunk and the part itself are asked for at once, and checked in this order. */
async function openLarge(options: OpenOptions, start: number, end: number): Promise<Readable> {
  const { sealedSize } = options;
  const lastIndex = Math.floor((sealedSize - HEADER) / SEALED_CHUNK);
  const lastAt = HEADER + lastIndex * SEALED_CHUNK;
  const first = Math.floor(start / CHUNK);
  const until = Math.min(HEADER + Math.ceil(end / CHUNK) * SEALED_CHUNK, lastAt);
  const toEnd = end > lastIndex * CHUNK;
  const asked = options.read(HEADER + first * SEALED_CHUNK, toEnd ? sealedSize : Math.max(until, HEADER + first * SEALED_CHUNK + 1));
  try {
    // one byte more than there should be, so that a lengthened object is noticed as well as a cut one
    const [header, last] = await Promise.all([options.read(0, HEADER).then(bytesOf), options.read(lastAt, sealedSize + 1).then(bytesOf)]);
    const made = openHeader(options.key, options.context, header);
    const key = createSecretKey(made.key);
    if (last.length !== sealedSize - lastAt) throw damaged('length differs');
    openChunk(key, made.nonce, lastIndex, last, Buffer.allocUnsafe(Math.max(0, last.length - TAG)), 0);
    const opening = new Opening({ key, base: made.nonce, first, skip: start - first * CHUNK, take: end - start, toEnd });
    return pipeline(await asked, opening, () => undefined);
  } catch (error) {
    await asked.then(
      (stream) => stream.destroy(),
      () => undefined,
    );
    throw error;
  }
}

/**
 * Opens the whole of a sealed object, or a range of it. Key, context, length and last chunk are checked before this resolves,
 * and so is every byte of an object of at most half a megabyte; damage further on fails the stream at its chunk.
 * @throws CodedError `content_damaged`
 */
export async function openRange(options: OpenOptions): Promise<Readable> {
  const size = plainSize(options.sealedSize);
  const { start, end } = options.range ?? { start: 0, end: size };
  if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end && end <= size)) throw new Error('range outside the object');
  return options.sealedSize <= HEADER + BATCH * SEALED_CHUNK ? openSmall(options, start, end) : openLarge(options, start, end);
}
