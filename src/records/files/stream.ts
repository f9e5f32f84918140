import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HEAD_BYTES, inspectFile, lateFlags, TAIL_BYTES, type FileFlag, type Inspected } from './inspect.js';

export interface InspectedStream {
  /** What the beginning says; refusals have been thrown before. */
  inspected: Inspected;
  /** The whole content, beginning included. Must be consumed or destroyed. */
  body: Readable;
  /** Flags that the end adds; call it after `body` has ended. */
  finish(): FileFlag[];
  /** Bytes that have passed so far. */
  size(): number;
}

/**
 * Looks at the first 64 KiB of a stream, refuses what must be refused before anything is stored, and hands on every byte.
 * Keeps no more than the two ends in memory.
 */
export async function inspectStream(source: Readable, name: string, declaredType?: string): Promise<InspectedStream> {
  const ends = new Ends();
  void pipeline(source, ends).catch(() => undefined); // an error of the source destroys `ends` with it
  const head = await ends.head;
  let inspected: Inspected;
  try {
    inspected = await inspectFile(head, name, declaredType, head.length < HEAD_BYTES ? head : undefined);
  } catch (error) {
    ends.destroy();
    throw error;
  }
  const finish = (): FileFlag[] => [...new Set([...inspected.flags, ...lateFlags(inspected.type, head, ends.tail())])];
  return { inspected, body: ends, finish, size: () => ends.size };
}

/** Passes everything on while it keeps both ends. */
class Ends extends Transform {
  readonly head: Promise<Buffer>;
  size = 0;
  #first: Buffer[] = [];
  #firstSize = 0;
  #last: Buffer[] = [];
  #lastSize = 0;
  #ready: (head: Buffer) => void = () => undefined;
  #failed: (error: Error) => void = () => undefined;

  constructor() {
    super({ highWaterMark: 2 * HEAD_BYTES });
    this.head = new Promise((resolve, reject) => {
      this.#ready = resolve;
      this.#failed = reject;
    });
    this.head.catch(() => undefined);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.size += chunk.length;
    if (this.#firstSize < HEAD_BYTES) {
      this.#first.push(chunk);
      this.#firstSize += chunk.length;
      if (this.#firstSize >= HEAD_BYTES) this.#settle();
    }
    this.#last.push(chunk);
    this.#lastSize += chunk.length;
    while (this.#last.length > 1 && this.#lastSize - (this.#last[0]?.length ?? 0) >= TAIL_BYTES) this.#lastSize -= this.#last.shift()?.length ?? 0;
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    this.#settle();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#failed(error ?? new Error('the stream was closed before its end'));
    done(error);
  }

  tail(): Buffer {
    return Buffer.concat(this.#last).subarray(-TAIL_BYTES);
  }

  #settle(): void {
    this.#ready(Buffer.concat(this.#first).subarray(0, HEAD_BYTES));
    this.#first = [];
    this.#firstSize = HEAD_BYTES;
  }
}
