import { createDecipheriv, type DecipherGCM, type KeyObject } from 'node:crypto';
import { CHUNK, chunkNonce, damaged, SEALED_CHUNK, TAG } from './cobblestone.js';
import { noteCipherOutput } from './young.js';

export interface Part {
  key: KeyObject;
  base: Buffer;
  /** Index of the first chunk that comes in. */
  first: number;
  /** Sealed bytes that come in: whole chunks, and with `toEnd` the last, short one. */
  sealed: number;
  /** Bytes of their plaintext to drop, then bytes to give. */
  skip: number;
  take: number;
  /** Whether the last chunk of the message is among them. */
  toEnd: boolean;
}

/** @throws CodedError `content_damaged` unless what went through is authentic */
export function finish(decipher: DecipherGCM, index: number): void {
  try {
    decipher.final();
  } catch {
    throw damaged(`chunk ${index}`);
  }
}

/** Opens the chunks of one part as their bytes come, cut anywhere; gives the plaintext of a chunk once it is authentic. */
export class Chunks {
  readonly #part: Part;
  readonly #nonce = Buffer.alloc(12);
  readonly #tag = Buffer.alloc(TAG);
  #decipher: DecipherGCM | undefined;
  /** Bytes of the chunk at hand that are still to come, then of its tag. */
  #body = 0;
  #tagFilled = 0;
  #held: Buffer[] = [];
  #given: Buffer[] = [];
  #lastBody = CHUNK;

  constructor(part: Part) {
    this.#part = { ...part };
  }

  /** Whether everything came: all that was wanted, and with the end of a message its short last chunk. */
  get isWhole(): boolean {
    const whole = this.#part.sealed === 0 && !this.#decipher && this.#part.take === 0;
    return whole && (!this.#part.toEnd || this.#lastBody < CHUNK);
  }

  /** The next sealed bytes; what of the wanted plaintext became authentic with them. @throws CodedError `content_damaged` */
  take(piece: Buffer): readonly Buffer[] {
    this.#given = [];
    for (let at = 0; at < piece.length;) at = this.#consume(piece, at);
    return this.#given;
  }

  /** Takes what belongs to the chunk at hand; where the next begins. */
  #consume(piece: Buffer, at: number): number {
    const decipher = (this.#decipher ??= this.#startChunk());
    if (this.#body > 0) {
      const end = Math.min(piece.length, at + this.#body);
      this.#held.push(decipher.update(piece.subarray(at, end)));
      this.#body -= end - at;
      return end;
    }
    const end = Math.min(piece.length, at + TAG - this.#tagFilled);
    piece.copy(this.#tag, this.#tagFilled, at, end);
    this.#tagFilled += end - at;
    if (this.#tagFilled === TAG) this.#endChunk(decipher);
    return end;
  }

  #startChunk(): DecipherGCM {
    if (this.#part.sealed < TAG) throw damaged('length differs');
    this.#body = Math.min(CHUNK, this.#part.sealed - TAG);
    this.#lastBody = this.#body;
    this.#part.sealed -= this.#body + TAG;
    return createDecipheriv('aes-256-gcm', this.#part.key, chunkNonce(this.#part.base, this.#part.first, this.#nonce), { authTagLength: TAG });
  }

  #endChunk(decipher: DecipherGCM): void {
    decipher.setAuthTag(this.#tag);
    finish(decipher, this.#part.first++);
    for (const plain of this.#held) this.#give(plain);
    noteCipherOutput(SEALED_CHUNK);
    this.#held = [];
    this.#decipher = undefined;
    this.#tagFilled = 0;
  }

  #give(plain: Buffer): void {
    const from = Math.min(this.#part.skip, plain.length);
    const to = Math.min(plain.length, from + this.#part.take);
    this.#part.skip -= from;
    this.#part.take -= to - from;
    if (to > from) this.#given.push(from === 0 && to === plain.length ? plain : plain.subarray(from, to));
  }
}
