import { createHash } from 'node:crypto';
import { mkdir, stat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A lock on a folder that ends with its process, however that ends. */
export interface FolderLock {
  release(): Promise<void>;
}

/** A socket's path may not be longer than about 104 bytes; a longer one is replaced by its digest in the temporary folder. */
function socketPath(folder: string, name: string): string {
  const path = join(resolve(folder), `${name}.lock`);
  const digest = createHash('sha256').update(path).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\lantai-${digest}`;
  return Buffer.byteLength(path) <= 100 ? path : join(tmpdir(), `lantai-${digest}.lock`);
}

/** Whether somebody listens at the other end. */
function answered(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}

function bind(path: string): Promise<Server | undefined> {
  return new Promise((done, fail) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? done(undefined) : fail(error)));
    server.listen(path, () => done(server));
    server.unref();
  });
}

const inode = async (path: string): Promise<number | undefined> => (await stat(path).catch(() => undefined))?.ino;

/**
 * Locks a folder under a name, or returns `undefined` when another process holds it. A listening socket is the lock: the
 * kernel closes it with its process, so that neither `kill -9` nor a reused process id can leave it behind.
 */
export async function lockFolder(folder: string, name: string): Promise<FolderLock | undefined> {
  await mkdir(folder, { recursive: true });
  const path = socketPath(folder, name);
  let server = await bind(path);
  if (!server) {
    if (await answered(path)) return undefined;
    await unlink(path).catch(() => undefined);
    server = await bind(path);
    if (!server) return undefined;
    // Two processes may have found the same dead socket, and the slower one removed the faster one's: the later file counts.
    const mine = await inode(path);
    await sleep(30);
    if (mine === undefined || mine !== (await inode(path))) {
      server.close();
      return undefined;
    }
  }
  const held = server;
  return { release: () => new Promise((done) => held.close(() => done())) };
}

/** As {@link lockFolder}, but waits until the lock is free. */
export async function waitForFolder(folder: string, name: string): Promise<FolderLock> {
  for (;;) {
    const lock = await lockFolder(folder, name);
    if (lock) return lock;
    await sleep(40);
  }
}
