import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, createSecretKey, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { inflateSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { openBuffer, openRange, plainSize, seal, sealBuffer, sealedSize } from '../../src/crypto/index.js';
import { HEADER, openHeader } from '../../src/crypto/cobblestone.js';
import { Opening } from '../../src/crypto/open.js';
import { ThreadedOpening } from '../../src/crypto/opening-thread.js';
import { isCoded } from '../../src/errors/index.js';

interface Vector {
  tcId: number;
  comment: string;
  key: string;
  ctx: string;
  ct: string;
  result: 'valid' | 'invalid';
  msgLength?: number;
  msgSha512?: string;
}

const key = createSecretKey(randomBytes(32));
const context = Buffer.from('context');
const sha512 = (bytes: Buffer): string => createHash('sha512').update(bytes).digest('hex');
const readFrom = (sealed: Buffer) => (start: number, end: number) => Promise.resolve(Readable.from([sealed.subarray(start, end)], { objectMode: false }));
const openAll = async (sealed: Buffer, range: { start: number; end: number } | null = null) =>
  buffer(await openRange({ key, context, sealedSize: sealed.length, range, read: readFrom(sealed) }));

/** Opens as a stream; what came before an error, and the error. */
async function streamed(vector: Vector, sealed: Buffer, Way: typeof Opening | typeof ThreadedOpening = Opening): Promise<{ plain: Buffer; error: unknown }> {
  const pieces: Buffer[] = [];
  try {
    const secret = createSecretKey(Buffer.from(vector.key, 'hex'));
    const made = openHeader(secret, Buffer.from(vector.ctx, 'hex'), sealed.subarray(0, HEADER));
    const opening = new Way({
      key: createSecretKey(made.key),
      base: made.nonce,
      first: 0,
      sealed: sealed.length - HEADER,
      skip: 0,
      take: vector.msgLength ?? Math.max(0, sealed.length - HEADER - 16),
      toEnd: true,
    });
    await pipeline(Readable.from([Buffer.from(sealed.subarray(HEADER))], { objectMode: false }), opening, async (source: AsyncIterable<Buffer>) => {
      for await (const piece of source) pieces.push(piece);
    });
  } catch (error) {
    return { plain: Buffer.concat(pieces), error };
  }
  return { plain: Buffer.concat(pieces), error: undefined };
}

const shared = process.env['LANTAI_SHARED'] ?? join(process.cwd(), '..', 'shared');
const publicFile = join(shared, 'vectors', 'cobblestone-256.json');

test('R19: the public vectors of Cobblestone-256 pass', async (t) => {
  if (!existsSync(publicFile)) {
    t.log('skipped: the public vectors are not beside the project; set LANTAI_SHARED to the folder that holds vectors/cobblestone-256.json');
    return void t.pass();
  }
  const file = JSON.parse(readFileSync(publicFile, 'utf8')) as { numberOfTests: number; testGroups: { tests: Vector[] }[] };
  const vectors = file.testGroups.flatMap((group) => group.tests);
  t.is(vectors.length, file.numberOfTests);
  for (const vector of vectors) {
    const sealed = inflateSync(Buffer.from(vector.ct, 'hex'));
    const whole = () => openBuffer({ key: createSecretKey(Buffer.from(vector.key, 'hex')), context: Buffer.from(vector.ctx, 'hex') }, sealed);
    if (vector.result === 'valid') {
      t.is(sha512(whole()), vector.msgSha512 ?? '', vector.comment);
      for (const way of [Opening, ThreadedOpening]) {
        const stream = await streamed(vector, sealed, way);
        t.is(stream.error, undefined);
        t.is(sha512(stream.plain), vector.msgSha512 ?? '');
      }
    } else {
      t.throws(whole, undefined, vector.comment);
      for (const way of [Opening, ThreadedOpening]) {
        const { plain, error } = await streamed(vector, sealed, way);
        t.truthy(error, vector.comment);
        // a stream may give the longest sound beginning, never a byte that is not sound
        t.true(plain.length <= (vector.msgLength ?? 0), vector.comment);
      }
    }
  }
});

test('vectors of our own making seal to the same bytes', (t) => {
  const vectors = JSON.parse(readFileSync(join(process.cwd(), 'test', 'vectors', 'sealed.json'), 'utf8')) as {
    key: string;
    salt: string;
    context: string;
    plainLength: number;
    sealedSha256: string;
  }[];
  t.true(vectors.length >= 5);
  for (const one of vectors) {
    const plain = Buffer.alloc(one.plainLength, 'lantai 兰台 ');
    const options = { key: createSecretKey(Buffer.from(one.key, 'hex')), context: Buffer.from(one.context, 'hex'), salt: Buffer.from(one.salt, 'hex') };
    const sealed = sealBuffer(options, plain);
    t.is(createHash('sha256').update(sealed).digest('hex'), one.sealedSha256, String(one.plainLength));
    t.true(openBuffer(options, sealed).equals(plain));
  }
});

test('sizes map to each other, and impossible ones are refused', (t) => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 45 }), (n) => plainSize(sealedSize(n)) === n));
  t.is(sealedSize(0), 72);
  for (const size of [0, 55, 56, 71, 56 + 16_400, 56 + 16_400 + 15, -1, 72.5]) t.throws(() => plainSize(size), { message: 'content_damaged' });
});

