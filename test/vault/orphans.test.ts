import { randomBytes } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { newId, sql } from '../../src/db/index.js';
import { isCoded } from '../../src/errors/index.js';
import { FolderStore } from '../../src/storage/folder/folder.js';
import { openSystemReading, sweepOrphans } from '../../src/vault/index.js';
import { testEntry } from '../support/audit.js';
import { testVault } from '../support/vault.js';

const DAY = 86_400_000;
const v = await testVault();
test.after.always(() => v.close());

/** The same vault three days from now: locks of the first day have passed. */
const later = () => {
  const now = () => new Date(Date.now() + 3 * DAY);
  return { ...v.deps, now, store: new FolderStore({ folder: v.folder, now }) };
};
const stage = () => v.vault.stage({ recordId: newId(), versionId: newId(), fonds: 'Z001', body: randomBytes(100), size: 100 });

test.serial('a capture killed between store and catalogue leaves an orphan, and the sweep removes it and nothing else', async (t) => {
  const kept = await v.keep(Buffer.from('kept'));
  const orphans = [await stage(), await stage()];
  const early = await sweepOrphans(v.deps, v.actor, { olderThan: new Date(Date.now() - DAY) });
  t.is(early.claimed, 0, 'objects of the last day are left alone');
  t.true(isCoded(await t.throwsAsync(sweepOrphans(v.deps, v.actor, { olderThan: new Date() })), 'invalid_request'));
  const report = await sweepOrphans(later(), v.actor, { olderThan: new Date(Date.now() + DAY) });
  t.is(report.looked, 3);
  t.is(report.claimed, 2);
  t.is(report.removed, 2);
  for (const one of orphans) t.is(await v.store.stat(one.ref), undefined);
  t.is((await buffer((await v.vault.open(v.actor, await v.receiptFor(kept.objectId), kept.objectId)).body)).toString(), 'kept');
  const again = await sweepOrphans(later(), v.actor, { olderThan: new Date(Date.now() + DAY) });
  t.deepEqual([again.claimed, again.removed, again.waiting], [0, 0, 0]);
});

test.serial('an orphan that is still locked waits for a later sweep', async (t) => {
  const orphan = await stage();
  await v.store.lockUntil(orphan.ref, new Date(Date.now() + 30 * DAY));
  const first = await sweepOrphans(later(), v.actor, { olderThan: new Date(Date.now() + DAY) });
  t.deepEqual([first.claimed, first.removed, first.waiting], [1, 0, 1]);
  await utimes(join(v.folder, orphan.ref.key), new Date(), new Date(Date.now() + DAY));
  const second = await sweepOrphans(later(), v.actor, { olderThan: new Date(Date.now() + DAY) });
  t.deepEqual([second.claimed, second.removed, second.waiting], [0, 1, 0]);
});

test.serial('what the sweep has claimed, no capture can name any more', async (t) => {
  const late = await stage();
  await sweepOrphans(later(), v.actor, { olderThan: new Date(Date.now() + DAY) });
  const error = await t.throwsAsync(
    v.database.app.tx(async (tx) => {
      await v.vault.record(tx, [late]);
      await v.audit.append(tx, testEntry({ act: 'record.capture' }));
    }),
  );
  t.true(isCoded(error, 'conflict'));
});

test.serial('a capture that is naming its object while the sweep looks is not swept', async (t) => {
  const staged = await stage();
  let commit: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (commit = resolve));
  const naming = v.database.app.tx(async (tx) => {
    await v.vault.record(tx, [staged]);
    await v.audit.append(tx, testEntry({ act: 'record.capture' }));
    await held;
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const sweeping = sweepOrphans(later(), v.actor, { olderThan: new Date(Date.now() + DAY) });
  await new Promise((resolve) => setTimeout(resolve, 200));
  commit();
  await naming;
  t.is((await sweeping).claimed, 0);
  t.truthy(await v.store.stat(staged.ref));
});

test.serial('the sweep is in the log', async (t) => {
  await new Promise((resolve) => setTimeout(resolve, 300));
  const acts = await v.database.owner.many<{ act: string }>(sql`select distinct act from audit_entries where act like 'object.%'`);
  t.deepEqual(acts.map((one) => one.act).sort(), ['object.claim_orphans', 'object.remove_orphans']);
});

test.serial("a job reads through a reading of the system's own: purpose, digest of its list, one access each", async (t) => {
  const kept = await Promise.all(Array.from({ length: 3 }, (_, i) => v.keep(Buffer.from(`text ${i}`))));
  const reading = await openSystemReading(
    { db: v.database.app, audit: v.audit, vault: v.vault },
    { purpose: 'extract_text', objectIds: kept.map((one) => one.objectId) },
  );
  const texts: string[] = [];
  for await (const one of reading.objects()) {
    texts.push((await buffer((await one.open()).body)).toString());
    await t.throwsAsync(async () => one.open(), undefined, 'once only');
  }
  await reading.end({ read: texts.length });
  t.deepEqual(texts, ['text 0', 'text 1', 'text 2']);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const entries = await v.database.owner.many<{ act: string; entry: string }>(
    sql`select act, entry from audit_entries where subject_id = ${reading.readingId} order by sequence`,
  );
  t.deepEqual(
    entries.map((one) => one.act),
    ['reading.open', 'reading.begin', 'reading.begin', 'reading.begin', 'reading.return'],
  );
  t.true(entries[0]?.entry.includes(reading.list) && entries[0].entry.includes('extract_text'));
});
