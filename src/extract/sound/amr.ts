/** A sound in AMR as it lies in a file: RFC 4867, section 5 (one channel). */
export interface AmrSound {
  /** Samples a second, 8,000 (narrow band) or 16,000 (wide band). */
  rate: number;
  frames: number;
  /** Bytes of a WAV file of the same sound. */
  wavSize: number;
}

/** A frame lasts 20 ms. */
const FRAMES_A_SECOND = 50;
export const WAV_HEAD = 44;
/** Bytes of a sample in WAV. */
export const SAMPLE = 2;

/** Bytes of a frame after its own head, by its type (3GPP TS 26.101 and 26.201); other types are reserved. */
const NARROW: Readonly<Record<number, number>> = { 0: 12, 1: 13, 2: 15, 3: 17, 4: 19, 5: 20, 6: 26, 7: 31, 8: 5, 15: 0 };
const WIDE: Readonly<Record<number, number>> = { 0: 17, 1: 23, 2: 32, 3: 36, 4: 40, 5: 46, 6: 50, 7: 58, 8: 60, 9: 5, 14: 0, 15: 0 };

const KINDS = [
  { magic: Buffer.from('#!AMR\n', 'latin1'), rate: 8_000, sizes: NARROW },
  { magic: Buffer.from('#!AMR-WB\n', 'latin1'), rate: 16_000, sizes: WIDE },
];

/** Samples of one frame. */
export const frameSamples = (rate: number): number => rate / FRAMES_A_SECOND;

const kindOf = (bytes: Buffer) => KINDS.find(({ magic }) => bytes.subarray(0, magic.length).equals(magic));

/** Where each frame of an AMR file ends; what follows the last whole one is none. */
export function* frameEnds(bytes: Buffer): Generator<number> {
  const kind = kindOf(bytes);
  if (!kind) return;
  let at = kind.magic.length;
  while (at < bytes.length) {
    const size = kind.sizes[((bytes[at] ?? 0) >> 3) & 0x0f];
    if (size === undefined || at + 1 + size > bytes.length) return;
    yield (at += 1 + size);
  }
}

/** What an AMR file holds; `undefined` where it is none, or lasts longer than `hours`. A broken end is left out. Pure. */
export function amrSound(bytes: Buffer, hours: number): AmrSound | undefined {
  const kind = kindOf(bytes);
  if (!kind) return undefined;
  const most = hours * 3_600 * FRAMES_A_SECOND;
  let frames = 0;
  // no further than that: a frame may be one byte long
  for (const _ of frameEnds(bytes)) if (++frames > most) return undefined;
  return { rate: kind.rate, frames, wavSize: WAV_HEAD + frames * frameSamples(kind.rate) * SAMPLE };
}

/** Head of a WAV file of one channel with samples of 16 bits (RIFF, `WAVE_FORMAT_PCM`), of which `length` bytes follow. */
export function wavHead(rate: number, length: number): Buffer {
  const head = Buffer.alloc(WAV_HEAD);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(WAV_HEAD - 8 + length, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * SAMPLE, 28);
  head.writeUInt16LE(SAMPLE, 32);
  head.writeUInt16LE(8 * SAMPLE, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(length, 40);
  return head;
}
