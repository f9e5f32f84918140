import { Writable } from 'node:stream';
import { wrongLength } from '../failures.js';
import { files } from './calls.js';

/** Bytes gathered before they go to the disk in one call; as many again may be on their way. */
const GATHER = 1_048_576;
/** Bytes after which the disk is asked to begin, so that it works while the rest still arrives and little is left for the end. */
const FLUSH = 32 * 1_048_576;
/** Pieces one system call may gather. */
const MOST_PIECES = 512;

/** Writes pieces one after the other at the end of a file, many in one call. */
export async function writeAll(fd: number, pieces: Buffer[]): Promise<void> {
  for (let first = 0; first < pieces.length;) {
    const some = pieces.slice(first, first + MOST_PIECES);
    let { bytesWritten } = await files.writev(fd, some);
    for (const piece of some) {
      if (bytesWritten < piece.length) {
        pieces[first] = piece.subarray(bytesWritten); // a short write: go on in the middle of this piece
        break;
      }
      bytesWritten -= piece.length;
      first++;
    }
  }
}

/** A file as the end of a stream. One write is under way while the next bytes are gathered. */
export class FileSink extends Writable {
  readonly #fd: number;
  readonly #most: number;
  #pieces: Buffer[] = [];
  #gathered = 0;
  #writing: Promise<void> = Promise.resolve();
  #flushing: Promise<void> | undefined;
  #unflushed = 0;
  #total = 0;

  /** @param most bytes it accepts before it says that the length is wrong */
  constructor(fd: number, most: number) {
    super({ highWaterMark: GATHER });
    this.#fd = fd;
    this.#most = most;
  }

  get total(): number {
    return this.#total;
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#total += piece.length;
    if (this.#total > this.#most) return done(wrongLength());
    this.#pieces.push(piece);
    this.#gathered += piece.length;
    if (this.#gathered < GATHER) return done();
    const before = this.#writing;
    this.#start();
    void settle(before, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#start();
    void settle(this.#end(), done);
  }

  /** Waits for the write under way, so that nobody closes the file below it. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    void settle(this.#end(), (failure) => done(error ?? failure));
  }

  #start(): void {
    const pieces = this.#pieces;
    this.#unflushed += this.#gathered;
    this.#pieces = [];
    this.#gathered = 0;
    this.#writing = this.#writing.then(() => writeAll(this.#fd, pieces));
    this.#writing.catch(() => undefined); // told by the next write or by the end
    if (this.#unflushed < FLUSH || this.#flushing) return;
    this.#unflushed = 0;
    this.#flushing = this.#flush();
    this.#flushing.catch(() => undefined); // told at the end: the system tells a failed flush only once
  }

  async #flush(): Promise<void> {
    await files.fdatasync(this.#fd);
    this.#flushing = undefined;
  }

  async #end(): Promise<void> {
    await this.#writing;
    await this.#flushing;
  }
}

async function settle(work: Promise<void>, done: (error?: Error | null) => void): Promise<void> {
  let failure: Error | null = null;
  try {
    await work;
  } catch (error) {
    failure = error as Error;
  }
  process.nextTick(done, failure);
}
