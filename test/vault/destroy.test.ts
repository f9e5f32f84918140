import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { openKeystore, type Keystore } from '../../src/crypto/index.js';
import { newId, sql } from '../../src/db/index.js';
import { isCoded } from '../../src/errors/index.js';
import {
  createVault,
  destroyKeks,
  type DestructionCause,
  findKeyDestruction,
  forgetPlace,
  listPlaces,
  forgetKeys,
  nameForDestruction,
  restoreKeyTable,
  rewrapSurvivors,
  rotateKeys,
  snapshotKeys,
  type Staged,
  type VaultDeps,
} from '../../src/vault/index.js';
import { boundaries, Struck } from '../support/faults.js';
import { testVault, type TestVault, withoutRegisters } from '../support/vault.js';
import { testAudit } from '../support/audit.js';
import { testDatabase } from '../support/database.js';
import { confirmEnd } from '../support/places.js';

async function withCopies(): Promise<{ v: TestVault; keystore: Keystore; folders: string[]; close(): Promise<void> }> {
  const folders = await Promise.all(['a', 'b', 'c'].map((name) => mkdtemp(join(tmpdir(), `lantai-test-keys-${name}-`))));
  const keystore = await openKeystore(folders[0] ?? '', { create: true, copies: folders.slice(1), recheckAfter: 0 });
  const v = await testVault({}, keystore);
  return {
    v,
    keystore,
    folders,
    async close() {
      await v.close();
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
}

const causeOf = (v: TestVault): DestructionCause => ({ actor: v.actor, policy: 'test@sha256:0', destruction: newId() });
const name = async (v: TestVault, cause: DestructionCause, doomed: readonly Staged[]): Promise<number> => {
  await withoutRegisters(v.database);
  return v.database.app.tx((tx) =>
    nameForDestruction(
      v.deps,
      tx,
      cause,
      doomed.map((one) => one.recordId),
    ),
  );
};

async function run(deps: VaultDeps, cause: DestructionCause): Promise<number> {
  await forgetKeys(deps, cause);
  await rewrapSurvivors(deps, cause);
  await snapshotKeys(deps, cause);
  return (await destroyKeks(deps, cause)).length;
}

const read = async (v: TestVault, objectId: string): Promise<Buffer> => buffer((await v.vault.open(v.actor, await v.receiptFor(objectId), objectId)).body);

async function isGone(t: ExecutionContext, v: TestVault, one: Staged): Promise<void> {
  t.true(isCoded(await t.throwsAsync(read(v, one.objectId)), 'not_found'), 'the destroyed cannot be read');
}

/** Key material of a generation in the raw files of a place. */
async function keysIn(folder: string, bucket: string): Promise<string[]> {
  const found: string[] = [];
  for (const file of await readdir(join(folder, 'keks'))) {
    const text = await readFile(join(folder, 'keks', file), 'utf8');
    if (file.includes(bucket) && (JSON.parse(text) as { key: string | null }).key !== null) found.push(file);
  }
  return found;
}

test('R69: the keys of what is destroyed are gone from database and every keystore, in all generations; what survives is read', async (t) => {
  const { v, keystore, folders, close } = await withCopies();
  t.teardown(close);
  const plain = randomBytes(2000);
  const kept = await Promise.all(Array.from({ length: 30 }, () => v.keep(plain)));
  await rotateKeys(v.deps, v.actor); // its first generation is retired and still lies in the keystores
  const doomed = kept.slice(0, 7);
  const bucket = doomed[0]?.bucket ?? '';
  const cause = causeOf(v);
  t.is(await name(v, cause, doomed), 7);
  t.is((await read(v, doomed[0]?.objectId ?? '')).length, 2000, 'named is not destroyed');
  t.is(await run(v.deps, cause), 0);
  for (const one of doomed) await isGone(t, v, one);
  for (const one of kept.slice(7)) t.true((await read(v, one.objectId)).equals(plain));
  for (const folder of folders) t.deepEqual(await keysIn(folder, bucket), [`${bucket}-3.json`]);
  t.deepEqual(
    (await keystore.keks()).map((one) => [one.generation, one.state]),
    [
      [1, 'destroyed'],
      [2, 'destroyed'],
      [3, 'active'],
    ],
  );
  const { n } = await v.database.owner.one<{ n: bigint }>(
    sql`select count(*) as n from objects where state = 'shredded' and wrapped_key is null and replay_mac is null`,
  );
  t.is(n, 7n);
  t.is((await findKeyDestruction(v.deps.db, cause.destruction))?.state, 'destroyed');
});

test('R70: a copy of the keystore out of reach keeps the destruction open until the key is destroyed there too', async (t) => {
  const { v, folders, close } = await withCopies();
  t.teardown(close);
  const kept = await Promise.all(Array.from({ length: 4 }, () => v.keep(Buffer.from('text'))));
  const cause = causeOf(v);
  await name(v, cause, kept.slice(0, 1));
  await forgetKeys(v.deps, cause);
  await rewrapSurvivors(v.deps, cause);
  await snapshotKeys(v.deps, cause);
  const away = folders[2] ?? '';
  await rename(away, `${away}.away`);
  const blocker = await mkdtemp(`${away}-`);
  await chmod(blocker, 0o755); // a folder that is open to others is no place for keys
  await rename(blocker, away);
  t.is((await destroyKeks(v.deps, cause)).length, 1);
  t.is((await findKeyDestruction(v.deps.db, cause.destruction))?.state, 'snapshotted');
  t.is((await v.vault.facts([kept[0]?.objectId ?? '']))[0]?.state, 'destroying', 'nothing is called shredded while a key remains');
  t.is((await destroyKeks(v.deps, cause)).length, 1, 'asked again it is the same');
  await rm(away, { recursive: true });
  await rename(`${away}.away`, away);
  t.is((await keysIn(away, kept[0]?.bucket ?? '')).length, 2);
  t.is((await destroyKeks(v.deps, cause)).length, 0);
  t.is((await keysIn(away, kept[0]?.bucket ?? '')).length, 1);
  t.is((await v.vault.facts([kept[0]?.objectId ?? '']))[0]?.state, 'shredded');
});

test('R70: a copy that was struck off the configuration does not make a destruction whole', async (t) => {
  const { v, folders, close } = await withCopies();
  t.teardown(close);
  const one = await v.keep(Buffer.from('text'));
  const cause = causeOf(v);
  await name(v, cause, [one]);
  await forgetKeys(v.deps, cause);
  const fewer = { ...v.deps, keystore: await openKeystore(folders[0] ?? '', { copies: folders.slice(1, 2) }) };
  await rewrapSurvivors(fewer, cause);
  await snapshotKeys(fewer, cause);
  t.true(isCoded(await t.throwsAsync(destroyKeks(fewer, cause)), 'key_unavailable'));
  t.is(await run(v.deps, cause), 0);
});

test('R70: another folder in the place of a registered copy does not make a destruction whole: places are known by identity, not counted', async (t) => {
  const { v, folders, close } = await withCopies();
  t.teardown(close);
  const one = await v.keep(Buffer.from('text'));
  const cause = causeOf(v);
  await name(v, cause, [one]);
  await forgetKeys(v.deps, cause);
  const fresh = await mkdtemp(join(tmpdir(), 'lantai-test-keys-d-'));
  t.teardown(() => rm(fresh, { recursive: true, force: true }));
  const others = { ...v.deps, keystore: await openKeystore(folders[0] ?? '', { copies: [folders[1] ?? '', fresh] }) };
  t.is(others.keystore.places, v.deps.keystore.places, 'as many as before');
  await rewrapSurvivors(others, cause);
  await snapshotKeys(others, cause);
  t.true(isCoded(await t.throwsAsync(destroyKeks(others, cause)), 'key_unavailable'));
  t.is((await keysIn(folders[2] ?? '', one.bucket)).length, 2, 'the copy that was taken away holds them');
  t.is((await v.vault.facts([one.objectId]))[0]?.state, 'destroying');
  const [, , away] = await listPlaces(v.deps, v.actor);
  const lost = (await listPlaces(others, v.actor)).find((place) => place.place === null);
  t.truthy(away);
  t.true(isCoded(await t.throwsAsync(forgetPlace(v.deps, v.actor, lost?.id ?? '', 'destroyed')), 'conflict'), 'what can be reached is not gone');
  t.true(isCoded(await t.throwsAsync(forgetPlace(others, v.actor, 'copy 2', 'destroyed')), 'not_found'), 'no place of that name');
  t.true(isCoded(await t.throwsAsync(forgetPlace(others, v.actor, lost?.id ?? '', 'destroyed')), 'second_person'), 'one person ends no place');
  t.true(isCoded(await t.throwsAsync(destroyKeks(others, cause)), 'key_unavailable'), 'and it is waited for');
  await confirmEnd(others, lost?.id ?? '');
  await forgetPlace(others, v.actor, lost?.id ?? '', 'destroyed');
  t.is((await destroyKeks(others, cause)).length, 0);
  t.is((await v.vault.facts([one.objectId]))[0]?.state, 'shredded');
  t.true(isCoded(await t.throwsAsync(v.vault.prepare()), 'key_unavailable'), 'what was said to be gone is there again');
});

test('R70: struck before and after every call to database, store and keystore, a destruction resumes and loses no survivor', async (t) => {
  const { v, close } = await withCopies();
  t.teardown(close);
  const plain = Buffer.from('a text that survives');
  const kept = await Promise.all(Array.from({ length: 60 }, () => v.keep(plain)));
  let strikes = 0;
  for (let at = 1, ended = false; !ended; at++) {
    const cause = causeOf(v);
    const doomed = await v.keep(plain);
    await name(v, cause, [doomed]);
    const faults = boundaries((number, where) => {
      if (number === at) throw new Struck(where);
    });
    const deps: VaultDeps = {
      ...v.deps,
      db: faults.around('db', v.deps.db, ['tx']),
      store: faults.around('store', v.deps.store, ['put', 'get']),
      keystore: faults.around('keystore', v.deps.keystore, ['ensureKek', 'keep', 'kept', 'destroyKek', 'keks']),
      audit: faults.around('audit', v.audit, ['append']),
    };
    ended = await run(deps, cause).then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof Struck)) throw error;
        return false;
      },
    );
    if (!ended) {
      strikes++;
      const before = await findKeyDestruction(v.deps.db, cause.destruction);
      const facts = (await v.vault.facts([doomed.objectId]))[0];
      t.is(facts?.state, before?.state === 'destroyed' ? 'shredded' : 'destroying', faults.names.at(-1));
      if (at % 5 === 0) await rotateKeys(v.deps, v.actor);
    }
    t.is(await run(v.deps, cause), 0);
    await isGone(t, v, doomed);
    t.is((await v.vault.facts([doomed.objectId]))[0]?.state, 'shredded');
    const [survivor] = kept.splice(0, 1);
    t.true((await read(v, survivor?.objectId ?? '')).equals(plain), `survives a strike at ${String(at)}`);
    kept.push(survivor as Staged);
  }
  t.true(strikes > 25, `${strikes} boundaries`);
  for (const one of kept) t.true((await read(v, one.objectId)).equals(plain));
});

