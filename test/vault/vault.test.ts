import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import type { Receipt } from '../../src/audit/index.js';
import { newId, sql } from '../../src/db/index.js';
import { CodedError, isCoded, type ErrorCode } from '../../src/errors/index.js';
import { createVault, isBound } from '../../src/vault/index.js';
import { testActor, testEntry, testKeys } from '../support/audit.js';
import { testVault } from '../support/vault.js';

const v = await testVault();
test.after.always(() => v.close());

async function refused(t: ExecutionContext, code: ErrorCode, work: Promise<unknown>): Promise<void> {
  const error = await t.throwsAsync(work);
  t.true(isCoded(error, code), `${code} wanted, got ${String(error)}`);
}

test('what was staged and recorded opens against a receipt, whole and in part', async (t) => {
  for (const size of [0, 20, 70_000, 2_000_000]) {
    const plain = randomBytes(size);
    const staged = await v.keep(Readable.from([plain], { objectMode: false }));
    t.is(staged.plainSize, size);
    const whole = await v.vault.open(v.actor, await v.receiptFor(staged.objectId), staged.objectId);
    t.is(whole.size, size);
    t.true((await buffer(whole.body)).equals(plain));
    const range = { start: Math.floor(size / 3), end: Math.floor(size / 2) };
    const part = await v.vault.open(v.actor, await v.receiptFor(staged.objectId, range), staged.objectId, range);
    t.deepEqual([part.size, part.start, part.end], [size, range.start, range.end]);
    t.true((await buffer(part.body)).equals(plain.subarray(range.start, range.end)));
  }
});

test('R54: no receipt, no content: used, foreign, forged or for another range', async (t) => {
  const one = await v.keep(Buffer.from('first'));
  const two = await v.keep(Buffer.from('second'));
  const receipt = await v.receiptFor(one.objectId);
  await buffer((await v.vault.open(v.actor, receipt, one.objectId)).body);
  await refused(t, 'forbidden', v.vault.open(v.actor, receipt, one.objectId));
  await refused(t, 'forbidden', v.vault.open(v.actor, await v.receiptFor(two.objectId), one.objectId));
  await refused(t, 'forbidden', v.vault.open(testActor({ pseudonym: 'p-other' }), await v.receiptFor(one.objectId), one.objectId));
  await refused(t, 'forbidden', v.vault.open(v.actor, await v.receiptFor(one.objectId), one.objectId, { start: 0, end: 2 }));
  await refused(t, 'forbidden', v.vault.open(v.actor, await v.receiptFor(one.objectId, { start: 0, end: 2 }), one.objectId));
  const forged = Object.create(Object.getPrototypeOf(receipt) as object) as typeof receipt;
  await refused(t, 'forbidden', v.vault.open(v.actor, forged, one.objectId));
  const range = { start: 2, end: 9 };
  await refused(t, 'range_not_satisfiable', v.vault.open(v.actor, await v.receiptFor(one.objectId, range), one.objectId, range));
  const unknown = randomUUID();
  await refused(t, 'not_found', v.vault.open(v.actor, await v.receiptFor(unknown), unknown));
});

test('R54: while the receipt is on its way sealed bytes may come, but no key is unwrapped and no byte given', async (t) => {
  for (const size of [1000, 2_000_000]) {
    const plain = randomBytes(size);
    const { objectId } = await v.keep(plain);
    let unwraps = 0;
    const sources: Readable[] = [];
    const vault = createVault({
      ...v.deps,
      keystore: new Proxy(v.keystore, {
        get(target, name) {
          if (name === 'kek') unwraps++;
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      }),
      store: new Proxy(v.store, {
        get(target, name) {
          if (name !== 'get') return Reflect.get(target, name, target) as unknown;
          return async (...args: Parameters<typeof target.get>) => {
            const stream = await target.get(...args);
            sources.push(stream);
            return stream;
          };
        },
      }),
    });
    for (const outcome of ['given', 'refused', 'another'] as const) {
      sources.length = 0;
      let settle: { give(receipt: Receipt): void; refuse(error: Error): void } | undefined;
      const receipt = new Promise<Receipt>((resolve, reject) => (settle = { give: resolve, refuse: reject }));
      let opened = false;
      const opening = vault.open(v.actor, receipt, objectId).finally(() => (opened = true));
      opening.catch(() => undefined);
      while (sources.length < (size > 1_000_000 ? 3 : 1)) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, 50));
      t.deepEqual([unwraps, opened], [0, false]);
      if (outcome === 'given') {
        settle?.give(await v.receiptFor(objectId));
        t.true((await buffer((await opening).body)).equals(plain));
        t.is(unwraps, 1);
        unwraps = 0;
        continue;
      }
      if (outcome === 'refused') settle?.refuse(new CodedError('audit_unavailable'));
      else settle?.give(await v.receiptFor(objectId, { start: 0, end: 1 }));
      await refused(t, outcome === 'refused' ? 'audit_unavailable' : 'forbidden', opening);
      await new Promise((resolve) => setTimeout(resolve, 20));
      t.is(unwraps, 0);
      t.true(sources.every((one) => one.destroyed));
    }
  }
  const unknown = randomUUID();
  const receipt = new Promise<Receipt>((resolve) => setTimeout(() => void v.receiptFor(unknown).then(resolve), 50));
  await refused(t, 'not_found', v.vault.open(v.actor, receipt, unknown));
});

