import { createSecretKey, randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import test from 'ava';
import fc from 'fast-check';
import { openRange, sealBuffer } from '../../src/crypto/index.js';
import { ThreadedOpening } from '../../src/crypto/opening-thread.js';
import { isCoded } from '../../src/errors/index.js';

/** Objects that are opened on a thread of their own: from 8 MiB of sealed bytes on. */
const SIZE = 20_000_003;
const key = createSecretKey(randomBytes(32));
const context = Buffer.from('context');
const plain = randomBytes(SIZE);
const sealed = sealBuffer({ key, context }, plain);

const pieces = (bytes: Buffer, size: number) => (start: number, end: number) =>
  Promise.resolve(
    Readable.from(
      (function* () {
        for (let at = start; at < Math.min(end, bytes.length); at += size) yield Buffer.from(bytes.subarray(at, Math.min(at + size, end)));
      })(),
      { objectMode: false },
    ),
  );

const open = (bytes: Buffer, range: { start: number; end: number } | null, size = 1_048_576) =>
  openRange({ key, context, sealedSize: sealed.length, range, read: pieces(bytes, size) });

/** What came, and what it ended with. */
async function drained(stream: Readable): Promise<{ given: Buffer; error: unknown }> {
  const all: Buffer[] = [];
  try {
    for await (const piece of stream) all.push(piece as Buffer);
    return { given: Buffer.concat(all), error: undefined };
  } catch (error) {
    return { given: Buffer.concat(all), error };
  }
}

test('R19: a long object and any long range of it come whole, in whatever pieces its bytes come, several at once', async (t) => {
  const whole = await Promise.all([1_048_576, 65_536, 777_777].map(async (size) => drained(await open(sealed, null, size))));
  t.true(whole.every(({ given, error }) => error === undefined && given.equals(plain)));
  await fc.assert(
    fc.asyncProperty(fc.nat(SIZE - 9_000_000), fc.nat(SIZE), fc.integer({ min: 20_000, max: 3_000_000 }), async (start, length, size) => {
      const end = Math.min(SIZE, start + 9_000_000 + (length % 2_000_000));
      const { given, error } = await drained(await open(sealed, { start, end }, size));
      return error === undefined && given.equals(plain.subarray(start, end));
    }),
    { numRuns: 8 },
  );
});

test('R20: damage in a long object ends the stream as damaged, at its chunk, and nothing past it is given', async (t) => {
  for (const at of [60, 5_000_000, 12_345_678]) {
    const bad = Buffer.from(sealed);
    bad[at] = (bad[at] ?? 0) ^ 1;
    const { given, error } = await drained(await open(bad, null));
    t.true(isCoded(error, 'content_damaged'), String(error));
    t.true(given.length <= at && given.equals(plain.subarray(0, given.length)));
  }
  const cut = (start: number, end: number) =>
    pieces(end >= sealed.length - 20_000 && end - start > 8_388_608 ? sealed.subarray(0, 9_000_000) : sealed, 1_048_576)(start, end);
  const short = await drained(await openRange({ key, context, sealedSize: sealed.length, range: null, read: cut }));
  t.true(isCoded(short.error, 'content_damaged'), 'a source that ends early');
});

test('R20: what is to be told instead of an error is told, also when the source fails', async (t) => {
  const told = new Error('told instead');
  const failing = (start: number, end: number) =>
    end - start < 1_000_000
      ? pieces(sealed, 1_048_576)(start, end)
      : Promise.resolve(
          Readable.from(
            (function* () {
              yield Buffer.from(sealed.subarray(start, start + 2_000_000));
              throw new Error('the store went away');
            })(),
            { objectMode: false },
          ),
        );
  const { error } = await drained(
    await openRange({ key, context, sealedSize: sealed.length, range: null, read: failing, failed: () => Promise.resolve(told) }),
  );
  t.is(error, told);
});

test('a reader that gives up in the middle of a long object closes its source, and others go on', async (t) => {
  const sources: Readable[] = [];
  const read = async (start: number, end: number) => {
    const stream = await pieces(sealed, 1_048_576)(start, end);
    sources.push(stream);
    return stream;
  };
  const other = open(sealed, null).then(drained);
  const opened = await openRange({ key, context, sealedSize: sealed.length, range: null, read });
  for await (const _ of opened) break;
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.true(sources.every((one) => one.destroyed));
  t.true((await other).given.equals(plain));
});

test('a reader that is slow holds the source back: no more than a few pieces wait', async (t) => {
  let read = 0;
  const counted = async (start: number, end: number) => {
    const stream = await pieces(sealed, 1_048_576)(start, end);
    stream.on('data', (piece: Buffer) => (read += piece.length));
    stream.pause();
    return stream;
  };
  const opened = await openRange({ key, context, sealedSize: sealed.length, range: null, read: counted });
  await new Promise((resolve) => opened.once('readable', resolve));
  await new Promise((resolve) => setTimeout(resolve, 200));
  t.true(read < 9_000_000, `${read} bytes were read ahead`);
  t.true((await drained(opened)).given.equals(plain));
});

test.serial('a thread that dies ends what it was opening with an error that is no damage, and the next object gets another', async (t) => {
  const threads: Worker[] = [];
  const noted = (one: Worker): void => void threads.push(one);
  process.on('worker', noted);
  t.teardown(() => process.off('worker', noted));
  // serial tests go first: there is no thread yet
  const first = await open(sealed, null);
  await once(first, 'readable');
  t.is(threads.length, 1);
  await threads[0]?.terminate();
  const { error } = await drained(first);
  t.true(isCoded(error, 'internal'), String(error));
  const second = await open(sealed, null);
  t.true((await drained(second)).given.equals(plain));
});

test('R20: what goes wrong while opening without a word of the object is no damage', async (t) => {
  const part = { key: createSecretKey(randomBytes(16)), base: randomBytes(12), first: 0, sealed: 9_000_000, skip: 0, take: 1, toEnd: false };
  const { error } = await drained(Readable.from([randomBytes(100_000)], { objectMode: false }).pipe(new ThreadedOpening(part)));
  t.true(isCoded(error, 'internal'), String(error));
});

test('R19: an object whose long part the store refuses leaves no opening behind: the process can end', async (t) => {
  const program = fileURLToPath(new URL('refused-process.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 20_000 });
  t.is(stdout, 'refused\n');
});
