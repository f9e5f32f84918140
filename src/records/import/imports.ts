import type { Readable } from 'node:stream';
import type { Actor } from '../../audit/index.js';
import { newId } from '../../db/index.js';
import { CodedError, isCoded } from '../../errors/index.js';
import { compareExport, failInterrupted, startComparison, type CompareInput, type CompareProgress, type Comparison } from './compare/compare-export.js';
import type { ImportDeps } from './deps.js';
import { dryRun, type DryRun } from './dry-run.js';
import { parseMapping } from './map/mapping.js';
import type { ImportOptions } from './plan.js';
import type { Progress } from './progress.js';
import { startImport, toldOf, type StartedImport } from './run-import.js';
import { ImportSeals, type SourceFacts } from './sealing.js';
import { forgetWaiting, insertWaiting, takeWaiting, waitingIds } from './waiting/store.js';
import { callerId } from '../batches/current.js';
import { lyingSpools, removeSpool, spooledSource, sweepSpools, spoolUpload } from './spool.js';
import { importSeenBy } from './own.js';
import { interruptedUploads, setState, spooledImports, type ImportRow } from './store.js';

export interface UploadInput {
  name: string;
  body: Readable;
  options: ImportOptions;
}

export interface ImportsOptions {
  /** Folder for sealed uploads. */
  folder: string;
  /** Most bytes of an upload. */
  maxBytes: number;
  /** Told of what stopped an import that nobody waits for; never content. */
  onStopped(importId: string, error: unknown): void;
}

interface Running {
  stop: AbortController;
  progress: Progress;
  done: Promise<unknown>;
}

/** How long a file that was tried out waits for its import. */
export const WAITING_MINUTES = 60;

/** A file that waits, and until when. */
export interface KeptUpload {
  id: string;
  expiresAt: Date;
}

/** What was told with an upload, as it was sealed. */
function optionsOf(told: SourceFacts['told']): ImportOptions {
  const { mapping = null, ...rest } = told ?? { parameters: {} };
  return { ...rest, ...(mapping === null ? {} : { mapping: parseMapping(mapping) }) };
}

/** Imports of uploaded files, which go on in the background of this process. */
export class Imports {
  readonly #running = new Map<string, Running>();
  readonly #comparing = new Map<string, { stop: AbortController; progress: CompareProgress; done: Promise<unknown> }>();
  constructor(
    readonly deps: ImportDeps,
    readonly options: ImportsOptions,
  ) {}

