import { type CipherGCM, createCipheriv, createHash, createSecretKey, type Hash, type KeyObject, randomBytes } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { CHUNK, chunkNonce, HEADER, type MessageKey, messageKey, SALT, SEALED_CHUNK, TAG } from './cobblestone.js';
import { noteCipherOutput } from './young.js';

export interface SealOptions {
  /** The content key, 32 bytes, for this one object. */
  key: KeyObject;
  context: Buffer;
  /** 24 random bytes; given only by tests. */
  salt?: Buffer;
  /** Gets the plaintext in passing, for a further digest. */
  tap?: { update(bytes: Buffer): unknown };
}

/** Seals chunk `index` into `out` at `at`; the bytes written. */
function sealChunk(key: KeyObject, base: Buffer, index: number, plain: Buffer, out: Buffer, at: number): number {
  const cipher = createCipheriv('aes-256-gcm', key, chunkNonce(base, index));
  const body = cipher.update(plain);
  cipher.final();
  body.copy(out, at);
  cipher.getAuthTag().copy(out, at + body.length);
  return body.length + TAG;
}

function sealChunks(key: KeyObject, base: Buffer, first: number, plain: Buffer, out: Buffer, at: number): void {
  for (let from = 0, index = first; from < plain.length; from += CHUNK, index++) {
    at += sealChunk(key, base, index, plain.subarray(from, from + CHUNK), out, at);
  }
}

function header(made: MessageKey, salt: Buffer): Buffer {
  return Buffer.concat([salt, made.commitment], HEADER);
}

/** Seals a short message at once: what `Sealing` gives, without a stream. */
export function sealBuffer(options: SealOptions, plain: Buffer): Buffer {
  const salt = options.salt ?? randomBytes(SALT);
  const made = messageKey(options.key, salt, options.context);
  const key = createSecretKey(made.key); // handing bytes to a cipher costs several times as much as making a KeyObject of them
  const whole = plain.length - (plain.length % CHUNK);
  const out = Buffer.allocUnsafe(HEADER + (whole / CHUNK) * SEALED_CHUNK + (plain.length - whole) + TAG);
  header(made, salt).copy(out);
  sealChunks(key, made.nonce, 0, plain.subarray(0, whole), out, HEADER);
  const index = whole / CHUNK;
  sealChunk(key, made.nonce, index, plain.subarray(whole), out, HEADER + index * SEALED_CHUNK);
  return out;
}

/** Bytes that wait on either side of the stream. */
const BUFFERED = 1_048_576;

/**
 * A stream that seals what is written to it and takes the SHA-256 of the sealed bytes in the same pass. It hands its pieces on
 * as the cipher gives them, without gathering them first: copying costs a third of sealing. Whoever writes them gathers (`writev`).
 */
export class Sealing extends Transform {
  readonly #key: KeyObject;
  readonly #base: Buffer;
  readonly #nonce = Buffer.alloc(12);
  readonly #hash: Hash = createHash('sha256');
  readonly #tap: SealOptions['tap'];
  #cipher: CipherGCM | undefined;
  #index = 0;
  /** Bytes in the chunk at hand. */
  #filled = 0;
  #plain = 0;
  #sealed = 0;
  #digest: Buffer | undefined;

  constructor(options: SealOptions) {
    super({ readableHighWaterMark: BUFFERED, writableHighWaterMark: BUFFERED });
    const salt = options.salt ?? randomBytes(SALT);
    const made = messageKey(options.key, salt, options.context);
    this.#key = createSecretKey(made.key);
    this.#base = made.nonce;
    this.#tap = options.tap;
    this.#send(header(made, salt));
  }

  /** Known after the stream has ended. */
  get result(): { digest: Buffer; sealedSize: number; plainSize: number } {
    if (!this.#digest) throw new Error('not sealed to the end yet');
    return { digest: this.#digest, sealedSize: this.#sealed, plainSize: this.#plain };
  }

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#tap?.update(piece);
    this.#plain += piece.length;
    for (let at = 0; at < piece.length;) {
      const end = Math.min(piece.length, at + CHUNK - this.#filled);
      this.#cipher ??= createCipheriv('aes-256-gcm', this.#key, chunkNonce(this.#base, this.#index, this.#nonce));
      this.#send(this.#cipher.update(piece.subarray(at, end)));
      this.#filled += end - at;
      at = end;
      if (this.#filled === CHUNK) this.#endChunk();
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    this.#endChunk(); // the last chunk is always shorter than the others, and there always is one
    this.#digest = this.#hash.digest();
    done();
  }

  #endChunk(): void {
    const cipher = this.#cipher ?? createCipheriv('aes-256-gcm', this.#key, chunkNonce(this.#base, this.#index, this.#nonce));
    cipher.final();
    this.#send(cipher.getAuthTag());
    this.#cipher = undefined;
    this.#filled = 0;
    this.#index++;
  }

  #send(bytes: Buffer): void {
    this.#hash.update(bytes);
    this.#sealed += bytes.length;
    noteCipherOutput(bytes.length);
    this.push(bytes);
  }
}

/** Seals a stream as one Cobblestone-256 message. */
export function seal(options: SealOptions): Sealing {
  return new Sealing(options);
}
