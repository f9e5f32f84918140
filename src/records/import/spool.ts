import { createSecretKey, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openRange, plainSize, seal } from '../../crypto/index.js';
import { CodedError } from '../../errors/index.js';
import type { ImportSource } from './read/source.js';

/** An uploaded file that waits sealed until its import has ended. */
export interface Spool {
  source: ImportSource;
  key: Buffer;
}

const contextOf = (importId: string): Buffer => Buffer.from(`lantai/import-upload/v1\0${importId}`);
const pathOf = (folder: string, importId: string): string => join(folder, `${importId}.sealed`);

/**
 * Seals an upload into `folder` under a key of its own, as it streams in: a file must be read twice (to be checked, to be
 * taken in), and plain text must never lie on a disk. Forgetting the key destroys what a removed file may leave behind.
 */
export async function spoolUpload(folder: string, importId: string, name: string, body: Readable, maxBytes: number): Promise<Spool> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const key = randomBytes(32);
  const path = pathOf(folder, importId);
  try {
    await pipeline(
      body,
      limited(maxBytes),
      seal({ key: createSecretKey(key), context: contextOf(importId) }),
      createWriteStream(path, { mode: 0o600, flags: 'wx' }),
    );
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return { key, source: await spooledSource(folder, importId, name, key) };
}

/** The source that a spooled upload is; `not_found` when the file is gone. */
export async function spooledSource(folder: string, importId: string, name: string, key: Buffer): Promise<ImportSource> {
  const path = pathOf(folder, importId);
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) throw new CodedError('not_found', { detail: 'the upload of an import' });
  const size = plainSize(info.size);
  const secret = createSecretKey(key);
  return {
    name,
    size,
    open: (range) =>
      openRange({
        key: secret,
        context: contextOf(importId),
        sealedSize: info.size,
        range: range === undefined ? null : { start: range.start, end: Math.min(range.end, size) },
        read: async (start, end) => createReadStream(path, { start, end: Math.min(end, info.size) - 1, highWaterMark: 262_144 }),
      }),
  };
}

export async function removeSpool(folder: string, importId: string): Promise<void> {
  await rm(pathOf(folder, importId), { force: true });
}

/** Of these imports, those whose sealed upload lies in the folder. */
export async function lyingSpools(folder: string, importIds: readonly string[]): Promise<string[]> {
  const names = new Set(await readdir(folder).catch(() => []));
  return importIds.filter((id) => names.has(`${id}.sealed`));
}

/** Removes uploads that no import names any more; only at a start, when nothing streams in. */
export async function sweepSpools(folder: string, kept: ReadonlySet<string>): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) if (name.endsWith('.sealed') && !kept.has(name.slice(0, -'.sealed'.length))) await rm(join(folder, name), { force: true });
}

function limited(max: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > max) done(new CodedError('too_large', { params: { max } }));
      else done(null, chunk);
    },
  });
}
