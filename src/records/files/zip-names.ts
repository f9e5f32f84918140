/** One member of a ZIP, as far as its headers show. */
export interface ZipMember {
  name: string;
  encrypted: boolean;
  /** The first bytes of a stored (not deflated) member, as Latin-1; `''` otherwise. */
  stored: string;
}

/** The central directory of ordinary documents fits well into this. */
export const EOCD_TAIL = 65_536;
const LOCAL = Buffer.from('PK\x03\x04', 'latin1');
const CENTRAL = Buffer.from('PK\x01\x02', 'latin1');

/** Members named by local headers in `head` and by central headers in `tail`; never throws, whatever the bytes are. */
export function entriesIn(head: Buffer, tail: Buffer): ZipMember[] {
  return [...scan(head, LOCAL, 30, 26, 6), ...scan(tail, CENTRAL, 46, 28, 8)];
}

function* scan(bytes: Buffer, mark: Buffer, fixed: number, nameAt: number, flagsAt: number): Generator<ZipMember> {
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 4)) {
    if (at + fixed > bytes.length) return;
    const length = bytes.readUInt16LE(at + nameAt);
    const extra = bytes.readUInt16LE(at + nameAt + 2);
    const name = bytes.toString('latin1', at + fixed, Math.min(at + fixed + length, bytes.length));
    const data = at + fixed + length + extra;
    const stored = mark === LOCAL && bytes.readUInt16LE(at + 8) === 0 ? bytes.toString('latin1', data, data + Math.min(bytes.readUInt32LE(at + 18), 128)) : '';
    yield { name, encrypted: (bytes.readUInt16LE(at + flagsAt) & 1) === 1, stored };
  }
}
