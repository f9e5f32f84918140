import { randomBytes } from 'node:crypto';
import { chmod, copyFile, open, readdir, readFile, readlink, rename, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { sql } from '../../src/db/index.js';
import { isCoded, type ErrorCode } from '../../src/errors/index.js';
import { verifyObjects } from '../../src/vault/index.js';
import { testVault } from '../support/vault.js';

const v = await testVault();
test.after.always(() => v.close());

const pathOf = (staged: { ref: { key: string } }): string => join(v.folder, staged.ref.key);
const read = async (objectId: string, range: { start: number; end: number } | null = null): Promise<Buffer> =>
  buffer((await v.vault.open(v.actor, await v.receiptFor(objectId, range), objectId, range)).body);

async function fails(t: ExecutionContext, code: ErrorCode, work: Promise<unknown>): Promise<void> {
  t.true(isCoded(await t.throwsAsync(work), code));
}

/** Changes an object behind the store's back; a folder store lets root do so. */
async function tamper(staged: { ref: { key: string } }, how: (path: string) => Promise<unknown>): Promise<void> {
  await chmod(pathOf(staged), 0o600);
  await how(pathOf(staged));
}

const flip = (at: number) => async (path: string) => {
  const handle = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, at);
  await handle.write(Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, at);
  await handle.close();
};

