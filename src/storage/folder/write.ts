import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { wrongLength } from '../failures.js';
import { DEFAULT_LOCK } from '../port.js';
import { files } from './calls.js';
import { hasCode } from './errors.js';
import { FileSink, writeAll } from './sink.js';
import type { FolderSync } from './sync.js';

async function writeStream(fd: number, body: Readable, size: number | null): Promise<number> {
  const sink = new FileSink(fd, size ?? Number.MAX_SAFE_INTEGER);
  await pipeline(body, sink);
  return sink.total;
}

export interface Written {
  /** Bytes. */
  size: number;
  /** As read back. */
  lockedUntil: Date;
}

/**
 * Writes an object: temporary file, read-only from the start, its lock date, fsync; then its name, which must be free, and fsync of its folder.
 * The lock is that of every new object, or `until` where that is later.
 */
export async function writeObject(
  root: string,
  path: string,
  body: Readable | Buffer,
  size: number | null,
  folders: FolderSync,
  now: Date,
  until?: Date,
): Promise<Written> {
  const temporary = join(root, '.incoming', `${basename(path)}.${randomBytes(6).toString('hex')}`);
  const fd = await files.open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o400); // read-only for whoever opens it after us
  try {
    let total: number;
    try {
      total = Buffer.isBuffer(body) ? body.length : await writeStream(fd, body, size);
      if (size !== null && total !== size) throw wrongLength();
      if (Buffer.isBuffer(body)) await writeAll(fd, [body]);
      await files.futimes(fd, now, new Date(Math.max(now.getTime() + DEFAULT_LOCK, until?.getTime() ?? 0)));
      await files.fsync(fd);
    } finally {
      await files.close(fd);
    }
    await name(temporary, path, folders);
    return { size: total, lockedUntil: (await stat(path)).mtime };
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

async function name(temporary: string, path: string, folders: FolderSync): Promise<void> {
  const folder = dirname(path);
  for (let attempt = 1; ; attempt++) {
    try {
      const made = await folders.make(folder);
      await link(temporary, path); // unlike a rename it never replaces
      return await folders.settle(made, folder);
    } catch (error) {
      // a folder may have been removed with its last object a moment ago
      if (!hasCode(error, 'ENOENT') || attempt === 3) throw error;
      folders.forget(folder);
    }
  }
}
