import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CANARY_LENGTH } from './canary.js';

/** A folder in whose raw bytes canaries are looked for. */
export interface RawPlace {
  what: 'store' | 'uploads' | 'database' | 'index' | 'temporary' | 'named';
  folder: string;
  /** Folders below it that are places of their own. */
  except?: readonly string[];
}

export interface RawFound {
  what: RawPlace['what'];
  files: number;
  bytes: number;
  /** Files that this process may not read, or that went away meanwhile. */
  unread: number;
  /** Canary texts by the file in which they stand. */
  hits: { path: string; text: string }[];
}

const CHUNK = 4 * 1_048_576;

/** Reads every file below a folder in its clear bytes and gathers whatever begins with the mark. */
export async function searchRaw(place: RawPlace, mark: string): Promise<RawFound> {
  const found: RawFound = { what: place.what, files: 0, bytes: 0, unread: 0, hits: [] };
  const except = new Set(place.except ?? []);
  const look = async (path: string): Promise<void> => {
    if (except.has(path)) return;
    try {
      const info = await lstat(path);
      if (info.isDirectory()) for (const name of await readdir(path)) await look(join(path, name));
      else if (info.isFile()) await read(path, mark, found);
    } catch {
      found.unread++;
    }
  };
  await look(place.folder);
  return found;
}

async function read(path: string, mark: string, found: RawFound): Promise<void> {
  const needle = Buffer.from(mark, 'latin1');
  const handle = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(CHUNK + CANARY_LENGTH);
    let [held, from] = [0, 0];
    for (;;) {
      const { bytesRead } = await handle.read(buffer, held, CHUNK, from);
      from += bytesRead;
      found.bytes += bytesRead;
      const end = held + bytesRead;
      const piece = buffer.subarray(0, end);
      let at = piece.indexOf(needle);
      // one that the piece cuts is met again at the beginning of the next
      for (; at >= 0 && at + CANARY_LENGTH <= end; at = piece.indexOf(needle, at + 1))
        found.hits.push({ path, text: piece.toString('latin1', at, at + CANARY_LENGTH) });
      if (bytesRead === 0) break;
      held = Math.min(CANARY_LENGTH - 1, end);
      buffer.copyWithin(0, end - held, end);
    }
    found.files++;
  } finally {
    await handle.close();
  }
}