async function entries(objectId: string): Promise<number> {
  const where = sql`where act = 'object.damaged' and subject_id = ${objectId}`;
  for (let i = 0; i < 50; i++) {
    const { count } = await v.database.owner.one<{ count: bigint }>(sql`select count(*) as count from audit_entries ${where}`);
    if (count > 0n) return Number(count);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return 0;
}

test.serial('R20: an object swapped, cut, lengthened, emptied, gone or with one byte changed is an error, an entry and an alarm; never content', async (t) => {
  const other = await v.keep(randomBytes(300_000));
  const cases: ((path: string) => Promise<unknown>)[] = [
    flip(0),
    flip(40),
    flip(60),
    flip(299_000),
    (path) => truncate(path, 200_000),
    (path) => truncate(path, 0),
    (path) => writeFile(path, Buffer.alloc(1), { flag: 'a' }),
    (path) => copyFile(pathOf(other), path),
    (path) => unlink(path),
  ];
  for (const [i, how] of cases.entries()) {
    const staged = await v.keep(randomBytes(300_000));
    await tamper(staged, how);
    const before = v.damages.length;
    await fails(t, 'content_damaged', read(staged.objectId));
    t.is(v.damages.length, before + 1, `case ${i}`);
    t.is(v.damages.at(-1)?.objectId, staged.objectId);
    t.true((await entries(staged.objectId)) >= 1, `case ${i}`);
    t.truthy((await v.vault.facts([staged.objectId]))[0]?.damagedAt);
    if (i !== 3) await fails(t, 'content_damaged', read(staged.objectId, { start: 0, end: 10 }));
  }
});

test.serial('damage far into a large object fails the stream there, with only sound bytes before', async (t) => {
  const plain = randomBytes(5_000_000);
  const staged = await v.keep(plain);
  await tamper(staged, flip(3_000_000));
  const opened = await v.vault.open(v.actor, await v.receiptFor(staged.objectId), staged.objectId);
  const pieces: Buffer[] = [];
  const error = await t.throwsAsync(async () => {
    for await (const piece of opened.body) pieces.push(piece as Buffer);
  });
  t.true(isCoded(error, 'content_damaged'));
  const got = Buffer.concat(pieces);
  t.true(got.length <= 3_000_000 && got.equals(plain.subarray(0, got.length)));
  t.is(v.damages.at(-1)?.objectId, staged.objectId);
  t.true((await entries(staged.objectId)) >= 1);
});

test.serial('a reader that leaves, before or after the first byte, closes the source', async (t) => {
  const staged = await v.keep(randomBytes(5_000_000));
  const opened = await v.vault.open(v.actor, await v.receiptFor(staged.objectId), staged.objectId);
  opened.body.destroy();
  const again = await v.vault.open(v.actor, await v.receiptFor(staged.objectId), staged.objectId);
  for await (const _ of again.body) break;
  await new Promise((resolve) => setTimeout(resolve, 50));
  const held = (await readdir('/proc/self/fd').catch(() => [])).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  t.false((await Promise.all(held)).some((path) => path.endsWith(staged.objectId)));
  t.is(v.damages.at(-1)?.objectId === staged.objectId, false);
});

test.serial('one wrap cannot stand in for another', async (t) => {
  const one = await v.keep(Buffer.from('first'));
  const two = await v.keep(Buffer.from('second'));
  await v.database.owner.run(sql`alter table objects disable trigger user`);
  await v.database.owner.run(sql`update objects set wrapped_key = (select wrapped_key from objects where id = ${two.objectId}) where id = ${one.objectId}`);
  await v.database.owner.run(sql`alter table objects enable trigger user`);
  await fails(t, 'key_unavailable', read(one.objectId));
  await v.database.owner.run(sql`alter table objects disable trigger user`);
  await v.database.owner.run(sql`update objects set store_key = store_key || '.x' where id = ${two.objectId}`);
  await v.database.owner.run(sql`update objects set store_key = ${two.ref.key}, wrapped_key = ${one.wrappedKey} where id = ${one.objectId}`);
  await v.database.owner.run(sql`alter table objects enable trigger user`);
  await fails(t, 'content_damaged', read(one.objectId));
  await v.database.owner.run(sql`alter table objects disable trigger user`);
  await v.database.owner.run(sql`update objects set store_key = ${one.ref.key} where id = ${one.objectId}`);
  await v.database.owner.run(sql`update objects set store_key = ${two.ref.key} where id = ${two.objectId}`);
  await v.database.owner.run(sql`alter table objects enable trigger user`);
  t.is((await read(one.objectId)).toString(), 'first');
});

test.serial('a store out of reach is said to be so, and is no damage', async (t) => {
  const staged = await v.keep(randomBytes(1000));
  const before = v.damages.length;
  await rename(v.folder, `${v.folder}.away`);
  await fails(t, 'store_unavailable', read(staged.objectId));
  await fails(t, 'store_unavailable', v.keep(randomBytes(10)));
  await fails(t, 'store_unavailable', verifyObjects(v.deps, v.actor));
  await rename(`${v.folder}.away`, v.folder);
  t.is(v.damages.length, before);
  t.is((await read(staged.objectId)).length, 1000);
});

test.serial('a keystore whose keys are gone is said to be so, and is no damage', async (t) => {
  const staged = await v.keep(randomBytes(1000));
  const before = v.damages.length;
  const keks = join(v.keystore.folder, 'keks');
  const { openKeystore } = await import('../../src/crypto/index.js');
  const { createVault } = await import('../../src/vault/index.js');
  const fresh = createVault({ ...v.deps, keystore: await openKeystore(v.keystore.folder) });
  await rename(keks, `${keks}.away`);
  const receipt = await v.receiptFor(staged.objectId);
  await fails(t, 'key_unavailable', fresh.open(v.actor, receipt, staged.objectId));
  await fails(t, 'key_unavailable', fresh.stage({ recordId: staged.recordId, versionId: staged.versionId, fonds: 'Z001', body: Buffer.from('x'), size: 1 }));
  await rename(`${keks}.away`, keks);
  t.is(v.damages.length, before);
  t.is((await buffer((await fresh.open(v.actor, await v.receiptFor(staged.objectId), staged.objectId)).body)).length, 1000);
});

test.serial('R28: the fixity of all objects, or of a sample, is checked without any key', async (t) => {
  const good = await v.keep(randomBytes(50_000));
  const bad = await v.keep(randomBytes(50_000));
  await tamper(bad, flip(777));
  const gone = await v.keep(randomBytes(10));
  await tamper(gone, (path) => unlink(path));
  const report = await verifyObjects(v.deps, v.actor, { objectIds: [good.objectId, bad.objectId, gone.objectId] });
  t.is(report.checked, 3);
  t.deepEqual(
    new Map(report.damaged.map((one) => [one.objectId, one.kind])),
    new Map([
      [bad.objectId, 'changed' as const],
      [gone.objectId, 'missing' as const],
    ]),
  );
  t.is((await verifyObjects(v.deps, v.actor, { objectIds: [] })).checked, 0, 'an empty list is nothing, not everything');
  const all = await verifyObjects(v.deps, v.actor);
  t.true(all.checked >= 12 && all.damaged.some((one) => one.objectId === bad.objectId) && !all.damaged.some((one) => one.objectId === good.objectId));
  t.is((await verifyObjects(v.deps, v.actor, { sample: 2 })).checked, 2);
  await readFile(pathOf(good));
});
