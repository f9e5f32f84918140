import { close, fdatasync, fsync, futimes, open, writev } from 'node:fs';
import { promisify } from 'node:util';

/**
 * File operations on plain descriptors. An object costs some twenty of them, and Node's `FileHandle` makes each twice as dear;
 * whoever opens one here closes it in a `finally`.
 */
export const files = {
  open: promisify(open),
  close: promisify(close),
  writev: promisify(writev),
  fsync: promisify(fsync),
  fdatasync: promisify(fdatasync),
  futimes: promisify(futimes),
};

/** Opens an existing file or folder, works on it, and closes it in any case. */
export async function withOpen<T>(path: string, work: (fd: number) => Promise<T>): Promise<T> {
  const fd = await files.open(path, 'r');
  try {
    return await work(fd);
  } finally {
    await files.close(fd);
  }
}
