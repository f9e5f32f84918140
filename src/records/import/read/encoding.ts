import { refuseImport } from './source.js';

export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'gb18030'] as const;
export type Encoding = (typeof ENCODINGS)[number];

const ALIASES: Record<string, Encoding> = {
  utf8: 'utf-8',
  'utf-8': 'utf-8',
  'utf-8-sig': 'utf-8',
  ascii: 'utf-8',
  'us-ascii': 'utf-8',
  utf16: 'utf-16le',
  'utf-16': 'utf-16le',
  utf16le: 'utf-16le',
  'utf-16le': 'utf-16le',
  utf16be: 'utf-16be',
  'utf-16be': 'utf-16be',
  gb18030: 'gb18030',
  gbk: 'gb18030',
  gb2312: 'gb18030',
  cp936: 'gb18030',
  ansi: 'gb18030',
};

/** The encoding a person named; refuses what this program does not read. */
export function encodingNamed(name: string): Encoding {
  const encoding = ALIASES[name.trim().toLowerCase()];
  if (encoding === undefined) throw refuseImport('unknown_encoding', { encoding: name.slice(0, 40) });
  return encoding;
}

/** The encoding that a byte order mark tells. */
export function encodingByMark(head: Buffer): Encoding | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return undefined;
}

/** UTF-16 without a mark: the line ends and separators of any table show as a zero on every other byte. */
export function looksUtf16(head: Buffer): Encoding | undefined {
  let even = 0;
  let odd = 0;
  const end = Math.min(head.length, 4096) & ~1;
  for (let i = 0; i < end; i += 2) {
    if (head[i] === 0) even++;
    if (head[i + 1] === 0) odd++;
  }
  const some = Math.max(2, end / 40); // at least one separator in twenty characters
  if (odd >= some && odd > 3 * even) return 'utf-16le'; // 一 is 4E00: a few zeros stand on the other side as well
  if (even >= some && even > 3 * odd) return 'utf-16be';
  return undefined;
}

/** Bytes decoded at once. Longer strings would live among V8's large objects, which only a full collection frees. */
const PIECE = 16_384;

/**
 * Decodes strictly: bytes that the encoding does not allow refuse the file (`wrong_encoding`), nothing is replaced.
 * A lone surrogate in UTF-16 passes, because it is the fault of one row and is rejected with it.
 */
export async function* decode(bytes: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<string> {
  const decoder = encoding.startsWith('utf-16') ? utf16(encoding === 'utf-16be') : strict(encoding);
  let first = true;
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += PIECE) {
      let text = decoder.write(chunk.subarray(at, at + PIECE));
      if (first && text !== '') {
        first = false;
        if (text.startsWith('\uFEFF')) text = text.slice(1);
      }
      if (text !== '') yield text;
    }
  }
  const rest = decoder.end();
  if (rest !== '') yield rest;
}

interface Decoder {
  write(chunk: Buffer): string;
  end(): string;
}

function strict(encoding: Encoding): Decoder {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  const plausible = new Plausible(encoding);
  const guard = (act: () => string): string => {
    try {
      return act();
    } catch (error) {
      throw refuseImport('wrong_encoding', { encoding }, error);
    }
  };
  return {
    write: (chunk) => {
      plausible.see(chunk);
      return guard(() => decoder.decode(chunk, { stream: true }));
    },
    end: () => {
      plausible.check();
      return guard(() => decoder.decode());
    },
  };
}

/**
 * GB18030 allows nearly any bytes, so Latin-1 or UTF-8 text would pass as rare characters. Real text stands nearly
 * wholly in the zone of GB 2312 (both bytes from A1); a file that does not is refused.
 */
class Plausible {
  #common = 0;
  #rare = 0;
  #lead = 0;
  #utf8 = true;
  #decoder = new TextDecoder('utf-8', { fatal: true });
  constructor(readonly encoding: Encoding) {}

  see(chunk: Buffer): void {
    if (this.encoding !== 'gb18030') return;
    this.#asUtf8(chunk);
    let lead = this.#lead;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] ?? 0;
      if (lead !== 0) {
        if (lead >= 0xa1 && byte >= 0xa1) this.#common++;
        else if (byte >= 0x40) this.#rare++; // a second byte 30–39 opens a four-byte form, which counts for neither
        lead = 0;
      } else if (byte >= 0x81) lead = byte;
    }
    this.#lead = lead;
  }

  check(): void {
    if (this.encoding !== 'gb18030') return;
    const seen = this.#common + this.#rare;
    if (seen >= 4 && (this.#utf8 || this.#common < seen * 0.8)) throw refuseImport('wrong_encoding', { encoding: this.encoding });
  }

  #asUtf8(chunk: Buffer): void {
    if (!this.#utf8) return;
    try {
      this.#decoder.decode(chunk, { stream: true });
    } catch {
      this.#utf8 = false;
    }
  }
}

function utf16(bigEndian: boolean): Decoder {
  let left = Buffer.alloc(0);
  return {
    write(chunk) {
      const all = left.length === 0 ? chunk : Buffer.concat([left, chunk]);
      const even = all.length & ~1;
      left = Buffer.from(all.subarray(even));
      const whole = all.subarray(0, even);
      return (bigEndian ? Buffer.from(whole).swap16() : whole).toString('utf16le');
    },
    end() {
      if (left.length > 0) throw refuseImport('wrong_encoding', { encoding: bigEndian ? 'utf-16be' : 'utf-16le' });
      return '';
    },
  };
}
