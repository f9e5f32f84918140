import { createCipheriv, createHash, createSecretKey, randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { seal } from '../../src/crypto/index.js';
import { type Figure, GiB, median, seconds, speed } from './bench.js';

const CHUNK = 16_384;
const ROUNDS = 5;

function gcm(bytes: number): void {
  const key = createSecretKey(randomBytes(32));
  const chunk = randomBytes(CHUNK);
  for (let i = 0; i < bytes / CHUNK; i++) {
    const cipher = createCipheriv('aes-256-gcm', key, Buffer.alloc(12, i));
    cipher.update(chunk);
    cipher.final();
    cipher.getAuthTag();
  }
}

function sha256(bytes: number): void {
  const hash = createHash('sha256');
  const chunk = randomBytes(CHUNK);
  for (let i = 0; i < bytes / CHUNK; i++) hash.update(chunk);
  hash.digest();
}

async function sealing(bytes: number): Promise<void> {
  const piece = randomBytes(65_536);
  let left = bytes / piece.length;
  const source = new Readable({
    highWaterMark: 16 * piece.length,
    read() {
      this.push(left-- > 0 ? piece : null);
    },
  });
  const nowhere = new Writable({ highWaterMark: 1_048_576, write: (_piece, _encoding, done) => done() });
  await pipeline(source, seal({ key: createSecretKey(randomBytes(32)), context: Buffer.alloc(81) }), nowhere);
}

/** Sealing with its fixity digest against the best that the two primitives allow one after the other. */
export async function benchSealing(): Promise<Figure[]> {
  const ratios: number[] = [];
  const times: [number, number, number][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const raw = await seconds(() => gcm(GiB));
    const digest = await seconds(() => sha256(GiB));
    const sealed = await seconds(() => sealing(GiB));
    times.push([raw, digest, sealed]);
    ratios.push((raw + digest) / sealed);
  }
  const value = median(ratios);
  const mid = (i: 0 | 1 | 2): string => speed(GiB, median(times.map((one) => one[i])));
  return [
    {
      what: 'sealing with fixity digest, 1 GiB',
      value,
      unit: 'of 1/(1/GCM + 1/SHA-256)',
      reach: '≥ 0.75',
      reached: value >= 0.75,
      detail: `GCM ${mid(0)}, SHA-256 ${mid(1)}, sealing ${mid(2)}`,
    },
  ];
}
