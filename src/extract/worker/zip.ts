import { createInflateRaw } from 'node:zlib';
import { NoTextError } from './refuse.js';

export interface ZipEntry {
  /** With forward slashes. */
  name: string;
  method: number;
  encrypted: boolean;
  packedSize: number;
  /** Where the local header stands. */
  offset: number;
}

/** A member that unpacks to more than so many times what it was packed in is a bomb, once it has become large. */
const MOST_RATIO = 400;
const RATIO_FROM = 8_388_608;
const MOST_ENTRIES = 65_536;

/** A ZIP in memory. What is unpacked is counted over all members. */
export class Zip {
  readonly entries = new Map<string, ZipEntry>();
  /** The directory was missing, so the members were looked for. */
  damaged = false;
  #left: number;

  constructor(
    readonly bytes: Buffer,
    mostUnpacked: number,
  ) {
    this.#left = mostUnpacked;
    if (!this.#directory()) {
      this.damaged = true;
      this.#walk();
    }
  }

  /** Names that begin with `start` and end with `end`, numbers in them in their order. */
  names(start: string, end = ''): string[] {
    return [...this.entries.keys()].filter((name) => name.startsWith(start) && name.endsWith(end)).sort(byNumber);
  }

  has(start: string): boolean {
    for (const name of this.entries.keys()) if (name.startsWith(start)) return true;
    return false;
  }

  /** The unpacked bytes of a member, piece by piece; ends early, and says so, where the data is cut. */
  async *read(name: string, onDamage: () => void): AsyncGenerator<Buffer> {
    const entry = this.entries.get(name);
    if (entry === undefined) return;
    if (entry.encrypted) throw new NoTextError('encrypted');
    const packed = this.#packed(entry);
    if (packed === undefined) return onDamage();
    if (entry.method === 0) {
      yield packed;
      return;
    }
    if (entry.method !== 8) throw new NoTextError('unsupported');
    const inflate = createInflateRaw({ chunkSize: 65_536 });
    inflate.on('error', () => undefined); // heard below
    inflate.end(packed);
    let out = 0;
    try {
      for await (const chunk of inflate as AsyncIterable<Buffer>) {
        out += chunk.length;
        this.#left -= chunk.length;
        if (this.#left < 0 || (out > RATIO_FROM && out > MOST_RATIO * inflate.bytesWritten)) throw new NoTextError('too_much_text');
        yield chunk;
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error;
      onDamage();
    } finally {
      inflate.destroy();
    }
  }

  /** A small member as text, or `undefined` when there is none. */
  async text(name: string): Promise<string | undefined> {
    if (!this.entries.has(name)) return undefined;
    const parts: Buffer[] = [];
    for await (const chunk of this.read(name, () => undefined)) parts.push(chunk);
    return new TextDecoder().decode(Buffer.concat(parts));
  }

  #packed(entry: ZipEntry): Buffer | undefined {
    const { bytes } = this;
    const at = entry.offset;
    if (at + 30 > bytes.length || bytes.readUInt32LE(at) !== 0x04034b50) return undefined;
    const start = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
    return start >= bytes.length ? undefined : bytes.subarray(start, start + entry.packedSize);
  }

  #directory(): boolean {
    const { bytes } = this;
    const end = bytes.lastIndexOf('PK\x05\x06', bytes.length, 'latin1');
    if (end < 0 || end + 22 > bytes.length) return false;
    let at = bytes.readUInt32LE(end + 16);
    if (at + bytes.readUInt32LE(end + 12) > bytes.length) return false;
    while (at + 46 <= bytes.length && bytes.readUInt32LE(at) === 0x02014b50 && this.entries.size < MOST_ENTRIES) {
      const nameLength = bytes.readUInt16LE(at + 28);
      const flags = bytes.readUInt16LE(at + 8);
      this.#add(at + 46, nameLength, {
        method: bytes.readUInt16LE(at + 10),
        encrypted: (flags & 1) === 1,
        packedSize: bytes.readUInt32LE(at + 20),
        offset: bytes.readUInt32LE(at + 42),
      });
      at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    }
    return this.entries.size > 0;
  }

  /** Members by their local headers, for a file whose end was cut off. */
  #walk(): void {
    const { bytes } = this;
    for (let at = bytes.indexOf('PK\x03\x04', 0, 'latin1'); at >= 0 && at + 30 <= bytes.length && this.entries.size < MOST_ENTRIES;) {
      const nameLength = bytes.readUInt16LE(at + 26);
      const known = bytes.readUInt32LE(at + 18);
      const start = at + 30 + nameLength + bytes.readUInt16LE(at + 28);
      const next = bytes.indexOf('PK\x03\x04', start + known, 'latin1');
      // A streamed member names no size here; inflating stops by itself at its end.
      const packedSize = known > 0 ? known : (next < 0 ? bytes.length : next) - start;
      this.#add(at + 30, nameLength, {
        method: bytes.readUInt16LE(at + 8),
        encrypted: (bytes.readUInt16LE(at + 6) & 1) === 1,
        packedSize: Math.max(0, packedSize),
        offset: at,
      });
      at = next;
    }
  }

  #add(at: number, length: number, entry: Omit<ZipEntry, 'name'>): void {
    const raw = this.bytes.subarray(at, at + length);
    const name = decodeName(raw).replaceAll('\\', '/').replace(/^\//, '');
    if (!this.entries.has(name)) this.entries.set(name, { ...entry, name });
  }
}

/** Names in UTF-8, or else in the code page of a Chinese Windows. */
function decodeName(raw: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch {
    return new TextDecoder('gb18030').decode(raw);
  }
}

const numberIn = (name: string): number => Number(/(\d+)\D*$/.exec(name)?.[1] ?? 0);
const byNumber = (a: string, b: string): number => numberIn(a) - numberIn(b) || (a < b ? -1 : 1);