test('captures and readings go on while keys are destroyed', async (t) => {
  const v = await testVault();
  t.teardown(() => v.close());
  const kept = await Promise.all(Array.from({ length: 20 }, () => v.keep(Buffer.from('steady'))));
  let stop = false;
  const made: Staged[] = [];
  const work = async (): Promise<void> => {
    while (!stop) {
      const one = await v.keep(Buffer.from('meanwhile'));
      made.push(one);
      t.is((await read(v, one.objectId)).toString(), 'meanwhile');
    }
  };
  const workers = [work(), work()];
  for (let i = 0; i < 4; i++) {
    const cause = causeOf(v);
    await name(v, cause, kept.splice(0, 2));
    t.is(await run(v.deps, cause), 0);
  }
  stop = true;
  await Promise.all(workers);
  for (const one of kept) t.is((await read(v, one.objectId)).toString(), 'steady');
  for (const one of made.slice(0, 20)) t.is((await read(v, one.objectId)).toString(), 'meanwhile');
  t.true(made.length > 0);
});

test('R69, R80: a database of before and the keystore of after cannot open the destroyed; with the newest key table it opens the rest', async (t) => {
  const v = await testVault();
  t.teardown(() => v.close());
  const plain = Buffer.from('the very text');
  const kept = await Promise.all(Array.from({ length: 12 }, () => v.keep(plain)));
  const before = await testDatabase({ copyOf: v.database });
  t.teardown(() => before.close());
  const cause = causeOf(v);
  const doomed = kept.slice(0, 3);
  await name(v, cause, doomed);
  t.is(await run(v.deps, cause), 0);
  await rotateKeys(v.deps, v.actor);

  const keystore = await openKeystore(v.keystore.folder); // a process that never held the old key
  const log = await testAudit(before, { keystore: await openKeystore(await mkdtemp(join(tmpdir(), 'lantai-test-keys-')), { create: true }) });
  t.teardown(() => log.stop());
  const restored: VaultDeps = { ...v.deps, db: before.app, keystore, audit: { append: (tx, entry) => log.audit.append(tx, entry) } };
  const vault = createVault(restored);
  const opens = (one: Staged): Promise<boolean> => vault.replayEquals(one.objectId, plain);
  for (const one of kept) t.true(isCoded(await t.throwsAsync(opens(one)), 'key_unavailable'), 'without the table nothing opens');
  const report = await restoreKeyTable(restored, v.actor);
  t.is(report.wraps, 9);
  for (const one of doomed) t.true(isCoded(await t.throwsAsync(opens(one)), 'key_unavailable'), 'the destroyed stays destroyed');
  for (const one of kept.slice(3)) t.true(await opens(one));
  t.is((await restoreKeyTable(restored, v.actor)).wraps, 0, 'once is enough');
});

