import { open, readdir, readFile, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';

/** Files of a pack, as they are found; every other thing about them is still to be shown. */
export interface PackSource {
  names(): readonly string[];
  /** `undefined` where there is no such file, or it cannot be read whole. */
  read(name: string): Promise<Buffer | undefined>;
  close(): Promise<void>;
}

/** Thrown where something is no ZIP of the plain form. */
export class NoPack extends Error {}

/** Largest file that is read: the document with the manifest of a full pack is far below. */
const MOST = 64 * 2 ** 20;
const MOST_NAMES = 65_535;
/** The end of a ZIP: 22 bytes, and a comment of at most 65,535. */
const TAIL = 22 + 65_535;

/** A pack as a ZIP, or as the folder that it was unpacked into. */
export async function openPack(path: string): Promise<PackSource> {
  if ((await stat(path)).isDirectory()) return folderPack(path);
  const file = await open(path);
  try {
    return await zipPack(file);
  } catch (error) {
    await file.close();
    throw error instanceof RangeError ? new NoPack('damaged') : error; // read beyond its end
  }
}

async function folderPack(path: string): Promise<PackSource> {
  const all = await readdir(path, { recursive: true, withFileTypes: true });
  const names = all.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name).slice(join(path, '/').length));
  const known = new Set(names);
  return {
    names: () => names,
    read: async (name) => (known.has(name) ? readFile(join(path, name)) : undefined),
    close: () => Promise.resolve(),
  };
}

interface Listed {
  offset: number;
  packed: number;
  size: number;
  crc: number;
  method: number;
}

async function bytesAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, offset);
  if (bytesRead !== length) throw new NoPack('cut off');
  return bytes;
}

async function zipPack(file: FileHandle): Promise<PackSource> {
  const { size } = await file.stat();
  const from = Math.max(0, size - TAIL);
  const tail = await bytesAt(file, from, size - from);
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new NoPack('no ZIP');
  const [count, length, offset] = [tail.readUInt16LE(end + 10), tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (length > size || count > MOST_NAMES) throw new NoPack('no ZIP');
  const files = listed(await bytesAt(file, offset, length), count);
  return {
    names: () => [...files.keys()],
    async read(name) {
      const one = files.get(name);
      if (!one || one.size > MOST || one.packed > MOST) return undefined;
      const head = await bytesAt(file, one.offset, 30);
      const start = one.offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
      const packed = await bytesAt(file, start, one.packed);
      try {
        const bytes = one.method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: Math.max(one.size, 1) });
        return bytes.length === one.size && crc32(bytes) === one.crc ? bytes : undefined;
      } catch {
        return undefined;
      }
    },
    close: () => file.close(),
  };
}

function listed(directory: Buffer, count: number): Map<string, Listed> {
  const files = new Map<string, Listed>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (directory.readUInt32LE(at) !== 0x02014b50) throw new NoPack('damaged');
    const [nameLength, extra, comment] = [directory.readUInt16LE(at + 28), directory.readUInt16LE(at + 30), directory.readUInt16LE(at + 32)];
    const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
    if (files.has(name)) throw new NoPack('a name stands twice');
    files.set(name, {
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      packed: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + extra + comment;
  }
  return files;
}
