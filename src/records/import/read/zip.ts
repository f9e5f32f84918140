import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createInflateRaw } from 'node:zlib';
import { refuseImport, type ImportSource } from './source.js';

/** A member of a ZIP as the central directory tells it. */
export interface ZipEntry {
  name: string;
  method: number;
  flags: number;
  packedSize: number;
  size: number;
  offset: number;
}

const END = Buffer.from('PK\x05\x06', 'latin1');
const MAX_DIRECTORY = 16 * 1024 * 1024;

/** The central directory, read from the end of the file: nothing is unpacked to disk, nothing is read twice. */
export async function zipEntries(source: ImportSource): Promise<Map<string, ZipEntry>> {
  const tail = await read(source, Math.max(0, source.size - 65_557), source.size);
  const end = tail.lastIndexOf(END);
  if (end < 0 || end + 22 > tail.length) throw refuseImport('broken_xlsx');
  const size = tail.readUInt32LE(end + 12);
  const offset = tail.readUInt32LE(end + 16);
  if (size > MAX_DIRECTORY || offset + size > source.size) throw refuseImport('broken_xlsx');
  const directory = await read(source, offset, offset + size);
  const entries = new Map<string, ZipEntry>();
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50;) {
    const nameLength = directory.readUInt16LE(at + 28);
    const entry: ZipEntry = {
      name: directory.toString('utf8', at + 46, at + 46 + nameLength).replaceAll('\\', '/'),
      flags: directory.readUInt16LE(at + 8),
      method: directory.readUInt16LE(at + 10),
      packedSize: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
    };
    entries.set(entry.name.replace(/^\//, ''), entry);
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  if (entries.size === 0) throw refuseImport('broken_xlsx');
  return entries;
}

/** The unpacked content of a member as a stream of text. */
export async function* zipText(source: ImportSource, entry: ZipEntry): AsyncGenerator<string> {
  const stream = await openEntry(source, entry);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code.startsWith('Z_') || code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw refuseImport('broken_xlsx', {}, error);
    throw error;
  } finally {
    stream.destroy();
  }
}

async function openEntry(source: ImportSource, entry: ZipEntry): Promise<Readable> {
  if ((entry.flags & 1) === 1) throw refuseImport('encrypted_xlsx');
  const local = await read(source, entry.offset, entry.offset + 30);
  if (local.length < 30 || local.readUInt32LE(0) !== 0x04034b50) throw refuseImport('broken_xlsx');
  const start = entry.offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (start + entry.packedSize > source.size) throw refuseImport('broken_xlsx');
  const packed = await source.open({ start, end: start + entry.packedSize });
  if (entry.method === 0) return packed;
  if (entry.method !== 8) throw refuseImport('broken_xlsx');
  const inflate = createInflateRaw({ chunkSize: 65_536 });
  packed.on('error', (error) => inflate.destroy(error));
  inflate.on('close', () => packed.destroy());
  return packed.pipe(inflate);
}

async function read(source: ImportSource, start: number, end: number): Promise<Buffer> {
  return end <= start ? Buffer.alloc(0) : buffer(await source.open({ start, end }));
}
