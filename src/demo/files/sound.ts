import { wavHead } from '../../extract/index.js';
import { Chance } from '../random.js';

const RATE = 8000;

/** A telephone call as one hears it through a wall: two voices in turn, syllables without words. 16-bit PCM, 8 kHz, mono. */
export function recordingWav(salt: number): Buffer {
  const chance = new Chance(`sound ${salt}`);
  const samples: number[] = [];
  const turns = chance.int(4, 8);
  for (let turn = 0; turn < turns; turn++) {
    const pitch = turn % 2 === 0 ? 205 : 118;
    for (let syllable = chance.int(4, 9); syllable > 0; syllable--) voice(samples, chance, pitch * (0.9 + chance.next() * 0.25));
    silence(samples, 0.25 + chance.next() * 0.4);
  }
  const data = Buffer.alloc(samples.length * 2);
  for (const [i, sample] of samples.entries()) data.writeInt16LE(Math.round(sample * 9000), i * 2);
  return Buffer.concat([wavHead(RATE, data.length), data]);
}

/** One syllable: a buzz through two resonances, swelling and fading. */
function voice(samples: number[], chance: Chance, pitch: number): void {
  const length = Math.floor(RATE * (0.09 + chance.next() * 0.12));
  const [first, second] = chance.pick([
    [730, 1090],
    [270, 2290],
    [300, 870],
    [530, 1840],
    [570, 840],
  ] as const);
  for (let i = 0; i < length; i++) {
    const time = i / RATE;
    const swell = Math.sin((Math.PI * i) / length) ** 0.7;
    const beat = (time * pitch) % 1;
    const decay = Math.exp(-beat * 5);
    samples.push(swell * decay * (0.7 * Math.sin((2 * Math.PI * first * beat) / pitch) + 0.4 * Math.sin((2 * Math.PI * second * beat) / pitch)));
  }
  silence(samples, 0.02 + chance.next() * 0.03);
}

function silence(samples: number[], seconds: number): void {
  for (let i = Math.floor(seconds * RATE); i > 0; i--) samples.push(0);
}