  /** Whether any import runs in this process. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  /** Seals the upload, reads it through, and goes on in the background; refuses a broken file whole. The import's id. */
  async start(actor: Actor, input: UploadInput): Promise<string> {
    this.deps.authorize(actor, 'import.run');
    const id = newId();
    const { key, source } = await spoolUpload(this.options.folder, id, input.name, input.body, this.options.maxBytes);
    try {
      await this.#follow(id, (stop, onProgress) =>
        startImport(this.deps, actor, { id, source, options: input.options, spoolKey: key, signal: stop.signal, onProgress }),
      );
      return id;
    } catch (error) {
      await removeSpool(this.options.folder, id);
      throw error;
    }
  }

  /**
   * Tries an upload without taking anything in. The sealed upload is removed at once, or waits for `WAITING_MINUTES` where the
   * caller asks for it, so that the import can follow without sending it again.
   */
  async tryOut(actor: Actor, input: UploadInput, more: { keep?: boolean } = {}): Promise<DryRun & { waiting: KeptUpload | null }> {
    this.deps.authorize(actor, 'import.run');
    const id = newId();
    let waiting: KeptUpload | null = null;
    try {
      const { key, source } = await spoolUpload(this.options.folder, id, input.name, input.body, this.options.maxBytes);
      const done = await dryRun(this.deps, actor, { source, options: input.options, id });
      if (more.keep) waiting = await this.#keep(actor, id, input, key);
      return { ...done, waiting };
    } finally {
      if (waiting === null) await removeSpool(this.options.folder, id);
    }
  }

  async #keep(actor: Actor, id: string, input: UploadInput, key: Buffer): Promise<KeptUpload | null> {
    const caller = callerId(actor);
    if (caller === null) return null;
    const seals = new ImportSeals(this.deps.keystore);
    const now = this.deps.now();
    const expiresAt = new Date(now.getTime() + WAITING_MINUTES * 60_000);
    const facts = { name: input.name, digest: '', unmapped: [], header: [], told: toldOf(input.options) };
    await this.deps.db.tx((tx) =>
      insertWaiting(tx, {
        id,
        caller_id: caller,
        source_sealed: seals.sealSource(id, facts),
        spool_key: seals.sealSpoolKey(id, key),
        created_at: now,
        expires_at: expiresAt,
      }),
    );
    return { id, expiresAt };
  }

  /** Imports a file that was tried out and still waits, for the one who sent it; the import has the same id. */
  async startWaiting(actor: Actor, id: string): Promise<string> {
    this.deps.authorize(actor, 'import.run');
    const row = await takeWaiting(this.deps.db, id, callerId(actor) ?? id, this.deps.now());
    if (row === undefined) throw new CodedError('not_found');
    const seals = new ImportSeals(this.deps.keystore);
    const { name, told } = seals.openSource(id, row.source_sealed);
    const key = seals.openSpoolKey(id, row.spool_key);
    try {
      const source = await spooledSource(this.options.folder, id, name, key);
      await this.#follow(id, (stop, onProgress) =>
        startImport(this.deps, actor, { id, source, options: optionsOf(told), spoolKey: key, signal: stop.signal, onProgress }),
      );
      return id;
    } catch (error) {
      await removeSpool(this.options.folder, id);
      throw error;
    }
  }

  /** Forgets files that waited too long: the key first, so that nothing can be read of what may be left. How many. */
  async forgetWaiting(): Promise<number> {
    const ids = await forgetWaiting(this.deps.db, this.deps.now());
    for (const id of ids) await removeSpool(this.options.folder, id);
    return ids.length;
  }

  /** Of these imports, those whose sealed upload still lies in the folder: what a destruction of their records looks for. */
  lying(ids: readonly string[]): Promise<string[]> {
    return lyingSpools(this.options.folder, ids);
  }

  /** Removes what lies of imports whose key was forgotten. */
  async removeLying(ids: readonly string[]): Promise<void> {
    for (const id of await this.lying(ids)) if (!this.#running.has(id)) await removeSpool(this.options.folder, id);
  }

  /** Compares an upload with the archive both ways, while an old system still runs beside; the upload is removed at once. */
  async compare(actor: Actor, input: UploadInput & Pick<CompareInput, 'system' | 'window'>): Promise<Comparison> {
    this.deps.authorize(actor, 'import.run');
    const id = newId();
    try {
      const { source } = await spoolUpload(this.options.folder, id, input.name, input.body, this.options.maxBytes);
      return await compareExport(this.deps, actor, { source, options: input.options, system: input.system, window: input.window });
    } finally {
      await removeSpool(this.options.folder, id);
    }
  }

  /** The same, going on in the background once the file has been read through; its id. */
  async startComparison(actor: Actor, input: UploadInput & Pick<CompareInput, 'system' | 'window'>): Promise<string> {
    this.deps.authorize(actor, 'import.run');
    const upload = newId();
    const stop = new AbortController();
    const running = { stop, progress: { rows: 0, total: 0 }, done: Promise.resolve() as Promise<unknown> };
    try {
      const { source } = await spoolUpload(this.options.folder, upload, input.name, input.body, this.options.maxBytes);
      const { options, system, window } = input;
      const onProgress = (progress: CompareProgress): void => void (running.progress = progress);
      const { id, done } = await startComparison(this.deps, actor, { source, options, system, window, onProgress, signal: stop.signal });
      this.#comparing.set(id, running);
      running.done = done
        .catch((error: unknown) => this.options.onStopped(id, error))
        .then(() => removeSpool(this.options.folder, upload))
        .finally(() => this.#comparing.delete(id));
      return id;
    } catch (error) {
      await removeSpool(this.options.folder, upload);
      throw error;
    }
  }

  /** How far a running comparison is, as this process knows. */
  comparing(id: string): CompareProgress | undefined {
    return this.#comparing.get(id)?.progress;
  }

  /** Asks a running import to stop after the batches under way. */
  async stop(actor: Actor, id: string): Promise<void> {
    this.deps.authorize(actor, 'import.run');
    if ((await importSeenBy(this.deps.db, actor, id)) === undefined) throw new CodedError('not_found');
    const running = this.#running.get(id);
    if (running === undefined) throw new CodedError('wrong_state');
    running.stop.abort();
    await running.done;
  }

  /** Goes on with a stopped import whose upload is still there. */
  async resume(actor: Actor, id: string): Promise<void> {
    this.deps.authorize(actor, 'import.run');
    const row = await importSeenBy(this.deps.db, actor, id);
    if (row === undefined) throw new CodedError('not_found');
    if (row.spool_key === null || this.#running.has(id)) throw new CodedError('wrong_state');
    await this.#takeUp(actor, row);
  }

  /** After a start of the program: goes on with what a crash or a shutdown interrupted. */
  async resumeInterrupted(actor: Actor): Promise<number> {
    await this.forgetWaiting();
    await sweepSpools(this.options.folder, new Set([...(await spooledImports(this.deps.db)), ...(await waitingIds(this.deps.db))]));
    await failInterrupted(this.deps, actor);
    const rows = await interruptedUploads(this.deps.db);
    let count = 0;
    for (const row of rows) {
      try {
        await this.#takeUp(actor, row);
        count++;
      } catch (error) {
        if (!isCoded(error, 'conflict')) this.options.onStopped(row.id, error); // in conflict: another process works on it
      }
    }
    return count;
  }

  /** How a running import goes on, as this process knows. */
  progress(id: string): Progress | undefined {
    return this.#running.get(id)?.progress;
  }

  /** Stops all, for a shutdown; they are resumed at the next start. */
  async close(): Promise<void> {
    const all = [...this.#running.values(), ...this.#comparing.values()];
    for (const one of all) one.stop.abort('shutdown');
    await Promise.allSettled(all.map((one) => one.done));
  }

  async #takeUp(actor: Actor, row: ImportRow): Promise<void> {
    const seals = new ImportSeals(this.deps.keystore);
    const { name, told } = seals.openSource(row.id, row.source_sealed);
    if (row.spool_key === null || told === undefined) throw new CodedError('wrong_state');
    const source = await this.#spooled(actor, row, name, seals.openSpoolKey(row.id, row.spool_key));
    await this.#follow(row.id, (stop, onProgress) =>
      startImport(this.deps, actor, { source, options: optionsOf(told), resumeId: row.id, signal: stop.signal, onProgress }),
    );
  }

  /** An upload that is gone will not come back: its import stays stopped, with the reason, until the file is sent again. */
  async #spooled(actor: Actor, row: ImportRow, name: string, key: Buffer): Promise<Awaited<ReturnType<typeof spooledSource>>> {
    try {
      return await spooledSource(this.options.folder, row.id, name, key);
    } catch (error) {
      await this.deps.db.tx(async (tx) => {
        await setState(tx, row.id, 'stopped', 'upload_gone', this.deps.now());
        await this.deps.audit.append(tx, {
          actor,
          act: 'import.stop',
          subject: { kind: 'import', id: row.id },
          decision: 'error',
          facts: { reason: 'upload_gone' },
        });
      });
      throw error;
    }
  }

  async #follow(id: string, start: (stop: AbortController, onProgress: (progress: Progress) => void) => Promise<StartedImport>): Promise<void> {
    const running: Running = { stop: new AbortController(), progress: { phase: 'checking' }, done: Promise.resolve() };
    const started = await start(running.stop, (progress) => {
      running.progress = progress;
    });
    this.#running.set(id, running);
    running.done = started.done
      .then(
        (receipt) => (receipt.state === 'finished' ? removeSpool(this.options.folder, id) : undefined),
        (error: unknown) => this.options.onStopped(id, error),
      )
      .finally(() => this.#running.delete(id));
  }
}
