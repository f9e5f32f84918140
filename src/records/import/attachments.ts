import { constants } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { join, relative, sep, isAbsolute } from 'node:path';
import { Readable } from 'node:stream';
import type { FieldError } from '../../errors/index.js';
import type { ImportFile } from './deps.js';

/** Finds the files that rows name, inside one folder and nowhere else. */
export interface Attachments {
  find(names: readonly string[]): Promise<{ files: ImportFile[]; faults: FieldError[] }>;
}

/** Without a folder, a row that names a file is rejected: a record must not lose what it says it has. */
export const noAttachments: Attachments = {
  find: async (names) => ({ files: [], faults: names.map((_, i) => ({ field: `files.${i}`, code: 'unknown_file' })) }),
};

/** Files of a folder. A name that leads out of it, by path or by link, is `unknown_file` like one that is not there. */
export async function attachmentsIn(folder: string, maxBytes = Number.POSITIVE_INFINITY): Promise<Attachments> {
  const root = await realpath(folder);
  return {
    async find(names) {
      const files: ImportFile[] = [];
      const faults: FieldError[] = [];
      for (const [i, name] of names.entries()) {
        const found = await locate(root, name);
        if (found && found.size > maxBytes) faults.push({ field: `files.${i}`, code: 'too_large', params: { max: maxBytes } });
        else if (found) files.push({ name, size: found.size, body: Readable.from(lazily(found.path)) });
        else faults.push({ field: `files.${i}`, code: 'unknown_file' });
      }
      return { files, faults };
    },
  };
}

async function locate(root: string, name: string): Promise<{ path: string; size: number } | undefined> {
  if (name.includes('\0') || isAbsolute(name)) return undefined;
  try {
    const path = await realpath(join(root, name));
    const inside = relative(root, path);
    if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return undefined;
    const info = await stat(path);
    return info.isFile() ? { path, size: info.size } : undefined;
  } catch {
    return undefined;
  }
}

/** Opens the file at the first read, so that thousands may wait their turn; a link put there meanwhile is not followed. */
async function* lazily(path: string): AsyncGenerator<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  yield* handle.createReadStream({ highWaterMark: 262_144 }) as AsyncIterable<Buffer>;
}
