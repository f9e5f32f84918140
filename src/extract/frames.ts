/** Frames on the pipes: four bytes of length, then as many bytes. */

/** Ends a file's bytes. */
export const END = 0;
/** In the place of a length: the source of the bytes failed, so forget what came. */
export const ABANDON = 0xffff_ffff;

export function lengthOf(length: number): Buffer {
  const head = Buffer.allocUnsafe(4);
  head.writeUInt32BE(length);
  return head;
}

/** Frames as they arrive in pieces of any size. A frame longer than `longest` is an error. */
export class FrameReader {
  readonly #head = Buffer.alloc(4);
  #headLength = 0;
  #body: Buffer | undefined;
  #bodyLength = 0;
  constructor(
    /** Hears every whole frame; `ABANDON` comes as `undefined`. */
    readonly onFrame: (frame: Buffer | undefined) => void,
    readonly longest: number,
  ) {}

  write(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#body === undefined) {
        const taken = chunk.copy(this.#head, this.#headLength, at, at + 4 - this.#headLength);
        this.#headLength += taken;
        at += taken;
        if (this.#headLength === 4) this.#begin(this.#head.readUInt32BE());
      } else {
        const taken = chunk.copy(this.#body, this.#bodyLength, at, at + this.#body.length - this.#bodyLength);
        this.#bodyLength += taken;
        at += taken;
        if (this.#bodyLength === this.#body.length) this.#end(this.#body);
      }
    }
  }

  #begin(length: number): void {
    this.#headLength = 0;
    if (length === ABANDON) this.onFrame(undefined);
    else if (length > this.longest) throw new RangeError('frame too long');
    else if (length === 0) this.onFrame(Buffer.alloc(0));
    else {
      this.#body = Buffer.allocUnsafe(length);
      this.#bodyLength = 0;
    }
  }

  #end(body: Buffer): void {
    this.#body = undefined;
    this.onFrame(body);
  }
}

/** What the parent tells before a file's bytes. */
export interface Order {
  size: number;
  mediaType: string;
  extension: string;
  inputBytes: number;
  outputChars: number;
  /** After so much time the text found until then is handed over. */
  softMilliseconds: number;
}

/** What the child answers before the text. `trouble` is the class of an unforeseen error, never its message. */
export type Answer =
  | { ok: true; truncated: boolean; pages: number | null; notes: string[]; format: string }
  | { ok: false; reason: string; format: string; trouble?: string };
