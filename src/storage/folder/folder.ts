import { constants } from 'node:fs';
import { access, type FileHandle, mkdir, open, readdir, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { isLocked, notFound, onHold, storeUnavailable, wrongLength } from '../failures.js';
import { checkKey } from '../paths.js';
import type { ByteRange, ObjectEntry, ObjectRef, ObjectStat, ObjectStore, Put } from '../port.js';
import { files, withOpen } from './calls.js';
import { hasCode, translate } from './errors.js';
import { type JournalLimits, ReadJournal } from './journal.js';
import { keysBelow } from './list.js';
import { FolderSync } from './sync.js';
import { FolderThread, SMALL_BODY } from './threaded.js';
import { HELD, LOCKED } from './thread-remove.js';
import { writeObject, type Written } from './write.js';

/** A folder holds one version of a key. */
const VERSION = '1';
const MARK = '.lantai-store';
/** Up to here a range is read at once instead of streamed. */
const SMALL = 1_048_576;

export interface FolderOptions {
  folder: string;
  now?: () => Date;
  /** How much the journal of reads keeps. */
  journal?: JournalLimits;
}

/**
 * Objects as files of a folder, under their keys as paths. A file's modification time is the date until which it is locked
 * (set before the file gets its name, so that no object is ever without a lock); a legal hold is a hidden file beside it.
 */
export class FolderStore implements ObjectStore {
  readonly kind = 'folder';
  readonly #root: string;
  readonly #now: () => Date;
  readonly #folders: FolderSync;
  readonly #thread: FolderThread;
  readonly #journal: ReadJournal;
  /** Lock changes of one object run one after the other, so that none shortens another. */
  readonly #locking = new Map<string, Promise<unknown>>();

  constructor(options: FolderOptions) {
    this.#root = resolve(options.folder);
    this.#now = options.now ?? (() => new Date());
    this.#folders = new FolderSync(this.#root);
    this.#thread = new FolderThread(this.#root, this.#now);
    this.#journal = new ReadJournal(this.#root, options.journal);
  }

  async prepare(): Promise<void> {
    try {
      await mkdir(join(this.#root, '.incoming'), { recursive: true, mode: 0o700 });
      await access(this.#root, constants.W_OK);
      const mark = join(this.#root, MARK);
      const handle = await open(mark, 'a', 0o600);
      await handle.close();
      const far = new Date('2100-01-01T00:00:00Z');
      await this.#setLock(mark, far);
      if ((await stat(mark)).mtimeMs !== far.getTime()) throw new Error('no far dates');
      await this.#folders.sync(this.#root);
      await this.#folders.sync(dirname(this.#root));
    } catch (error) {
      throw storeUnavailable('the folder cannot be written, or its file system does not keep lock dates', error);
    }
  }

  async put(key: string, body: Readable | Buffer, size: number | null, until?: Date): Promise<Put> {
    try {
      const path = this.#path(key);
      const written =
        Buffer.isBuffer(body) && body.length <= SMALL_BODY
          ? await this.#putSmall(path, body, size, until)
          : await writeObject(this.#root, path, body, size, this.#folders, this.#now(), until);
      if (until && written.lockedUntil < until) throw unlocked();
      return { key, version: VERSION, size: written.size, ...(until && { lockedUntil: written.lockedUntil }) };
    } catch (error) {
      if (!Buffer.isBuffer(body)) body.destroy();
      if (hasCode(error, 'ENOENT', 'ENOTDIR')) throw storeUnavailable('the folder is gone', error);
      throw translate(error);
    }
  }

  async settle(ref: ObjectRef): Promise<void> {
    const path = this.#path(ref.key);
    await this.#reach(ref, async () => {
      await withOpen(path, (fd) => files.fsync(fd));
      for (let folder = dirname(path); folder.startsWith(this.#root); folder = dirname(folder)) await this.#folders.sync(folder);
    });
  }

  async get(ref: ObjectRef, range?: ByteRange): Promise<Readable> {
    const [handle, noted] = await this.#openNoted(ref, range);
    try {
      await noted;
      const { size } = await handle.stat();
      const start = Math.min(range?.start ?? 0, size);
      const end = Math.min(range?.end ?? size, size);
      if (end - start > SMALL) return handle.createReadStream({ start, end: end - 1, highWaterMark: SMALL });
      const bytes = Buffer.allocUnsafeSlow(Math.max(0, end - start));
      let at = 0;
      while (at < bytes.length) {
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
        if (bytesRead === 0) break;
        at += bytesRead;
      }
      await handle.close();
      return Readable.from(at === 0 ? [] : [bytes.subarray(0, at)], { objectMode: false });
    } catch (error) {
      await handle.close().catch(() => undefined);
      throw translate(error);
    }
  }

  async stat(ref: ObjectRef): Promise<ObjectStat | undefined> {
    try {
      const path = this.#path(ref.key);
      const found = await this.#reach(ref, () => stat(path));
      if (!found.isFile()) return undefined;
      const modifiedAt = found.birthtimeMs > 0 ? found.birthtime : found.ctime;
      return { ...ref, size: found.size, modifiedAt, lockedUntil: new Date(found.mtimeMs), legalHold: await this.#isHeld(path) };
    } catch (error) {
      const coded = translate(error);
      if (coded instanceof Error && coded.message === 'not_found') return undefined;
      throw coded;
    }
  }

  lockUntil(ref: ObjectRef, until: Date): Promise<Date> {
    return this.#oneAfterTheOther(ref.key, async () => {
      const path = this.#path(ref.key);
      const after = await this.#reach(ref, () => this.#thread.lock(path, until));
      if (after < until) throw unlocked();
      return after;
    });
  }

  async setLegalHold(ref: ObjectRef, on: boolean): Promise<void> {
    const path = this.#path(ref.key);
    await this.#reach(ref, () => stat(path));
    try {
      if (on) await writeFile(holdOf(path), '', { mode: 0o400, flag: 'w' });
      else await unlink(holdOf(path));
    } catch (error) {
      if (on ? !hasCode(error, 'EACCES') : !hasCode(error, 'ENOENT')) throw translate(error); // it was so already
    }
    await this.#folders.sync(dirname(path));
  }

  async *list(prefix: string): AsyncIterable<ObjectEntry> {
    try {
      await access(join(this.#root, MARK));
      for await (const key of keysBelow(this.#root, prefix)) {
        const found = await this.stat({ key, version: VERSION });
        if (found) yield { key, version: VERSION, size: found.size, modifiedAt: found.modifiedAt };
      }
    } catch (error) {
      throw hasCode(error, 'ENOENT', 'ENOTDIR') ? storeUnavailable('the folder is gone', error) : translate(error);
    }
  }

  remove(ref: ObjectRef): Promise<void> {
    return this.#oneAfterTheOther(ref.key, async () => {
      const path = this.#path(ref.key);
      await this.#reach(ref, () =>
        this.#thread.remove(path, holdOf(path)).catch((error: unknown) => {
          throw hasCode(error, HELD) ? onHold() : hasCode(error, LOCKED) ? isLocked() : error;
        }),
      );
      // its folders may have gone with it
      this.#folders.forget(dirname(path));
    });
  }

  async tidy(before: Date): Promise<number> {
    const folder = join(this.#root, '.incoming');
    let removed = 0;
    for (const name of await readdir(folder).catch(() => [])) {
      const path = join(folder, name);
      // a file under way was written to a moment ago; a finished one carries its lock date, so its change time counts
      const touched = await stat(path).catch(() => undefined);
      if (!touched || touched.ctime >= before) continue;
      await unlink(path).catch(() => undefined);
      removed++;
    }
    return removed;
  }

  async close(): Promise<void> {
    await this.#journal.close();
    await this.#thread.close();
  }

  /** Opens an object while its read is put on record; no byte is read before that is done. */
  async #openNoted(ref: ObjectRef, range: ByteRange | undefined): Promise<[FileHandle, Promise<void>]> {
    checkKey(ref.key);
    const noted = this.#journal.note(ref.key, range).catch((error: unknown) => {
      throw hasCode(error, 'ENOSPC', 'EDQUOT') ? translate(error) : storeUnavailable('the journal of reads cannot be written', error);
    });
    noted.catch(() => undefined); // told by whoever waits for it
    return [await this.#reach(ref, () => open(this.#path(ref.key), 'r')), noted];
  }

  async #putSmall(path: string, body: Buffer, size: number | null, until?: Date): Promise<Written> {
    if (size !== null && size !== body.length) throw wrongLength();
    return { size: body.length, lockedUntil: await this.#thread.put(path, body, until) };
  }

  #path(key: string): string {
    checkKey(key);
    return join(this.#root, key);
  }

  /** Runs an operation on an existing object; a folder that is not there at all is not "no such object". */
  async #reach<T>(ref: ObjectRef, act: () => Promise<T>): Promise<T> {
    try {
      if (ref.version !== VERSION) throw notFound();
      return await act();
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENOTDIR')) {
        await access(join(this.#root, MARK)).catch((gone: unknown) => {
          throw storeUnavailable('the folder is gone', gone);
        });
      }
      throw translate(error);
    }
  }

  async #setLock(path: string, until: Date): Promise<void> {
    await withOpen(path, async (fd) => {
      await files.futimes(fd, this.#now(), until);
      await files.fsync(fd);
    });
  }

  async #isHeld(path: string): Promise<boolean> {
    return access(holdOf(path)).then(
      () => true,
      () => false,
    );
  }

  #oneAfterTheOther<T>(key: string, act: () => Promise<T>): Promise<T> {
    const mine = (this.#locking.get(key) ?? Promise.resolve()).then(act, act);
    this.#locking.set(key, mine);
    const settle = async (): Promise<void> => {
      await mine.catch(() => undefined);
      if (this.#locking.get(key) === mine) this.#locking.delete(key);
    };
    void settle();
    return mine;
  }
}

function unlocked(): Error {
  return storeUnavailable('the file system does not keep lock dates');
}

function holdOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.hold`);
}
