import { isUtf8 } from 'node:buffer';

/** Bytes looked at to tell an encoding; more would change nothing. */
const SAMPLE = 262_144;

const NAMED: Record<string, string> = {
  gb2312: 'gb18030',
  gbk: 'gb18030',
  cp936: 'gb18030',
  'x-gbk': 'gb18030',
  'gb_2312-80': 'gb18030',
  cp950: 'big5',
  utf8: 'utf-8',
};

/** A decoder's label for a name that a file gives for its encoding. */
export function charsetNamed(name: string | undefined): string | undefined {
  const asked = name?.trim().toLowerCase() ?? '';
  if (asked === '') return undefined;
  try {
    return new TextDecoder(NAMED[asked] ?? asked).encoding;
  } catch {
    return undefined;
  }
}

/** The decoder's label for a Windows code page. */
export function charsetOfPage(page: number): string {
  const special: Record<number, string> = {
    936: 'gb18030',
    54936: 'gb18030',
    950: 'big5',
    932: 'shift_jis',
    949: 'euc-kr',
    65001: 'utf-8',
    1200: 'utf-16le',
    10000: 'macintosh',
    20866: 'koi8-r',
  };
  return special[page] ?? charsetNamed(`windows-${page}`) ?? charsetNamed(`iso-8859-${page - 28590}`) ?? 'windows-1252';
}

/** The encoding of text that does not name one, or `undefined` when it is no text. */
export function guessCharset(bytes: Buffer): { charset: string; clean: boolean } | undefined {
  const marked = byMark(bytes);
  if (marked !== undefined) return { charset: marked, clean: true };
  const sample = bytes.subarray(0, SAMPLE);
  const wide = byZeros(sample);
  if (wide !== undefined) return { charset: wide, clean: true };
  if (controls(sample) > Math.max(2, sample.length / 500)) return undefined;
  if (isUtf8(withoutCutEnd(sample))) return { charset: 'utf-8', clean: true };
  const { common, rare } = zones(sample);
  if (common >= 2 && common >= 0.8 * (common + rare)) return { charset: 'gb18030', clean: true };
  if (common + rare >= 4 && faults(sample, 'big5') === 0) return { charset: 'big5', clean: true };
  const high = sample.reduce((sum, byte) => sum + (byte >= 0x80 ? 1 : 0), 0);
  if (faults(sample, 'utf-8') * 20 < high) return { charset: 'utf-8', clean: false };
  return high < sample.length * 0.3 ? { charset: 'windows-1252', clean: true } : undefined;
}

function byMark(head: Buffer): string | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return undefined;
}

/** UTF-16 without a mark: line ends, blanks and Latin letters show as a zero on every other byte. */
function byZeros(sample: Buffer): string | undefined {
  let even = 0;
  let odd = 0;
  const end = Math.min(sample.length, 8192) & ~1;
  for (let i = 0; i < end; i += 2) {
    if (sample[i] === 0) even++;
    if (sample[i + 1] === 0) odd++;
  }
  const some = Math.max(2, end / 60);
  if (odd >= some && odd > 5 * even) return plausibleWide(sample, 'utf-16le') ? 'utf-16le' : undefined;
  if (even >= some && even > 5 * odd) return plausibleWide(sample, 'utf-16be') ? 'utf-16be' : undefined;
  return undefined;
}

function plausibleWide(sample: Buffer, charset: string): boolean {
  const text = new TextDecoder(charset).decode(sample.subarray(0, 8192));
  const odd = text.match(/[\0-\x08\x0e-\x1f\ufffd\ue000-\uf8ff]/g)?.length ?? 0;
  return odd * 50 < text.length;
}

/** Zero and other bytes that no text of one-byte units has. */
function controls(sample: Buffer): number {
  let count = 0;
  for (const byte of sample) if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 12 && byte !== 27 && byte !== 26) count++;
  return count;
}

/** Without the last character, which the sample's end may have cut. */
export function withoutCutEnd(bytes: Buffer): Buffer {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) return bytes.subarray(0, bytes.length - back);
    if (byte < 0x80) return bytes;
  }
  return bytes;
}

/** Pairs in the zone of GB 2312, where nearly all real text stands, and pairs elsewhere: GB18030 allows nearly any bytes. */
function zones(sample: Buffer): { common: number; rare: number } {
  let common = 0;
  let rare = 0;
  let lead = 0;
  for (const byte of sample) {
    if (lead !== 0) {
      if (lead >= 0xa1 && lead <= 0xf7 && byte >= 0xa1) common++;
      else rare++;
      lead = 0;
    } else if (byte >= 0x81) lead = byte;
  }
  return { common, rare };
}

function faults(sample: Buffer, charset: string): number {
  return new TextDecoder(charset).decode(sample).match(/\ufffd/g)?.length ?? 0;
}
