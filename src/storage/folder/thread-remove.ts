import { accessSync, lstatSync, rmdir, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Failure, RemoveJob } from './threaded.js';
import { each, flushFolder } from './thread-work.js';

/** What the store refuses to remove; no code of the system. */
export const HELD = 'LANTAI_HELD';
export const LOCKED = 'LANTAI_LOCKED';

/** A file system may take a millisecond to let go of a folder, and as long for many at once. */
const removeFolder = promisify(rmdir);

interface Removing {
  job: RemoveJob;
  failure?: Failure;
}

/**
 * Removes objects that are neither held nor locked, with the folders that are empty then, and makes it durable: once for each folder
 * that stays, however many went from it. A folder that is gone needs no write of its own, since nothing leads to it any more.
 * @param gone told of every folder that was removed
 */
export async function removeAll(root: string, jobs: readonly RemoveJob[], now: number, gone: (folder: string) => void): Promise<(Failure | null)[]> {
  const list = jobs.map((job): Removing => ({ job }));
  const staying = new Map<string, { folder: string; failure?: Failure; of: Removing[] }>();
  await each(list, async (one) => {
    refuseKept(one.job, now);
    unlinkSync(one.job.path);
    const folder = await removeEmpty(root, dirname(one.job.path), gone);
    const known = staying.get(folder);
    if (known) known.of.push(one);
    else staying.set(folder, { folder, of: [one] });
  });
  await each([...staying.values()], (one) => flushUp(root, one.folder));
  for (const { failure, of } of staying.values()) if (failure) for (const one of of) one.failure = failure;
  return list.map((one) => one.failure ?? null);
}

function refuseKept(job: RemoveJob, now: number): void {
  const found = lstatSync(job.path);
  if (!found.isFile()) throw Object.assign(new Error('no object'), { code: 'ENOENT', syscall: 'lstat' });
  if (isThere(job.hold)) throw Object.assign(new Error('held'), { code: HELD, syscall: 'unlink' });
  if (found.mtimeMs > now) throw Object.assign(new Error('locked'), { code: LOCKED, syscall: 'unlink' });
}

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch (error) {
    // whatever else keeps it from being seen, it may be there
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Removes a folder and those above it as far as they are empty; the first that stays, unless another removal takes it meanwhile. */
async function removeEmpty(root: string, folder: string, gone: (folder: string) => void): Promise<string> {
  let one = folder;
  for (; one.startsWith(`${root}/`); one = dirname(one)) {
    try {
      await removeFolder(one);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return one;
    }
    gone(one);
  }
  return one;
}

/** Makes a folder durable; one that went with its last object meanwhile is gone from the one above it. */
async function flushUp(root: string, folder: string): Promise<void> {
  for (let one = folder; ; one = dirname(one)) {
    try {
      await flushFolder(one);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || !one.startsWith(`${root}/`)) throw error;
    }
  }
}