test('a transaction that names objects and appends nothing is refused, and so are objects of another making', async (t) => {
  const stage = () => v.vault.stage({ recordId: newId(), versionId: newId(), fonds: 'Z001', body: Buffer.from('x'), size: 1 });
  const staged = await stage();
  await t.throwsAsync(
    v.database.app.tx((tx) => v.vault.record(tx, [staged])),
    { message: /audit entry/ },
  );
  t.deepEqual(await v.vault.facts([staged.objectId]), []);
  const copy = { ...(await stage()) };
  await t.throwsAsync(
    v.database.app.tx((tx) => v.vault.record(tx, [copy])),
    { message: /not staged/ },
  );
});

test('thousands of objects are named in one go', async (t) => {
  const recordId = newId();
  const staged = await Promise.all(
    Array.from({ length: 1500 }, (_, i) => v.vault.stage({ recordId, versionId: newId(), fonds: 'Z001', body: Buffer.from(`text ${i}`), size: null })),
  );
  await v.database.app.tx(async (tx) => {
    await v.vault.record(tx, staged);
    await v.audit.append(tx, testEntry({ act: 'import.batch' }));
  });
  const facts = await v.vault.facts(staged.map((one) => one.objectId));
  t.is(facts.length, 1500);
  const some = staged[777] ?? t.fail();
  if (some) t.is((await buffer((await v.vault.open(v.actor, await v.receiptFor(some.objectId), some.objectId)).body)).toString(), 'text 777');
});

test('locks are extended in the store, read back and noted; a later date is never shortened', async (t) => {
  const staged = await v.keep(Buffer.from('lock me'));
  t.true((await v.vault.unlocked(new Date(Date.now() + 1000), 10_000)).some((one) => one.objectId === staged.objectId));
  const until = new Date(Date.now() + 3 * 365 * 86_400_000);
  const read = await v.vault.lock([staged], until);
  t.true(read >= until);
  const note = (date: Date) =>
    v.database.app.tx(async (tx) => {
      await v.vault.markLocked(tx, [{ objectId: staged.objectId, until: date }]);
      await v.audit.append(tx, testEntry({ act: 'record.locked' }));
    });
  await note(read);
  await note(new Date(Date.now() + 1000));
  const [facts] = await v.vault.facts([staged.objectId]);
  t.is(facts?.state, 'locked');
  t.is(facts?.lockedUntil?.getTime(), read.getTime());
  t.is((await v.store.stat(staged.ref))?.lockedUntil?.getTime(), read.getTime());
  t.false((await v.vault.unlocked(new Date(Date.now() + 1000), 10_000)).some((one) => one.objectId === staged.objectId));
});

test('R9: a replay is told from a change, without a digest of the content anywhere', async (t) => {
  const plain = Buffer.from('{"content":"客户反映账单有误"}');
  const staged = await v.keep(plain);
  const streamed = await v.keep(Readable.from([plain.subarray(0, 5), plain.subarray(5)], { objectMode: false }));
  t.true(await v.vault.replayEquals(staged.objectId, plain));
  t.true(await v.vault.replayEquals(streamed.objectId, plain));
  t.false(await v.vault.replayEquals(staged.objectId, Buffer.from('{"content":"客户反映账单无误"}')));
  t.false(await v.vault.replayEquals(randomUUID(), plain));
  const answers = await v.vault.replaysEqual([
    { objectId: streamed.objectId, canonical: plain },
    { objectId: staged.objectId, canonical: Buffer.from('x') },
    { objectId: staged.objectId, canonical: plain },
  ]);
  t.deepEqual(answers, [true, false, true]);
  t.false(staged.replayMac?.equals(streamed.replayMac ?? Buffer.alloc(0)), 'the same text gives another value for every object');
});

test('a body that fails or has another length leaves no row, and its source is closed', async (t) => {
  const failing = Readable.from(
    (function* () {
      yield randomBytes(100_000);
      throw new Error('line went dead');
    })(),
    { objectMode: false },
  );
  const stage = (body: Readable | Buffer, size: number | null) => v.vault.stage({ recordId: newId(), versionId: newId(), fonds: 'Z001', body, size });
  await t.throwsAsync(stage(failing, null), { message: 'line went dead' });
  t.true(failing.destroyed);
  for (const size of [9, 11, 40_000]) {
    const body = Readable.from([randomBytes(10)], { objectMode: false });
    await refused(t, 'invalid_request', stage(body, size));
    t.true(body.destroyed);
    await refused(t, 'invalid_request', stage(randomBytes(10), size));
  }
});

test('database and keystore belong together: another keystore is refused', async (t) => {
  t.true(await isBound(v.database.app));
  await refused(t, 'key_unavailable', createVault({ ...v.deps, keystore: await testKeys() }).prepare());
  await v.vault.prepare();
});

test('no wrapped key, digest of content or text stands where it must not', async (t) => {
  const text = 'a sentence that is found nowhere 13912345678';
  const staged = await v.keep(Buffer.from(text));
  const row = await v.database.owner.one<{ text: string }>(sql`select o::text as text from objects o where id = ${staged.objectId}`);
  t.false(row.text.includes('13912345678'));
  const sealed = await buffer(await v.store.get(staged.ref));
  t.false(sealed.includes('13912345678'));
  t.false(sealed.includes(staged.wrappedKey));
});
