import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { refuseImport, type ImportSource } from './source.js';

export const isGzip = (head: Buffer): boolean => head[0] === 0x1f && head[1] === 0x8b;

/** The first bytes of a source, unpacked if it is gzip. */
export async function headOf(source: ImportSource, size: number): Promise<{ head: Buffer; gzip: boolean }> {
  const raw = await gather(await source.open({ start: 0, end: Math.min(source.size, size) }), size);
  if (!isGzip(raw)) return { head: raw, gzip: false };
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of unpacked(source)) {
    parts.push(chunk);
    length += chunk.length;
    if (length >= size) break;
  }
  return { head: Buffer.concat(parts).subarray(0, size), gzip: true };
}

async function gather(stream: Readable, size: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    parts.push(chunk);
    length += chunk.length;
    if (length >= size) break;
  }
  return Buffer.concat(parts).subarray(0, size);
}

/** Every byte of a source; gzip is unpacked on the way. `seen` hears the raw bytes, for the digest. */
export async function* bytesOf(source: ImportSource, gzip: boolean, seen?: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  if (gzip) yield* unpacked(source, seen);
  else
    for await (const chunk of (await source.open()) as AsyncIterable<Buffer>) {
      seen?.(chunk);
      yield chunk;
    }
}

async function* unpacked(source: ImportSource, seen?: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  const raw = await source.open();
  const gunzip = createGunzip({ chunkSize: 65_536 });
  if (seen) raw.on('data', seen);
  raw.on('error', (error) => gunzip.destroy(error));
  raw.pipe(gunzip);
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'Z_BUF_ERROR') throw refuseImport('cut_gzip', {}, error);
    if (typeof code === 'string' && code.startsWith('Z_')) throw refuseImport('broken_gzip', {}, error);
    throw error;
  } finally {
    raw.destroy();
    gunzip.destroy();
  }
}
