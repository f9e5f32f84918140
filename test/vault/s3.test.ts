import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { isCoded } from '../../src/errors/index.js';
import { openStore } from '../../src/storage/index.js';
import { sweepOrphans, verifyObjects } from '../../src/vault/index.js';
import { testVault } from '../support/vault.js';

const endpoint = process.env['LANTAI_TEST_S3_ENDPOINT'];

if (endpoint === undefined) {
  test('the vault on a real S3 server', (t) => {
    t.log('skipped: needs an S3 server with Object Lock; see scripts/test-stores.sh');
    t.pass();
  });
} else {
  const store = openStore({
    kind: 's3',
    endpoint,
    bucket: `lantai-test-${randomBytes(4).toString('hex')}`,
    accessKey: process.env['LANTAI_TEST_S3_ACCESS_KEY'] ?? '',
    secretKey: process.env['LANTAI_TEST_S3_SECRET_KEY'] ?? '',
  });
  const v = await testVault({ store });
  test.after.always(() => v.close());

  test('objects of every size open whole and in part, are locked, and verify', async (t) => {
    for (const size of [0, 2500, 700_000, 20_000_000]) {
      const plain = randomBytes(size);
      const staged = await v.keep(Readable.from([plain], { objectMode: false }), size);
      t.true((await buffer((await v.vault.open(v.actor, await v.receiptFor(staged.objectId), staged.objectId)).body)).equals(plain));
      const range = { start: Math.floor(size / 3), end: Math.floor(size / 2) };
      const part = await v.vault.open(v.actor, await v.receiptFor(staged.objectId, range), staged.objectId, range);
      t.true((await buffer(part.body)).equals(plain.subarray(range.start, range.end)));
      const until = new Date(Date.now() + 3 * 365 * 86_400_000);
      t.true((await v.vault.lock([staged], until)) >= until);
      t.true(await v.vault.replayEquals(staged.objectId, plain));
    }
    t.deepEqual((await verifyObjects(v.deps, v.actor)).damaged, []);
  });

  test('an upload that breaks leaves nothing in the bucket', async (t) => {
    const breaking = Readable.from(
      (function* () {
        for (let i = 0; i < 300; i++) yield randomBytes(65_536);
        throw new Error('line went dead');
      })(),
      { objectMode: false },
    );
    await t.throwsAsync(v.keep(breaking), { message: 'line went dead' });
    const report = await sweepOrphans(v.deps, v.actor, { olderThan: new Date(Date.now() - 86_400_001) });
    t.is(report.claimed, 0);
    t.is(report.tidied, 0);
  });

  test('another version put under the same key by another hand is not read', async (t) => {
    const staged = await v.keep(Buffer.from('the archived one'));
    const other = await store.put(staged.ref.key, randomBytes(88), 88).catch((error: unknown) => {
      t.true(isCoded(error, 'conflict'));
      return undefined;
    });
    t.true(other === undefined || other.version !== staged.ref.version);
    t.is((await buffer((await v.vault.open(v.actor, await v.receiptFor(staged.objectId), staged.objectId)).body)).toString(), 'the archived one');
  });
}
