import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ExecutionContext, TestFn } from 'ava';
import { isCoded, type ErrorCode } from '../../src/errors/index.js';
import { objectKey, type ObjectEntry, type ObjectStore } from '../../src/storage/index.js';

const DAY = 86_400_000;

/** A key of its own for every object, as the product makes them. */
export function newKey(record: string = randomUUID(), archive: string = randomUUID()): string {
  return objectKey({ archive, fonds: 'Z001', record, version: randomUUID(), object: randomUUID() });
}

async function refused(t: ExecutionContext, code: ErrorCode, work: Promise<unknown>): Promise<void> {
  const error = await t.throwsAsync(work, { any: true });
  t.true(isCoded(error, code), `${code} wanted, got ${String(error)}`);
}

async function all(list: AsyncIterable<ObjectEntry>): Promise<ObjectEntry[]> {
  const found: ObjectEntry[] = [];
  for await (const one of list) found.push(one);
  return found;
}

/** Pieces of varying length, as a network gives them; never the whole at once. */
function inPieces(bytes: Buffer, piece = 70_001): Readable {
  return Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
    })(),
    { objectMode: false },
  );
}

/** What every object store must do. `open` gives a prepared store. */
export function storeSuite(test: TestFn, open: () => Promise<ObjectStore>): void {
  test('what was put comes back, bit for bit, for every kind of size', async (t) => {
    const store = await open();
    for (const size of [0, 1, 72, 16_384, 70_001, 1_048_577, 9 * 1_048_576, 20_000_003]) {
      const bytes = randomBytes(size);
      const known = await store.put(newKey(), inPieces(bytes), size);
      t.is(known.size, size);
      t.true((await buffer(await store.get(known))).equals(bytes), `${size} told`);
      const unknown = await store.put(newKey(), inPieces(bytes), null);
      t.is(unknown.size, size);
      t.true((await buffer(await store.get(unknown))).equals(bytes), `${size} not told`);
      const whole = await store.put(newKey(), bytes, size);
      t.true((await buffer(await store.get(whole))).equals(bytes), `${size} in one piece`);
      t.is((await store.stat(whole))?.size, size);
    }
  });

  test('a range gives exactly its bytes, clipped to the object', async (t) => {
    const store = await open();
    const bytes = randomBytes(3_000_000);
    const ref = await store.put(newKey(), bytes, bytes.length);
    for (const [start, end] of [
      [0, 1],
      [0, 3_000_000],
      [1, 2],
      [16_384, 32_768],
      [2_999_999, 3_000_000],
      [1_000_000, 2_500_000],
      [2_999_990, 3_000_050],
      [5, 5],
      [3_000_000, 3_000_010],
    ] as const) {
      const got = await buffer(await store.get(ref, { start, end }));
      t.true(got.equals(bytes.subarray(start, end)), `${start}-${end}`);
    }
  });

  test('what is not there is not found, before any byte', async (t) => {
    const store = await open();
    const ref = await store.put(newKey(), Buffer.from('here'), 4);
    await refused(t, 'not_found', store.get({ key: newKey(), version: ref.version }));
    await refused(t, 'not_found', store.get({ key: newKey(), version: ref.version }, { start: 0, end: 10 }));
    await refused(t, 'not_found', store.get({ key: newKey(), version: ref.version }, { start: 0, end: 0 }));
    t.is(await store.stat({ key: newKey(), version: ref.version }), undefined);
    await refused(t, 'not_found', store.remove({ key: newKey(), version: ref.version }));
    await refused(t, 'not_found', store.lockUntil({ key: newKey(), version: ref.version }, new Date(Date.now() + DAY)));
  });

  test('a key that climbs, hides or is empty is refused', async (t) => {
    const store = await open();
    for (const key of ['', '/a', 'a/', 'a//b', '../a', 'a/../b', '.hidden', 'a/.b', 'a b', 'a\0', '兰']) {
      await t.throwsAsync(store.put(key, Buffer.from('x'), 1), undefined, key);
      await t.throwsAsync(store.get({ key, version: '1' }), undefined, key);
    }
  });

  test('a second put under one key never changes what the first one reads', async (t) => {
    const store = await open();
    const key = newKey();
    const first = await store.put(key, Buffer.from('first'), 5);
    const second = await store.put(key, Buffer.from('second'), 6).catch((error: unknown) => {
      t.true(isCoded(error, 'conflict'));
      return undefined;
    });
    t.is((await buffer(await store.get(first))).toString(), 'first');
    if (second) t.is((await buffer(await store.get(second))).toString(), 'second');
  });

  test('concurrent puts on one key leave only whole objects, each with its own content', async (t) => {
    const store = await open();
    const key = newKey();
    const bodies = Array.from({ length: 8 }, () => randomBytes(200_000));
    const results = await Promise.allSettled(bodies.map((body) => store.put(key, inPieces(body), body.length)));
    t.true(results.some((one) => one.status === 'fulfilled'));
    for (const [i, result] of results.entries()) {
      if (result.status === 'rejected') t.true(isCoded(result.reason, 'conflict'), String(result.reason));
      else t.true((await buffer(await store.get(result.value))).equals(bodies[i] as Buffer));
    }
    const listed = await all(store.list(key));
    t.is(listed.length, results.filter((one) => one.status === 'fulfilled').length);
    t.true(listed.every((one) => one.size === 200_000));
  });

  test('a stream that fails, ends too soon or goes on too long leaves nothing', async (t) => {
    const store = await open();
    for (const size of [50_000, 12_000_000, 20_000_000]) {
      const bytes = randomBytes(size);
      const failing = (): Readable =>
        Readable.from(
          (function* () {
            for (let at = 0; at < size * 0.9; at += 60_000) yield bytes.subarray(at, at + 60_000);
            throw new Error('the line went dead');
          })(),
          { objectMode: false },
        );
      for (const told of [size, null]) {
        const key = newKey();
        const error = await t.throwsAsync(store.put(key, failing(), told));
        t.is(error.message, 'the line went dead');
        t.deepEqual(await all(store.list(key)), []);
      }
      for (const told of [size + 1, size - 1]) {
        const key = newKey();
        await refused(t, 'invalid_request', store.put(key, inPieces(bytes), told));
        t.deepEqual(await all(store.list(key)), []);
      }
      const key = newKey();
      await refused(t, 'invalid_request', store.put(key, bytes, size + 1));
      t.deepEqual(await all(store.list(key)), []);
      const again = await store.put(key, bytes, size);
      t.is(again.size, size, 'the key is still free');
    }
  });

  test('every object is locked from its first moment, for a day', async (t) => {
    const store = await open();
    const before = Date.now();
    for (const size of [10, 9 * 1_048_576]) {
      const ref = await store.put(newKey(), randomBytes(size), size);
      const found = await store.stat(ref);
      t.true(found?.lockedUntil instanceof Date);
      t.true((found?.lockedUntil?.getTime() ?? 0) >= before + DAY - 2000);
      t.false(found?.legalHold);
      t.true(Math.abs((found?.modifiedAt.getTime() ?? 0) - Date.now()) < 60_000);
      await refused(t, 'conflict', store.remove(ref));
      t.is((await store.stat(ref))?.size, size);
    }
  });

  test('a lock is extended, read back, and never shortened', async (t) => {
    const store = await open();
    const ref = await store.put(newKey(), Buffer.from('locked'), 6);
    const far = new Date(Date.now() + 3 * 366 * DAY + 1);
    const read = await store.lockUntil(ref, far);
    t.true(read >= far && read.getTime() - far.getTime() < 2000);
    const again = await store.lockUntil(ref, new Date(Date.now() + 2 * DAY));
    t.is(again.getTime(), read.getTime());
    t.is((await store.stat(ref))?.lockedUntil?.getTime(), read.getTime());
    const dates = [5, 3, 9, 4].map((years) => new Date(far.getTime() + years * 365 * DAY));
    await Promise.allSettled(dates.map((date) => store.lockUntil(ref, date)));
    t.true(((await store.stat(ref))?.lockedUntil ?? far) >= read);
    await refused(t, 'conflict', store.remove(ref));
    t.is((await buffer(await store.get(ref))).toString(), 'locked');
  });

  test('an object is locked until a date from its first moment, whatever its size, and told so', async (t) => {
    const store = await open();
    const far = new Date(Date.now() + 3 * 366 * DAY + 1);
    for (const body of [Buffer.from('short'), randomBytes(200_000)]) {
      const made = await store.put(newKey(), body, body.length, far);
      t.true(made.lockedUntil !== undefined && made.lockedUntil >= far && made.lockedUntil.getTime() - far.getTime() < 2000);
      t.is((await store.stat(made))?.lockedUntil?.getTime(), made.lockedUntil?.getTime());
      await refused(t, 'conflict', store.remove(made));
      t.deepEqual(await buffer(await store.get(made)), body);
    }
    const plain = await store.put(newKey(), Readable.from([Buffer.from('a'), Buffer.from('b')], { objectMode: false }), null, far);
    t.true((plain.lockedUntil ?? 0) >= far);
    const early = await store.put(newKey(), Buffer.from('x'), 1, new Date(Date.now() + 1000));
    t.true((early.lockedUntil?.getTime() ?? 0) > Date.now() + DAY / 2, 'never for less than a day');
    t.is((await store.put(newKey(), Buffer.from('x'), 1)).lockedUntil, undefined);
    await store.settle(early);
    await refused(t, 'not_found', store.settle({ key: newKey(), version: early.version }));
  });

  test('a legal hold is set, seen, and lifted', async (t) => {
    const store = await open();
    const ref = await store.put(newKey(), Buffer.from('held'), 4);
    await store.setLegalHold(ref, true);
    await store.setLegalHold(ref, true);
    t.true((await store.stat(ref))?.legalHold);
    await refused(t, 'conflict', store.remove(ref));
    t.is((await all(store.list(ref.key))).length, 1);
    await store.setLegalHold(ref, false);
    await store.setLegalHold(ref, false);
    t.false((await store.stat(ref))?.legalHold);
  });

  test('list gives every object below a prefix in key order', async (t) => {
    const store = await open();
    const archive = randomUUID();
    const record = randomUUID();
    const made: string[] = [];
    for (let i = 0; i < 25; i++) made.push((await store.put(newKey(i < 5 ? record : randomUUID(), archive), randomBytes(i), i)).key);
    const listed = await all(store.list(`v1/${archive}/`));
    t.deepEqual(
      listed.map((one) => one.key),
      [...made].sort(),
    );
    t.deepEqual(new Set(listed.map((one) => one.size)).size, 25);
    t.is((await all(store.list(`v1/${archive}/Z001/${record}/`))).length, 5);
    t.is((await all(store.list(`v1/${archive}/Z001/${record.slice(0, 7)}`))).length, 5);
    t.deepEqual(await all(store.list(`v1/${randomUUID()}/`)), []);
  });

  test('a reader that gives up early harms nothing', async (t) => {
    const store = await open();
    const bytes = randomBytes(6_000_000);
    const ref = await store.put(newKey(), bytes, bytes.length);
    for await (const _ of await store.get(ref)) break;
    t.is(
      createHash('sha256')
        .update(await buffer(await store.get(ref)))
        .digest('hex'),
      createHash('sha256').update(bytes).digest('hex'),
    );
  });

  test('tidying leaves finished objects alone', async (t) => {
    const store = await open();
    const ref = await store.put(newKey(), Buffer.from('kept'), 4);
    await store.tidy(new Date(Date.now() - 3_600_000));
    t.is((await buffer(await store.get(ref))).toString(), 'kept');
  });

  test('preparing again changes nothing', async (t) => {
    const store = await open();
    const ref = await store.put(newKey(), Buffer.from('kept'), 4);
    await store.prepare();
    t.is((await buffer(await store.get(ref))).toString(), 'kept');
  });
}
