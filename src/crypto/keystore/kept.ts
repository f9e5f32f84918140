import { join } from 'node:path';
import { makeFolder, names, readBytes, syncFolder, writeDurable } from './files.js';

/** Files that must outlive the database: snapshots of the key table, the ledger of destructions. */
const KEPT = 'kept';
const NAME = /^[a-z0-9][a-z0-9.-]{0,120}$/;

async function folderIn(place: string): Promise<string> {
  const folder = join(place, KEPT);
  await makeFolder(folder);
  await syncFolder(place);
  return folder;
}

/** Durable in the primary; a copy out of reach gets it when the keystore is opened next. */
export async function keepIn(primary: string, copies: readonly string[], name: string, data: Buffer): Promise<number> {
  if (!NAME.test(name)) throw new Error('not a name of a kept file');
  await writeDurable(await folderIn(primary), name, data);
  let reached = 0;
  for (const copy of copies) reached += await bring(copy, name, data);
  return reached;
}

export function keptIn(primary: string, name: string): Promise<Buffer | undefined> {
  if (!NAME.test(name)) throw new Error('not a name of a kept file');
  return readBytes(join(primary, KEPT), name);
}

export async function keptNamesIn(primary: string, prefix: string): Promise<string[]> {
  return (await names(join(primary, KEPT))).filter((name) => name.startsWith(prefix));
}

/** Brings what is kept into a copy that lacks it or has something else; also takes back what the primary lost of the ledger. */
export async function completeKept(primary: string, copies: readonly string[]): Promise<void> {
  for (const copy of copies) {
    const there = new Set(await names(join(copy, KEPT)).catch(() => [] as string[]));
    const here = new Set(await names(join(primary, KEPT)));
    for (const name of there) {
      if (here.has(name)) continue;
      const data = await readBytes(join(copy, KEPT), name).catch(() => undefined);
      if (data) await writeDurable(await folderIn(primary), name, data);
    }
    for (const name of here) {
      const data = await readBytes(join(primary, KEPT), name);
      const found = await readBytes(join(copy, KEPT), name).catch(() => undefined);
      if (data && found?.equals(data) !== true) await bring(copy, name, data);
    }
  }
}

async function bring(copy: string, name: string, data: Buffer): Promise<0 | 1> {
  try {
    await writeDurable(await folderIn(copy), name, data);
    return 1;
  } catch {
    return 0;
  }
}
