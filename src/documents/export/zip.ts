import { pipeline } from 'node:stream/promises';
import { crc32, createDeflateRaw } from 'node:zlib';

/** One file of an archive; the content is made as it is written. */
export interface ZipEntry {
  name: string;
  content: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;
}

interface Written {
  name: Buffer;
  offset: number;
  crc: number;
  packed: number;
  size: number;
  method: number;
}

const UTF_8 = 0x0800;
const SIZES_FOLLOW = 0x0008;
const STORE = 0;
const DEFLATE = 8;
/** Up to here a file that is at hand is stored as it is: a packer of its own costs a quarter of a megabyte, and thousands of them a minute are not given back in time. */
const SHORT = 4096;
const DATE = 0x0021; // 1 January 1980: the same rows give the same bytes

/** A ZIP archive as a stream of pieces, without holding any file in memory. Files and archive stay below 4 GiB. */
export async function* zip(entries: Iterable<ZipEntry> | AsyncIterable<ZipEntry>): AsyncGenerator<Buffer> {
  const written: Written[] = [];
  let offset = 0;
  for await (const entry of entries) {
    const name = Buffer.from(entry.name);
    const short = atHand(entry.content);
    const one: Written = { name, offset, crc: 0, packed: 0, size: 0, method: short ? STORE : DEFLATE };
    if (short) Object.assign(one, { crc: crc32(short), packed: short.length, size: short.length });
    const head = localHeader(one);
    yield head;
    offset += head.length + name.length;
    yield name;
    if (short) {
      yield short;
      offset += short.length;
    } else {
      for await (const piece of deflate(entry.content, one)) {
        one.packed += piece.length;
        yield piece;
      }
      const tail = dataDescriptor(one);
      yield tail;
      offset += one.packed + tail.length;
    }
    if (offset > 0xffff_ffff || one.size > 0xffff_ffff) throw new RangeError('an archive of this kind stays below 4 GiB');
    written.push(one);
  }
  yield directory(written, offset);
}

/** Packs a file; whoever stops reading early also ends the source, and with it a database cursor behind. */
async function* deflate(content: ZipEntry['content'], sums: Written): AsyncGenerator<Buffer> {
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const text of content) {
      const bytes = typeof text === 'string' ? Buffer.from(text) : Buffer.from(text.buffer, text.byteOffset, text.byteLength);
      sums.crc = crc32(bytes, sums.crc);
      sums.size += bytes.length;
      yield bytes;
    }
  }
  const packer = createDeflateRaw({ level: 6 });
  const packed = pipeline(counted(), packer);
  packed.catch(() => undefined); // the reader of the packer gets the error
  yield* packer as AsyncIterable<Buffer>;
  await packed;
}

/** The content where it is there already and short; an empty file is packed like a long one. */
function atHand(content: ZipEntry['content']): Buffer | undefined {
  if (!Array.isArray(content)) return undefined;
  const pieces = (content as (string | Uint8Array)[]).map((one) => (typeof one === 'string' ? Buffer.from(one) : one));
  const length = pieces.reduce((sum, one) => sum + one.length, 0);
  return length > 0 && length <= SHORT ? Buffer.concat(pieces) : undefined;
}

const flagsOf = (one: Written): number => (one.method === DEFLATE ? UTF_8 | SIZES_FOLLOW : UTF_8);

function localHeader(one: Written): Buffer {
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(20, 4);
  head.writeUInt16LE(flagsOf(one), 6);
  head.writeUInt16LE(one.method, 8);
  head.writeUInt16LE(DATE, 12);
  head.writeUInt32LE(one.crc, 14);
  head.writeUInt32LE(one.packed, 18);
  head.writeUInt32LE(one.size, 22);
  head.writeUInt16LE(one.name.length, 26);
  return head;
}

function dataDescriptor({ crc, packed, size }: Written): Buffer {
  const tail = Buffer.alloc(16);
  tail.writeUInt32LE(0x08074b50, 0);
  tail.writeUInt32LE(crc, 4);
  tail.writeUInt32LE(packed, 8);
  tail.writeUInt32LE(size, 12);
  return tail;
}

function directory(written: readonly Written[], offset: number): Buffer {
  const parts = written.map((one) => {
    const head = Buffer.alloc(46);
    head.writeUInt32LE(0x02014b50, 0);
    head.writeUInt16LE(20, 4);
    head.writeUInt16LE(20, 6);
    head.writeUInt16LE(flagsOf(one), 8);
    head.writeUInt16LE(one.method, 10);
    head.writeUInt16LE(DATE, 14);
    head.writeUInt32LE(one.crc, 16);
    head.writeUInt32LE(one.packed, 20);
    head.writeUInt32LE(one.size, 24);
    head.writeUInt16LE(one.name.length, 28);
    head.writeUInt32LE(one.offset, 42);
    return Buffer.concat([head, one.name]);
  });
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(written.length, 8);
  end.writeUInt16LE(written.length, 10);
  end.writeUInt32LE(length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, end]);
}
