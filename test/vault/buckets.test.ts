import test from 'ava';
import { newId, sql } from '../../src/db/index.js';
import { createVault } from '../../src/vault/index.js';
import { testVault } from '../support/vault.js';

const v = await testVault();
test.after.always(() => v.close());

test('a bucket never holds more than 65,536 keys, whoever asks at once', async (t) => {
  await v.keep(Buffer.from('x'));
  const before = await v.database.owner.one<{ used: number; id: string }>(sql`select bucket as id, used from key_places order by bucket desc limit 1`);
  await v.database.owner.run(sql`update key_places set used = 65536 - 512 where bucket = ${before.id}`);
  const vaults = Array.from({ length: 6 }, () => createVault(v.deps));
  const staged = await Promise.all(vaults.map((one) => one.stage({ recordId: newId(), versionId: newId(), fonds: 'Z001', body: Buffer.from('x'), size: 1 })));
  const places = await v.database.owner.many<{ id: string; used: number }>(sql`select bucket as id, used from key_places order by bucket`);
  t.true(places.every((one) => one.used <= 65_536));
  t.is(places.find((one) => one.id === before.id)?.used, 65_536);
  t.is(new Set(staged.map((one) => one.bucket)).size, 2, 'one new bucket, not one for each');
  await t.throwsAsync(v.database.owner.run(sql`update key_places set used = used + 1 where bucket = ${before.id}`));
  await t.throwsAsync(v.database.owner.run(sql`update key_places set used = used - 1 where bucket = ${before.id}`));
});
