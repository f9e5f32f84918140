import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './errors.js';

/** Names in a folder, sorted, without hidden ones; `undefined` where it is not a folder. */
async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    if (hasCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/**
 * Keys of the files below a prefix, in order. Names only are held, of one folder per level: a fonds may have a million of them.
 * A folder whose name begins another name beside it would be out of order; ids all have the same length.
 */
export async function* keysBelow(root: string, prefix: string): AsyncGenerator<string> {
  const cut = prefix.lastIndexOf('/');
  const parent = cut < 0 ? '' : prefix.slice(0, cut + 1);
  const start = prefix.slice(cut + 1);
  for (const name of (await namesIn(join(root, parent))) ?? []) {
    if (name.startsWith(start)) yield* walk(root, parent + name);
  }
}

async function* walk(root: string, key: string): AsyncGenerator<string> {
  const names = await namesIn(join(root, key));
  if (!names) yield key;
  else for (const name of names) yield* walk(root, `${key}/${name}`);
}
