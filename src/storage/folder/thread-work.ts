import { closeSync, fsync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Failure } from './threaded.js';

/** Waiting for the disk at the same time. */
const LANES = 8;

export const flush = promisify(fsync);

export function failureOf(error: unknown): Failure {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return { code: code ?? 'EIO', syscall: syscall ?? 'write' };
}

/** Runs `work` for each that has not failed; a failure is its own alone. */
export async function each<T extends { failure?: Failure }>(list: readonly T[], work: (one: T) => Promise<void> | void): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let one = list[next++]; one; one = list[next++]) {
      if (one.failure) continue;
      try {
        await work(one);
      } catch (error) {
        one.failure = failureOf(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(LANES, list.length) }, lane));
}

export async function flushFolder(folder: string): Promise<void> {
  const fd = openSync(folder, 'r');
  try {
    await flush(fd);
  } finally {
    closeSync(fd);
  }
}