test('the database refuses every other way to a destroyed key', async (t) => {
  const v = await testVault();
  t.teardown(() => v.close());
  const one = await v.keep(Buffer.from('text'));
  const other = await v.keep(Buffer.from('text'));
  const cause = causeOf(v);
  await name(v, cause, [one]);
  const denied = async (work: Promise<unknown>, what: string): Promise<void> => void (await t.throwsAsync(work, undefined, what));
  const act = (statement: ReturnType<typeof sql>): Promise<unknown> =>
    v.database.owner.tx(async (tx) => {
      await tx.run(statement);
      await v.audit.append(tx, { actor: v.actor, act: 'key.status', subject: { kind: 'key', id: 'all' }, decision: 'allow' });
    });
  await denied(act(sql`update objects set wrapped_key = null where id = ${other.objectId}`), 'a wrap of what nobody named');
  await denied(act(sql`update objects set state = 'destroying' where id = ${other.objectId}`), 'state of what nobody named');
  await denied(act(sql`update objects set state = 'shredded', wrapped_key = null where id = ${one.objectId}`), 'called shredded too early');
  await denied(act(sql`update objects set state = 'locked' where id = ${one.objectId}`), 'taken back');
  await denied(act(sql`update key_destructions set state = 'destroyed', destroyed_at = now() where id = ${cause.destruction}`), 'a step skipped');
  await forgetKeys(v.deps, cause);
  await denied(act(sql`update key_destructions set state = 'rewrapped' where id = ${cause.destruction}`), 'survivors not rewrapped');
  await denied(act(sql`update objects set wrapped_key = ${randomBytes(60)} where id = ${one.objectId}`), 'a wrap that comes back');
  t.is(await run(v.deps, cause), 0);
});
