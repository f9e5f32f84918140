import { randomBytes } from 'node:crypto';
import { constants, type FileHandle, link, open, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { wrongLength } from '../failures.js';
import { DEFAULT_LOCK } from '../port.js';
import { hasCode } from './errors.js';
import type { FolderSync } from './sync.js';

/** Bytes written to the disk at once. */
const PIECE = 1_048_576;

async function writeAll(handle: FileHandle, pieces: Buffer[]): Promise<void> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.length;) at += (await handle.write(piece, at, piece.length - at)).bytesWritten;
  }
}

async function writeStream(handle: FileHandle, body: Readable, size: number | null): Promise<number> {
  let total = 0;
  let pieces: Buffer[] = [];
  let waiting = 0;
  let writing: Promise<void> = Promise.resolve();
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      total += piece.length;
      if (size !== null && total > size) throw wrongLength();
      pieces.push(piece);
      waiting += piece.length;
      if (waiting < PIECE) continue;
      await writing; // one write is under way while the next piece is being sealed
      writing = writeAll(handle, pieces);
      writing.catch(() => undefined);
      pieces = [];
      waiting = 0;
    }
  } finally {
    await writing;
  }
  await writeAll(handle, pieces);
  return total;
}

/**
 * Writes an object: temporary file, its lock date, read-only, fsync; then its name, which must be free, and fsync of its folder.
 * @returns bytes written
 */
export async function writeObject(root: string, path: string, body: Readable | Buffer, size: number | null, folders: FolderSync, now: Date): Promise<number> {
  const temporary = join(root, '.incoming', `${basename(path)}.${randomBytes(6).toString('hex')}`);
  const handle = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    let total: number;
    try {
      total = Buffer.isBuffer(body) ? body.length : await writeStream(handle, body, size);
      if (size !== null && total !== size) throw wrongLength();
      if (Buffer.isBuffer(body)) await writeAll(handle, [body]);
      await handle.utimes(now, new Date(now.getTime() + DEFAULT_LOCK));
      await handle.chmod(0o400);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await name(temporary, path, folders);
    return total;
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

async function name(temporary: string, path: string, folders: FolderSync): Promise<void> {
  const folder = dirname(path);
  for (let attempt = 1; ; attempt++) {
    await folders.make(folder);
    try {
      await link(temporary, path); // unlike a rename it never replaces
      break;
    } catch (error) {
      // the folder may have been removed with its last object a moment ago
      if (!hasCode(error, 'ENOENT') || attempt === 3) throw error;
      folders.forget(folder);
    }
  }
  await folders.sync(folder);
}
