import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../errors/index.js';

/** Everything here is private to the account that runs Lantai. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

export function isErrno(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

export function keyUnavailable(detail: string, cause?: unknown): CodedError {
  return new CodedError('key_unavailable', cause === undefined ? { detail } : { detail, cause });
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
}

async function writeTemporary(folder: string, name: string, text: string | Buffer): Promise<string> {
  const path = join(folder, `.${name}.${randomBytes(6).toString('hex')}.tmp`);
  const handle = await open(path, 'wx', FILE_MODE);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return path;
}

/** Writes a file whole or not at all, durable when it resolves; replaces an older one. */
export async function writeDurable(folder: string, name: string, text: string | Buffer): Promise<void> {
  const path = await writeTemporary(folder, name, text);
  try {
    await rename(path, join(folder, name));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** The same, but never over an older one: `false` where the name is taken. */
export async function writeOnce(folder: string, name: string, text: string): Promise<boolean> {
  const path = await writeTemporary(folder, name, text);
  try {
    await link(path, join(folder, name));
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(path, { force: true });
    await syncFolder(folder);
  }
}

/** `undefined` where there is no such file. */
export async function readText(folder: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw keyUnavailable(`keystore file cannot be read: ${name}`, error);
  }
}

/** The same for bytes. */
export async function readBytes(folder: string, name: string): Promise<Buffer | undefined> {
  try {
    return await readFile(join(folder, name));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw keyUnavailable(`keystore file cannot be read: ${name}`, error);
  }
}

/** Names in a folder without temporary leftovers; an absent folder has none. */
export async function names(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw keyUnavailable('keystore folder cannot be read', error);
  }
}

/** Refuses a keystore that other accounts of the machine could read. */
export async function checkPrivate(folder: string): Promise<void> {
  const { mode } = await stat(folder);
  if ((mode & 0o077) !== 0) throw keyUnavailable(`keystore folder is open to others (mode ${(mode & 0o777).toString(8)}, must be 700)`);
}

/** Removes what a crash left of writing this file. */
export async function removeLeftovers(folder: string, name: string): Promise<void> {
  for (const found of await readdir(folder)) {
    if (found.startsWith(`.${name}.`) && found.endsWith('.tmp')) await rm(join(folder, found), { force: true });
  }
}
