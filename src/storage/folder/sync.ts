import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { files, withOpen } from './calls.js';

const REMEMBERED = 10_000;

function fsync(folder: string): Promise<void> {
  return withOpen(folder, (fd) => files.fsync(fd));
}

/** Makes folders durable. Callers that ask for the same folder while it is being written share the next write: under load one fsync serves many. */
export class FolderSync {
  readonly #running = new Map<string, { now: Promise<void>; next: Promise<void> | undefined }>();
  /** Folders whose own entry is known to be durable, newest last. */
  readonly #durable = new Set<string>();

  constructor(private readonly root: string) {}

  /** Resolves when every entry made in the folder before the call is durable. */
  sync(folder: string): Promise<void> {
    const running = this.#running.get(folder);
    if (!running) return this.#start(folder);
    // the write under way may have begun before the caller's entry was made; only the next one is sure to hold it
    running.next ??= running.now.then(
      () => this.#start(folder),
      () => this.#start(folder),
    );
    return running.next;
  }

  #start(folder: string): Promise<void> {
    const now = fsync(folder);
    const state = { now, next: undefined };
    this.#running.set(folder, state);
    const settle = async (): Promise<void> => {
      await now.catch(() => undefined);
      if (this.#running.get(folder) === state && state.next === undefined) this.#running.delete(folder);
    };
    void settle();
    return now;
  }

  /** Makes a folder below the root and what is missing above it; the folders that are not known to be durable yet. */
  async make(folder: string): Promise<string[]> {
    const made: string[] = [];
    for (let one = folder; one !== this.root && !this.#durable.has(one); one = dirname(one)) made.unshift(one);
    for (const one of made) {
      await mkdir(one).catch((error: unknown) => {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      });
    }
    return made;
  }

  /** Makes folders durable, also where another process made them a moment ago, and what was put into the last one. All at once: the disk needs one commit for them. */
  async settle(made: readonly string[], last: string): Promise<void> {
    await Promise.all([...made.map((one) => this.sync(dirname(one))), this.sync(last)]);
    for (const one of made) this.#durable.add(one);
    for (const oldest of this.#durable) {
      if (this.#durable.size <= REMEMBERED) break;
      this.#durable.delete(oldest);
    }
  }

  /** To be called when a folder was removed or turned out to be gone. */
  forget(folder: string): void {
    for (let one = folder; one.startsWith(`${this.root}/`); one = dirname(one)) this.#durable.delete(one);
  }
}
