import { createHmac } from 'node:crypto';

const RANGE = 1n << 64n;

/**
 * Draws `size` of `frame` positions (pure), so that anybody with the entry that announced the sample can draw it again:
 *
 * - The frame is the list of entries of persons below the head that was announced, with the act, decision and time of the
 *   sample, in the order of the log, counted from 0. Its digest is SHA-256 over one line for each,
 *   `<log>/<sequence> <leaf hash in hexadecimal>` and a line feed.
 * - For k = 0, 1, 2, … take HMAC-SHA-256 with the 32 bytes of the seed as key over the text `lantai/sample/v1`, line feed, the
 *   digest as it stands in the log (`sha256:…`), line feed, k in decimal. Its first eight bytes are a number u, the first byte
 *   the highest.
 * - Where u is not below ⌊2⁶⁴ / frame⌋ · frame it is thrown away, so that every position is as likely as every other; else the
 *   position is u modulo frame. One that was drawn before is thrown away too.
 * - It ends with `size` positions, or with all of them. They are given in ascending order.
 *
 * This is simple random sampling without replacement; a larger sample of the same seed and frame holds the smaller one.
 */
export function draw(seed: string, digest: string, frame: number, size: number): number[] {
  const key = Buffer.from(seed, 'hex');
  if (key.length !== 32 || !Number.isSafeInteger(frame) || frame < 0 || !Number.isSafeInteger(size) || size < 0)
    throw new RangeError('a seed of 32 bytes, a frame and a size');
  const all = Math.min(size, frame);
  const limit = frame === 0 ? 0n : RANGE - (RANGE % BigInt(frame));
  const drawn = new Set<number>();
  for (let k = 0; drawn.size < all; k++) {
    const u = createHmac('sha256', key).update(`lantai/sample/v1\n${digest}\n${k}`).digest().readBigUInt64BE(0);
    if (u < limit) drawn.add(Number(u % BigInt(frame)));
  }
  return [...drawn].sort((a, b) => a - b);
}
