import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

const REMEMBERED = 10_000;

async function fsync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
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

  /** Makes a folder below the root; durable when it resolves, also where another process made it a moment ago. */
  async make(folder: string): Promise<void> {
    if (folder === this.root || this.#durable.has(folder)) return;
    await this.make(dirname(folder));
    await mkdir(folder).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
    await this.sync(dirname(folder));
    this.#durable.add(folder);
    if (this.#durable.size > REMEMBERED) for (const oldest of this.#durable) if (this.#durable.delete(oldest)) break;
  }

  /** To be called when a folder was removed or turned out to be gone. */
  forget(folder: string): void {
    for (let one = folder; one.startsWith(`${this.root}/`); one = dirname(one)) this.#durable.delete(one);
  }
}
