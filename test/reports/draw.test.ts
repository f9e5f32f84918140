import { createHmac } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { draw, estimate, wilson } from '../../src/reports/index.js';

const seed = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => `sha256:${Buffer.from(bytes).toString('hex')}`);

/** The algorithm once more, from its description alone and in another way: an outsider's. */
function outsiders(key: string, frameDigest: string, frame: number, size: number): number[] {
  const found: number[] = [];
  const most = (1n << 64n) / BigInt(frame);
  for (let k = 0; found.length < Math.min(size, frame); k++) {
    const mac = createHmac('sha256', Buffer.from(key, 'hex'))
      .update(['lantai/sample/v1', frameDigest, String(k)].join('\n'))
      .digest('hex');
    const u = BigInt(`0x${mac.slice(0, 16)}`);
    if (u >= most * BigInt(frame)) continue;
    const position = Number(u % BigInt(frame));
    if (!found.includes(position)) found.push(position);
  }
  return found.toSorted((a, b) => a - b);
}

test('R44: the same seed and frame give the same sample, to an outsider too; it is ascending, distinct, within the frame and as large as asked', (t) => {
  fc.assert(
    fc.property(seed, digest, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 250 }), (key, frame, count, size) => {
      const drawn = draw(key, frame, count, size);
      t.deepEqual(drawn, draw(key, frame, count, size));
      t.deepEqual(drawn, outsiders(key, frame, count, size));
      t.is(drawn.length, Math.min(size, count));
      t.is(new Set(drawn).size, drawn.length);
      t.true(drawn.every((one, i) => one >= 0 && one < count && (i === 0 || one > (drawn[i - 1] ?? -1))));
    }),
    { numRuns: 80 },
  );
});

test('R44: a larger sample holds the smaller one; another digest or seed draws another', (t) => {
  fc.assert(
    fc.property(seed, digest, fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 100 }), (key, frame, count, size) => {
      const larger = new Set(draw(key, frame, count, size + 7));
      t.true(draw(key, frame, count, size).every((one) => larger.has(one)));
    }),
    { numRuns: 80 },
  );
  const [zero, one] = ['00'.repeat(32), `${'00'.repeat(31)}01`];
  t.notDeepEqual(draw(zero, 'sha256:a', 100_000, 20), draw(one, 'sha256:a', 100_000, 20));
  t.notDeepEqual(draw(zero, 'sha256:a', 100_000, 20), draw(zero, 'sha256:b', 100_000, 20));
  t.deepEqual(draw(zero, 'sha256:a', 0, 5), []);
  t.throws(() => draw('00', 'sha256:a', 10, 5), { instanceOf: RangeError });
});

test('R44: every position is as likely as every other', (t) => {
  const [frame, size, rounds] = [23, 5, 4000];
  const hits = Array.from({ length: frame }, () => 0);
  for (let round = 0; round < rounds; round++) {
    for (const one of draw(round.toString(16).padStart(64, '0'), 'sha256:x', frame, size)) hits[one] = (hits[one] ?? 0) + 1;
  }
  const expected = (rounds * size) / frame;
  const chi = hits.reduce((sum, hit) => sum + (hit - expected) ** 2 / (expected * (1 - size / frame)), 0) * ((frame - 1) / frame);
  // 22 degrees of freedom: above 48.3 once in a thousand; seeds are fixed, so that it never depends on luck
  t.true(chi < 48.3, String(chi));
});

test("R44: Wilson's interval is the known one, lies around the share, and shrinks with the sample; a whole frame has none", (t) => {
  // worked by hand from the formula: 5 of 50 at 95 %
  const { share, low, high } = wilson(5, 50, 0.95);
  t.is(share, 0.1);
  t.true(Math.abs(low - 0.04347576) < 1e-6, String(low));
  t.true(Math.abs(high - 0.21360231) < 1e-6, String(high));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.double({ min: 0, max: 1, noNaN: true }), (of, part) => {
      const hits = Math.round(part * of);
      const [narrow, usual, wide] = ([0.9, 0.95, 0.99] as const).map((confidence) => wilson(hits, of, confidence));
      if (!narrow || !usual || !wide) return false;
      const double = wilson(hits * 2, of * 2, 0.95);
      return (
        0 <= wide.low &&
        wide.low <= usual.low &&
        usual.low <= narrow.low &&
        usual.low <= usual.share &&
        usual.share <= usual.high &&
        narrow.high <= usual.high &&
        usual.high <= wide.high &&
        wide.high <= 1 &&
        double.high - double.low < usual.high - usual.low
      );
    }),
  );
  t.deepEqual(estimate(3, 12, 12, 0.95), { method: 'all', share: 0.25, low: 0.25, high: 0.25 });
  t.is(estimate(3, 12, 13, 0.95).method, 'wilson');
});