test('a stream seals as the one-shot does, however it is cut into pieces, with its digest in the same pass', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(0, 1, 16_383, 16_384, 16_385, 524_288, 524_289, 1_100_000), fc.integer({ min: 1, max: 300_000 }), async (size, piece) => {
      const plain = randomBytes(size);
      const salt = randomBytes(24);
      const pieces = Array.from({ length: Math.ceil(size / piece) }, (_, i) => plain.subarray(i * piece, (i + 1) * piece));
      const sealing = seal({ key, context, salt });
      const sealed = await buffer(Readable.from(pieces, { objectMode: false }).pipe(sealing));
      const { result } = sealing;
      return (
        sealed.equals(sealBuffer({ key, context, salt }, plain)) &&
        result.plainSize === size &&
        result.sealedSize === sealed.length &&
        result.digest.equals(createHash('sha256').update(sealed).digest())
      );
    }),
    { numRuns: 40 },
  );
  t.pass();
});

test('any range of an object gives exactly those bytes', async (t) => {
  for (const size of [0, 5, 16_384, 700_000, 16_384 * 64, 1_500_001]) {
    const plain = randomBytes(size);
    const sealed = sealBuffer({ key, context }, plain);
    t.true((await openAll(sealed)).equals(plain));
    await fc.assert(
      fc.asyncProperty(fc.nat(size), fc.nat(size), async (a, b) => {
        const [start, end] = a < b ? [a, b] : [b, a];
        return (await openAll(sealed, { start, end })).equals(plain.subarray(start, end));
      }),
      { numRuns: 30 },
    );
    await t.throwsAsync(openAll(sealed, { start: 0, end: size + 1 }), { message: /outside/ });
  }
});

test('R20: one changed byte anywhere is noticed, and nothing past it is given out', async (t) => {
  const plain = randomBytes(1_200_000);
  const sealed = sealBuffer({ key, context }, plain);
  for (const at of [0, 30, 56, 20_000, 600_000, sealed.length - 20, sealed.length - 1]) {
    const bad = Buffer.from(sealed);
    bad[at] = (bad[at] ?? 0) ^ 1;
    const pieces: Buffer[] = [];
    const error = await t.throwsAsync(async () => {
      for await (const piece of await openRange({ key, context, sealedSize: bad.length, range: null, read: readFrom(bad) })) pieces.push(piece as Buffer);
    });
    t.true(isCoded(error, 'content_damaged'));
    const given = Buffer.concat(pieces);
    t.true(given.equals(plain.subarray(0, given.length)));
  }
});

test('R20: a cut or lengthened object is refused before the first byte, also for a range far from its end', async (t) => {
  const sealed = sealBuffer({ key, context }, randomBytes(1_200_000));
  for (const bad of [sealed.subarray(0, -1), sealed.subarray(0, 56 + 16_400 * 40), Buffer.concat([sealed, Buffer.of(0)]), Buffer.alloc(0)]) {
    const open = openRange({ key, context, sealedSize: sealed.length, range: { start: 0, end: 10 }, read: readFrom(bad) });
    t.true(isCoded(await t.throwsAsync(open), 'content_damaged'));
  }
});

test('another key or another context opens nothing', async (t) => {
  const sealed = sealBuffer({ key, context }, Buffer.from('text'));
  const options = { sealedSize: sealed.length, range: null, read: readFrom(sealed) };
  t.true(isCoded(await t.throwsAsync(openRange({ ...options, key, context: Buffer.from('other') })), 'content_damaged'));
  t.true(isCoded(await t.throwsAsync(openRange({ ...options, key: createSecretKey(randomBytes(32)), context })), 'content_damaged'));
});

test('a reader that gives up closes the source', async (t) => {
  const sealed = sealBuffer({ key, context }, randomBytes(3_000_000));
  const sources: Readable[] = [];
  const read = async (start: number, end: number) => {
    const stream = Readable.from(
      (function* () {
        for (let at = start; at < Math.min(end, sealed.length); at += 65_536) yield sealed.subarray(at, Math.min(at + 65_536, end));
      })(),
      { objectMode: false },
    );
    sources.push(stream);
    return stream;
  };
  const opened = await openRange({ key, context, sealedSize: sealed.length, range: null, read });
  for await (const _ of opened) break;
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.true(sources.every((one) => one.destroyed));
});

const python = spawnSync('python3', ['-c', 'import cryptography']).status === 0;

test('an independent program opens an object', (t) => {
  if (!python) {
    t.log('skipped: needs python3 with the package cryptography (Debian: apt-get install python3-cryptography)');
    return void t.pass();
  }
  const plain = randomBytes(100_000);
  const secret = randomBytes(32);
  const sealed = sealBuffer({ key: createSecretKey(secret), context }, plain);
  const script = join(process.cwd(), 'test', 'vectors', 'open.py');
  const out = execFileSync('python3', [script, secret.toString('hex'), context.toString('hex')], { input: sealed, maxBuffer: 1e7 });
  t.true(out.equals(plain));
});
