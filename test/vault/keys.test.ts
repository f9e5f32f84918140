import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { openKeystore } from '../../src/crypto/index.js';
import { newId, sql } from '../../src/db/index.js';
import { CodedError, isCoded } from '../../src/errors/index.js';
import { checkKeys, keysStatus, rotateKeys } from '../../src/vault/index.js';
import { testEntry } from '../support/audit.js';
import { testVault } from '../support/vault.js';

const v = await testVault();
test.after.always(() => v.close());

const read = async (objectId: string): Promise<Buffer> => buffer((await v.vault.open(v.actor, await v.receiptFor(objectId), objectId)).body);

test.serial('R21: rotation rewraps every key and touches no object; old records open; the old key is retired', async (t) => {
  const plain = randomBytes(3000);
  const kept = await Promise.all(Array.from({ length: 20 }, () => v.keep(plain)));
  const before = await Promise.all(kept.map(async (one) => (await v.store.stat(one.ref))?.modifiedAt.getTime()));
  const staged = await v.vault.stage({ recordId: newId(), versionId: newId(), fonds: 'Z001', body: plain, size: plain.length });
  const report = await rotateKeys(v.deps, v.actor);
  t.false(report.resumed);
  t.is(report.rewrapped, 20);
  t.is(report.retired, 1);
  for (const one of kept) t.true((await read(one.objectId)).equals(plain));
  t.deepEqual(await Promise.all(kept.map(async (one) => (await v.store.stat(one.ref))?.modifiedAt.getTime())), before);
  // staged before the rotation, recorded after it: the wrap is made anew
  await v.database.app.tx(async (tx) => {
    await v.vault.record(tx, [staged]);
    await v.audit.append(tx, testEntry({ act: 'record.capture' }));
  });
  t.true((await read(staged.objectId)).equals(plain));
  const { n } = await v.database.owner.one<{ n: bigint }>(sql`select count(*) as n from objects where generation <> 2`);
  t.is(n, 0n);
  t.deepEqual(
    (await v.keystore.keks()).map((one) => [one.generation, one.state]),
    [
      [1, 'retired'],
      [2, 'active'],
    ],
  );
  const kept2 = await v.keep(plain);
  t.is(kept2.generation, 2, 'new wraps name the new generation');
});

test.serial('a rotation that was interrupted is taken up, and readers notice nothing meanwhile', async (t) => {
  const kept = await Promise.all(Array.from({ length: 5 }, (_, i) => v.keep(Buffer.from(`text ${i}`))));
  let calls = 0;
  const failing = {
    ...v.deps,
    audit: {
      append: async (...args: Parameters<typeof v.audit.append>) => {
        if (args[1].act === 'key.rewrap' && calls++ === 0) throw new CodedError('unavailable');
        return v.audit.append(...args);
      },
    },
  };
  t.true(isCoded(await t.throwsAsync(rotateKeys(failing, v.actor)), 'unavailable'));
  t.truthy((await keysStatus(v.deps, v.actor)).unfinishedRotation);
  for (const [i, one] of kept.entries()) t.is((await read(one.objectId)).toString(), `text ${i}`);
  const more = await v.keep(Buffer.from('during'));
  const report = await rotateKeys(v.deps, v.actor);
  t.true(report.resumed);
  t.is(report.retired, 1);
  const status = await keysStatus(v.deps, v.actor);
  t.is(status.unfinishedRotation, null);
  t.true(status.buckets.every((one) => one.oldWraps === 0 && one.generation === 3));
  for (const [i, one] of kept.entries()) t.is((await read(one.objectId)).toString(), `text ${i}`);
  t.is((await read(more.objectId)).toString(), 'during');
});

test.serial('captures and readings go on while keys rotate', async (t) => {
  const kept = await Promise.all(Array.from({ length: 30 }, () => v.keep(Buffer.from('steady'))));
  let stop = false;
  let captured = 0;
  const work = async (): Promise<void> => {
    while (!stop) {
      const one = await v.keep(Buffer.from('meanwhile'));
      t.is((await read(one.objectId)).toString(), 'meanwhile');
      t.is((await read(kept[captured++ % kept.length]?.objectId ?? '')).toString(), 'steady');
    }
  };
  const workers = [work(), work(), work()];
  for (let i = 0; i < 3; i++) await rotateKeys(v.deps, v.actor);
  stop = true;
  await Promise.all(workers);
  t.true(captured > 0);
  t.true((await checkKeys(v.deps, v.actor)).ok);
});

test.serial('check opens every key and says what does not open', async (t) => {
  const good = await checkKeys(v.deps, v.actor);
  t.true(good.ok && good.bound && good.tried > 0);
  const bucket = (await keysStatus(v.deps, v.actor)).buckets[0];
  await v.keep(Buffer.from('x'));
  await rm(join(v.keystore.folder, 'keks', `${bucket?.bucket ?? ''}-${bucket?.generation ?? 0}.json`));
  const keystore = await openKeystore(v.keystore.folder);
  const bad = await checkKeys({ ...v.deps, keystore }, v.actor);
  t.false(bad.ok);
  t.deepEqual(bad.lostBuckets, [bucket?.bucket ?? '']);
  t.is(bad.lostObjects.length, bad.tried);
});

test.serial('who may not is refused before anything happens', async (t) => {
  const deps = {
    ...v.deps,
    authorize: () => {
      throw new CodedError('forbidden');
    },
  };
  for (const work of [rotateKeys(deps, v.actor), keysStatus(deps, v.actor), checkKeys(deps, v.actor)]) t.true(isCoded(await t.throwsAsync(work), 'forbidden'));
});

test.serial('every act on keys is in the log, and nothing of a key is', async (t) => {
  await new Promise((resolve) => setTimeout(resolve, 300));
  const acts = await v.database.owner.many<{ act: string }>(sql`select distinct act from audit_entries`);
  for (const act of [
    'archive.bind',
    'key.open_bucket',
    'key.rotate',
    'key.new_generation',
    'key.rewrap',
    'key.retire',
    'key.rotated',
    'key.status',
    'key.check',
  ]) {
    t.true(
      acts.some((one) => one.act === act),
      act,
    );
  }
});
