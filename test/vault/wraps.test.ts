import { createHash, createHmac, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { type Sql, sql } from '../../src/db/index.js';
import { checkKeys, inspectionKeys, inspectObjects, lockWraps, rotateKeys, type Staged, sweepOrphans } from '../../src/vault/index.js';
import { testEntry } from '../support/audit.js';
import { testVault } from '../support/vault.js';

const v = await testVault();
test.after.always(() => v.close());

const read = async (objectId: string): Promise<string> => (await buffer((await v.vault.open(v.actor, await v.receiptFor(objectId), objectId)).body)).toString();

/** Statements under the server's own role, in a transaction that appends an entry as it must: whoever has its password can do this. */
const asApp = (...statements: Sql[]): Promise<unknown> =>
  v.database.app.tx(async (tx) => {
    for (const one of statements) await tx.run(one);
    await v.audit.append(tx, testEntry({ act: 'key.status' }));
  });

async function refused(t: ExecutionContext, what: string, why: RegExp, ...statements: Sql[]): Promise<void> {
  const error = await t.throwsAsync(asApp(...statements), undefined, what);
  const told = `${error?.message ?? ''} ${error?.cause instanceof Error ? error.cause.message : ''}`;
  t.regex(told, why, what);
}

interface Wrap {
  wrapped_key: Buffer;
  generation: number;
  wrap_lock: Buffer | null;
}
const wrapOf = (one: Staged): Promise<Wrap> =>
  v.database.owner.one<Wrap>(sql`select wrapped_key, generation, wrap_lock from objects where id = ${one.objectId}`);

test.serial('R67: whoever has the database and not the keystore cannot overwrite a wrap, whatever generation he names', async (t) => {
  const one = await v.keep(Buffer.from('kept'));
  const other = await v.keep(Buffer.from('other'));
  const before = await wrapOf(one);
  const [garbage, own] = [randomBytes(60), randomBytes(32)];
  const lock = createHash('sha256').update(own).digest();
  const where = sql`where id = ${one.objectId}`;
  const keystore = /only by who has the keystore/;
  await refused(t, 'garbage', keystore, sql`update objects set wrapped_key = ${garbage} ${where}`);
  await refused(t, 'garbage under the next generation', keystore, sql`update objects set wrapped_key = ${garbage}, generation = generation + 1 ${where}`);
  await refused(t, 'with a lock of his own', keystore, sql`update objects set wrapped_key = ${garbage}, generation = 9, wrap_lock = ${lock} ${where}`);
  await refused(
    t,
    'and the proof of it',
    keystore,
    sql`update objects set wrapped_key = ${garbage}, generation = 9, wrap_lock = ${lock}, wrap_proof = ${own} ${where}`,
  );
  await refused(t, 'the lock first', keystore, sql`update objects set wrap_lock = ${lock} ${where}`, sql`update objects set wrapped_key = ${garbage} ${where}`);
  await refused(t, 'the lock taken away', keystore, sql`update objects set wrap_lock = null ${where}`);
  await refused(t, 'another generation over the same wrap', keystore, sql`update objects set generation = generation + 1 ${where}`);
  await refused(t, 'the lock shown as the proof', keystore, sql`update objects set wrapped_key = ${garbage}, generation = 9, wrap_proof = wrap_lock ${where}`);
  const swapped = sql`(select wrapped_key from objects where id = ${other.objectId})`;
  await refused(t, "another object's wrap", keystore, sql`update objects set wrapped_key = ${swapped}, generation = 9 ${where}`);
  await refused(t, 'no wrap', /destroy|constraint|ledger/, sql`update objects set wrapped_key = null ${where}`);
  await refused(t, 'no row', /permission denied/, sql`delete from objects ${where}`);
  await refused(t, 'all rows', /permission denied/, sql`truncate objects cascade`);
  await refused(t, 'the guard off', /owner/, sql`alter table objects disable trigger objects_wrap_is_locked`);
  t.deepEqual(await wrapOf(one), before);
  t.is(await read(one.objectId), 'kept');
});

test.serial('R67: even with the proof a wrap changes only together with its generation and its lock', async (t) => {
  const one = await v.keep(Buffer.from('kept'));
  const proof = inspectionKeys(v.deps).proof(one, one);
  const lock = randomBytes(32);
  const where = sql`where id = ${one.objectId}`;
  const together = /together with its generation and its lock/;
  await refused(
    t,
    'the same generation',
    together,
    sql`update objects set wrapped_key = ${randomBytes(60)}, wrap_lock = ${lock}, wrap_proof = ${proof} ${where}`,
  );
  await refused(
    t,
    'the old lock',
    together,
    sql`update objects set wrapped_key = ${randomBytes(60)}, generation = generation + 1, wrap_proof = ${proof} ${where}`,
  );
  await refused(t, 'an earlier generation', together, sql`update objects set generation = generation - 1, wrap_lock = ${lock}, wrap_proof = ${proof} ${where}`);
  await refused(t, 'no other wrap', together, sql`update objects set generation = generation + 1, wrap_lock = ${lock}, wrap_proof = ${proof} ${where}`);
  await asApp(sql`update objects set wrap_proof = ${proof} ${where}`);
  const { n } = await v.database.owner.one<{ n: bigint }>(sql`select count(*) as n from objects where wrap_proof is not null`);
  t.is(n, 0n, 'a proof that was shown is not kept');
});

test.serial('a lock is what the format says: an independent computation from the keystore comes to the same', async (t) => {
  const one = await v.keep(Buffer.from('kept'));
  const hex = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');
  const generation = Buffer.alloc(4);
  generation.writeUInt32BE(one.generation);
  const bound = Buffer.concat([Buffer.from('lantai/wrap/v1\0'), ...[v.keystore.archiveId, one.recordId, one.objectId, one.bucket].map(hex), generation]);
  const proof = createHmac('sha256', v.keystore.secret('wrap-lock')).update('lantai/wrap-lock/v1\0').update(bound).digest();
  t.deepEqual((await wrapOf(one)).wrap_lock, createHash('sha256').update(proof).digest());
});

test.serial('R21: a rotation changes every wrap with its lock, and the proofs of before are worth nothing after', async (t) => {
  const one = await v.keep(Buffer.from('kept'));
  const before = await wrapOf(one);
  const proof = inspectionKeys(v.deps).proof(one, one);
  await rotateKeys(v.deps, v.actor);
  const after = await wrapOf(one);
  t.is(after.generation, before.generation + 1);
  t.notDeepEqual(after.wrap_lock, before.wrap_lock);
  await refused(
    t,
    'an old proof',
    /only by who has the keystore/,
    sql`update objects set wrapped_key = ${randomBytes(60)}, generation = 9, wrap_lock = ${randomBytes(32)}, wrap_proof = ${proof} where id = ${one.objectId}`,
  );
  t.is(await read(one.objectId), 'kept');
  t.true((await checkKeys(v.deps, v.actor)).ok);
});

test.serial('wraps from before there were locks get them in the background, once, and rotate meanwhile', async (t) => {
  const kept = await Promise.all([v.keep(Buffer.from('0')), v.keep(Buffer.from('1')), v.keep(Buffer.from('2'))]);
  const older = async (): Promise<void> => {
    await v.database.superuser.tx(async (tx) => {
      await tx.run(sql`set local session_replication_role = 'replica'`);
      await tx.run(sql`update objects set wrap_lock = null where id = any (${kept.map((one) => one.objectId)}::uuid[])`);
    });
  };
  await older();
  t.is(await lockWraps(v.deps, v.actor), 3);
  t.is(await lockWraps(v.deps, v.actor), 0);
  await older();
  await rotateKeys(v.deps, v.actor);
  t.is(await lockWraps(v.deps, v.actor), 0, 'a new wrap begins with its lock');
  for (const [i, one] of kept.entries()) t.is(await read(one.objectId), String(i));
  const seen = await inspectObjects(v.deps, inspectionKeys(v.deps), { objectIds: kept.map((one) => one.objectId), holds: new Map(), gone: new Set() });
  t.deepEqual(
    seen.flatMap((one) => one.faults),
    [],
  );
});

test.serial('R87: a lock that is not of the keystore is found: the wrap under it could be overwritten', async (t) => {
  const one = await v.keep(Buffer.from('kept'));
  await v.database.superuser.tx(async (tx) => {
    await tx.run(sql`set local session_replication_role = 'replica'`);
    await tx.run(sql`update objects set wrap_lock = ${randomBytes(32)} where id = ${one.objectId}`);
  });
  const [seen] = await inspectObjects(v.deps, inspectionKeys(v.deps), { objectIds: [one.objectId], holds: new Map(), gone: new Set() });
  t.deepEqual(seen?.faults, ['wrap_lock']);
});

test.serial('what a row names is never claimed as an orphan, nor is anything that is no content', async (t) => {
  const one = await v.keep(Buffer.from('kept'));
  const claim = (key: string, version: string): Sql => sql`insert into orphan_objects (store_key, store_version, size) values (${key}, ${version}, 1)`;
  await refused(t, 'an object that is kept', /no orphan/, claim(one.ref.key, one.ref.version));
  const prefix = `v1/${v.keystore.archiveId}/keys/none/1`;
  const bytes = Buffer.from('a snapshot');
  const ref = await v.store.put(prefix, bytes, bytes.length);
  await asApp(claim(ref.key, ref.version));
  const later = { ...v.deps, now: () => new Date(Date.now() + 30 * 86_400_000) };
  const removing = { ...later, store: new Proxy(v.store, { get: (to, key) => (key === 'remove' ? () => t.fail('removed') : bind(to, key)) }) };
  const report = await sweepOrphans(removing, v.actor, { olderThan: new Date(Date.now() - 86_400_000) });
  t.is(report.removed, 0);
});

function bind(to: object, key: string | symbol): unknown {
  const value: unknown = Reflect.get(to, key, to);
  return typeof value === 'function' ? (value.bind(to) as unknown) : value;
}
