import { buffer } from 'node:stream/consumers';
import test from 'ava';
import fc from 'fast-check';
import { isDecoded, playable, type PlayableSound, SOUND_LIMITS } from '../../src/extract/index.js';
import { amrSound, WAV_HEAD } from '../../src/extract/sound/amr.js';
import { TONE } from '../support/tone.js';

const FRAME = 160;
const narrow = (...frames: Buffer[]): Buffer => Buffer.concat([Buffer.from('#!AMR\n', 'latin1'), ...frames]);
const wide = (...frames: Buffer[]): Buffer => Buffer.concat([Buffer.from('#!AMR-WB\n', 'latin1'), ...frames]);
/** A frame without sound: its head alone. */
const EMPTY = Buffer.from([15 << 3]);

function sound(bytes: Buffer): PlayableSound {
  const made = playable(bytes);
  if (!made) throw new Error('not playable');
  return made;
}
const whole = async (bytes: Buffer): Promise<Buffer> => {
  const made = sound(bytes);
  return buffer(made.body({ start: 0, end: made.size }));
};
const samplesOf = (wav: Buffer): number[] => Array.from({ length: (wav.length - WAV_HEAD) / 2 }, (_, i) => wav.readInt16LE(WAV_HEAD + 2 * i));

test('R44: an AMR recording becomes the WAV of what was said in it', async (t) => {
  const wav = await whole(TONE);
  t.deepEqual(
    [wav.toString('latin1', 0, 4), wav.readUInt32LE(4), wav.toString('latin1', 8, 16), wav.readUInt32LE(24), wav.readUInt16LE(34), wav.readUInt32LE(40)],
    ['RIFF', wav.length - 8, 'WAVEfmt ', 8_000, 16, 99 * FRAME * 2],
  );
  const samples = samplesOf(wav);
  t.is(samples.length, 99 * FRAME);
  const tone = samples.slice(800, 7_200); // past the attack, before the end
  const crossings = tone.filter((one, i) => i > 0 && one >= 0 && (tone[i - 1] ?? 0) < 0).length;
  t.true(Math.abs(crossings / 0.8 - 440) < 4, `${crossings / 0.8} Hz`);
  const loudness = (part: number[]): number => Math.sqrt(part.reduce((sum, one) => sum + one * one, 0) / part.length);
  t.true(Math.abs(loudness(tone) - 16_384 / Math.SQRT2) < 2_000, `${loudness(tone)}`);
  t.true(loudness(samples.slice(9_000)) < 50, 'and then silence');
});

test('R44: any range of the WAV is that part of the whole', async (t) => {
  // longer than what is decoded in one go
  const long = Buffer.concat([TONE, ...Array.from({ length: 12 }, () => TONE.subarray(6))]);
  const made = sound(long);
  const wav = await whole(long);
  t.is(wav.length, made.size);
  await fc.assert(
    fc.asyncProperty(fc.nat(made.size - 1), fc.nat(made.size - 1), async (one, other) => {
      const [start, end] = [Math.min(one, other), Math.max(one, other) + 1];
      t.true((await buffer(made.body({ start, end }))).equals(wav.subarray(start, end)), `${start}–${end}`);
    }),
    { numRuns: 12 },
  );
});

test('what is damaged is cut where it breaks off, and what is none is none', async (t) => {
  for (const [bytes, frames] of [
    [TONE.subarray(0, TONE.length - 5), 98],
    [Buffer.concat([TONE, Buffer.from([12 << 3, 1, 2, 3])]), 99],
    [Buffer.concat([TONE.subarray(0, 6 + 32), EMPTY, EMPTY, TONE.subarray(6 + 32)]), 101],
  ] as const) {
    t.is(amrSound(bytes, SOUND_LIMITS.hours)?.frames, frames);
    t.is((await whole(bytes)).length, WAV_HEAD + frames * FRAME * 2);
  }
  for (const none of [
    Buffer.alloc(0),
    Buffer.from('#!AMR'),
    Buffer.from('#!AMR_MC1.0\n\0\0\0\x01'),
    Buffer.from('RIFF____WAVE'),
    narrow(),
    wide(),
    narrow(Buffer.from([12 << 3])),
  ])
    t.is(playable(none), undefined, none.toString('latin1'));
  // whatever stands in frames, their count alone says how long it is
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(8), fc.uint8Array({ minLength: 60, maxLength: 60 })), { minLength: 1, maxLength: 20 }), async (frames) => {
      const sizes = [17, 23, 32, 36, 40, 46, 50, 58, 60];
      const bytes = wide(...frames.map(([type, data]) => Buffer.concat([Buffer.from([type << 3]), data.subarray(0, sizes[type])])));
      t.is((await whole(bytes)).length, WAV_HEAD + frames.length * 320 * 2);
    }),
    { numRuns: 8 },
  );
});

test('limits: six hours, two at a time; a listener that goes away leaves no thread behind', async (t) => {
  const most = SOUND_LIMITS.hours * 3_600 * 50;
  t.truthy(playable(narrow(Buffer.alloc(most, 15 << 3))));
  t.is(playable(narrow(Buffer.alloc(most + 1, 15 << 3))), undefined);
  t.deepEqual(['audio/amr', 'audio/amr-wb', 'audio/wav', 'audio/mpeg'].map(isDecoded), [true, true, false, false]);
  const long = Buffer.concat([TONE, ...Array.from({ length: 200 }, () => TONE.subarray(6))]);
  const made = sound(long);
  const left = Array.from({ length: 5 }, () => made.body({ start: 0, end: made.size }));
  for (const body of left) {
    body.once('data', () => body.destroy());
    await new Promise((closed) => body.once('close', closed));
  }
  t.is((await whole(TONE)).length, WAV_HEAD + 99 * FRAME * 2, 'the turns are free again');
});
