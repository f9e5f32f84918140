import { closeSync, constants, fstatSync, futimesSync, linkSync, mkdirSync, openSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { DEFAULT_LOCK } from '../port.js';
import type { Answer, Failure, LockJob, PutJob, Request } from './threaded.js';
import { removeAll } from './thread-remove.js';
import { each, failureOf, flush, flushFolder } from './thread-work.js';

/*
 * The thread that writes small objects, and removes any. What costs the main thread some twenty trips through the thread pool an object is here
 * a row of plain calls; only what waits for the disk (fsync) is handed out, for all objects of a batch at once, so that the
 * file system commits them together. It gets sealed bytes and paths; keys never come here.
 */

/** Folders of a record of its own, at the end of a path: nobody asks for them again. */
const OWN = 2;

const { root } = workerData as { root: string };
/** Folders above those of the records whose own entries are known to be durable; there are as many as there are fonds. */
const durable = new Set<string>();
let counter = 0;

interface Open {
  job: PutJob;
  fd: number;
  temporary: string;
  /** Lock date as read back. */
  until?: number;
  failure?: Failure;
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

function write(job: PutJob, bytes: Uint8Array, now: number, tag: string): Open {
  const temporary = join(root, '.incoming', `${basename(job.path)}.${tag}.${counter++}`);
  try {
    const fd = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o400); // read-only for whoever opens it after us
    const open: Open = { job, fd, temporary };
    try {
      writeWhole(fd, bytes);
      futimesSync(fd, now / 1000, Math.max(now + DEFAULT_LOCK, job.until ?? 0) / 1000);
    } catch (error) {
      open.failure = failureOf(error);
    }
    return open;
  } catch (error) {
    return { job, fd: -1, temporary, failure: failureOf(error) };
  }
}

/** Makes a folder and what is missing above it; those that are not known to be durable. */
function make(folder: string): string[] {
  const made: string[] = [];
  for (let one = folder; one !== root && !durable.has(one); one = dirname(one)) made.unshift(one);
  for (const one of made) {
    try {
      mkdirSync(one);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  return made;
}

function forget(folder: string): void {
  for (let one = folder; one.startsWith(`${root}/`); one = dirname(one)) durable.delete(one);
}

/** Gives a written file its name, which must be free; the folders that must become durable. */
function name(one: Open): string[] {
  const folder = dirname(one.job.path);
  for (let attempt = 1; ; attempt++) {
    try {
      const made = make(folder);
      linkSync(one.temporary, one.job.path); // unlike a rename it never replaces
      return made;
    } catch (error) {
      // a folder may have been removed with its last object a moment ago
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 3) throw error;
      forget(folder);
    }
  }
}

/** Files first and durable, then their names, then the folders that hold the names; nothing is answered before. */
async function put(jobs: readonly PutJob[], bytes: Uint8Array, now: number, tag: string): Promise<(Failure | number)[]> {
  let at = 0;
  const files = jobs.map((job) => write(job, bytes.subarray(at, (at += job.size)), now, tag));
  try {
    await each(files, async (one) => {
      await flush(one.fd);
      if (one.job.until !== undefined) one.until = fstatSync(one.fd).mtimeMs;
    });
    await nameAll(files);
  } finally {
    for (const one of files) if (one.fd >= 0) cleanUp(one);
  }
  return files.map((one) => one.failure ?? one.until ?? 0);
}

/** Names files, and makes each folder that holds a new name durable, once for all of them. */
async function nameAll(files: readonly Open[]): Promise<void> {
  const folders = new Map<string, { path: string; failure?: Failure }>();
  const named: { file: Open; made: string[]; holding: string[] }[] = [];
  await each(files, (file) => {
    const made = name(file);
    const holding = [dirname(file.job.path), ...made.map((path) => dirname(path))];
    for (const path of holding) folders.set(path, { path });
    named.push({ file, made, holding });
  });
  await each([...folders.values()], (one) => flushFolder(one.path));
  for (const { file, made, holding } of named) {
    const failure = holding.map((path) => folders.get(path)?.failure).find((one) => one !== undefined);
    if (failure) file.failure = failure;
    else for (const path of made.slice(0, -OWN)) durable.add(path);
  }
}

function cleanUp(one: Open): void {
  try {
    closeSync(one.fd);
  } finally {
    unlinkQuietly(one.temporary);
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // the sweep of unfinished writes takes it
  }
}

type Locking = LockJob & { now?: number; failure?: Failure };

/** Extends lock dates, never shortens one, and reads them back after they are durable. */
async function lock(jobs: readonly LockJob[], now: number): Promise<(Failure | number)[]> {
  const list: Locking[] = jobs.map((job) => ({ ...job }));
  await each(list, async (one) => {
    const before = statSync(one.path).mtimeMs;
    if (before >= one.until) {
      one.now = before;
      return;
    }
    const fd = openSync(one.path, 'r');
    try {
      futimesSync(fd, now / 1000, one.until / 1000);
      await flush(fd);
    } finally {
      closeSync(fd);
    }
    one.now = statSync(one.path).mtimeMs;
  });
  return list.map((one) => one.failure ?? one.now ?? { code: 'EIO', syscall: 'stat' });
}

async function answer(request: Request): Promise<Answer> {
  const [stored, locked, removed] = await Promise.all([
    put(request.put, request.bytes, request.now, request.tag),
    lock(request.lock, request.now),
    removeAll(root, request.remove, request.now, (folder) => durable.delete(folder)),
  ]);
  return { id: request.id, put: stored, lock: locked, remove: removed };
}

async function reply(request: Request): Promise<void> {
  const done = await answer(request);
  parentPort?.postMessage(done, []);
}

parentPort?.on('message', (request: Request) => void reply(request));
