import { randomBytes } from 'node:crypto';
import { mkdir, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { requestUnderWay } from '../request.js';
import { files } from './calls.js';
import { hasCode } from './errors.js';

/** Folder of the journal below the store's own; hidden, so that no list shows it. */
export const JOURNAL = '.reads';

export interface JournalLimits {
  /** Bytes of one file before the next is begun. */
  file: number;
  /** Bytes of all of them before the oldest go. */
  all: number;
}

/** About a million and a half reads; whoever wants to keep more copies the files away. */
const LIMITS: JournalLimits = { file: 16_777_216, all: 268_435_456 };
/** At most so often is the journal brought to the disk, in milliseconds; a kill of the process loses nothing of it anyway. */
const FLUSH = 1_000;

/**
 * Puts every read of the store on record as a line of its own: when, of which object, which bytes, for which request. No name, no
 * content, no address. A read waits until its line is with the operating system, so that no kill of the process loses one; lines
 * that come together are written together. A journal that cannot be written stops reads, as the audit log does.
 */
export class ReadJournal {
  #waiting: { line: string; done: () => void; failed: (error: unknown) => void }[] = [];
  #busy = false;
  #writing: Promise<void> | undefined;
  #file: { fd: number; size: number; path: string } | undefined;
  #flushed = 0;
  #number = 0;
  readonly #tag = `${process.pid}-${randomBytes(3).toString('hex')}`;

  constructor(
    private readonly root: string,
    private readonly limits: JournalLimits = LIMITS,
  ) {}

  /** Resolves once the read is on record. */
  note(key: string, range: { start: number; end: number } | undefined): Promise<void> {
    const request = requestUnderWay();
    const bytes = range ? { s: range.start, e: range.end } : {};
    const line = `${JSON.stringify({ t: new Date().toISOString(), k: key, ...bytes, ...(request === undefined ? {} : { r: request }) })}\n`;
    return new Promise((done, failed) => {
      this.#waiting.push({ line, done, failed });
      if (!this.#busy) this.#writing = this.#write();
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#end();
  }

  async #write(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        const bytes = Buffer.from(batch.map((one) => one.line).join(''));
        const file = await this.#open();
        const { bytesWritten } = await files.writev(file.fd, [bytes]);
        if (bytesWritten !== bytes.length) throw new Error('cut short');
        file.size += bytes.length;
        for (const one of batch) one.done();
        await this.#care(file);
      } catch (error) {
        for (const one of batch) one.failed(error); // those that are written already do not mind
        await this.#end().catch(() => undefined);
      }
    }
    this.#busy = false; // in the same turn as the last look at what waits: nobody is left waiting
  }

  /** Brings lines to the disk now and then, and begins the next file where this one is full. */
  async #care(file: { fd: number; size: number }): Promise<void> {
    const now = Date.now();
    if (file.size >= this.limits.file) await this.#end();
    else if (now - this.#flushed > FLUSH) {
      this.#flushed = now;
      await files.fdatasync(file.fd);
    }
  }

  async #open(): Promise<{ fd: number; size: number; path: string }> {
    if (this.#file) return this.#file;
    const folder = join(this.root, JOURNAL);
    // not with what is above it: a store that is gone is not made anew by reading it
    await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error;
    });
    await this.#makeRoom(folder);
    const began = new Date().toISOString().replaceAll(/[-:.]/g, '');
    const path = join(folder, `${began}-${this.#tag}-${++this.#number}.jsonl`);
    return (this.#file = { fd: await files.open(path, 'a', 0o600), size: 0, path });
  }

  async #end(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (!file) return;
    await files.fdatasync(file.fd).catch(() => undefined);
    await files.close(file.fd);
    // on a full disk every attempt would leave another empty file behind; one that was cut short stays
    if (file.size === 0 && (await stat(file.path)).size === 0) await unlink(file.path);
  }

  /** Names begin with their time, so that the first are the oldest. */
  async #makeRoom(folder: string): Promise<void> {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
    const sizes = await Promise.all(
      names.map((name) =>
        stat(join(folder, name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    let all = sizes.reduce((sum, size) => sum + size, 0);
    for (const [i, name] of names.entries()) {
      if (all + this.limits.file <= this.limits.all) return;
      await unlink(join(folder, name)).catch(() => undefined); // another process was first
      all -= sizes[i] ?? 0;
    }
  }
}
