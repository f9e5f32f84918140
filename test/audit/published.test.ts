import { copyFile, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { exportLog, folderSource, publishLog, tidyPublished, verifyPublished, type PublishDeps } from '../../src/audit/index.js';
import { openNote, signCheckpoint, openCheckpoint } from '../../src/audit/log/note.js';
import { encodeBundle } from '../../src/audit/publish/bundle.js';
import { canonicalJson } from '../../src/crypto/index.js';
import { sql } from '../../src/db/index.js';
import { FolderStore } from '../../src/storage/folder/folder.js';
import { testAudit, testEntry, testKeys } from '../support/audit.js';
import { testDatabase } from '../support/database.js';
import { copyOf, forge, hasPython, independent, scratch, textsOf } from './published-support.js';

let clock = new Date('2025-12-31T12:00:00Z');
const database = await testDatabase();
const { audit, keystore, stop } = await testAudit(database, { now: () => clock });
const place = await scratch();
const store = new FolderStore({ folder: join(place.path, 'objects'), now: () => clock });
const python = await hasPython();
const keys = keystore.signingKey('audit-log');
const origin = (log: string): string => audit.originOf(log);
const publishing: PublishDeps = {
  auditDb: database.audit,
  store,
  archiveId: keystore.archiveId,
  now: () => clock,
  keepUntil: (log) => new Date(`${Number(log) + 6}-01-01T00:00:00Z`),
};
/** What was exported before the attacks, and the checkpoint that the inspector took with him. */
const real = join(place.path, 'real');
let taken = '';

async function add(count: number): Promise<void> {
  const pending = await database.app.tx((tx) =>
    audit.appendMany(
      tx,
      Array.from({ length: count }, (_, i) => testEntry({ facts: { count: i } })),
    ),
  );
  await Promise.all(pending.map((one) => audit.settled(one)));
}

const exporting = (folder: string) =>
  exportLog({ db: database.app, store, archiveId: keystore.archiveId, publicKey: keys.publicKey, originOf: audit.originOf }, { folder });

test.before(async () => {
  await store.prepare();
  await add(300);
  clock = new Date('2026-01-01T08:00:00Z');
  await publishLog(publishing);
  await add(500);
  await publishLog(publishing);
  await add(200);
  await publishLog(publishing);
  await exporting(real);
  taken = join(place.path, 'taken');
  await copyFile(join(real, '2026/checkpoint'), taken);
});
test.after.always(async () => {
  await stop();
  await store.close();
  await database.close();
  await place.remove();
});

/** What both verifiers find in a folder; they must agree on every fault. */
async function found(t: ExecutionContext, folder: string, outside: readonly string[] = [], keyLines?: string): Promise<string[]> {
  const notes = await Promise.all(outside.map(async (name) => ({ name, note: await readFile(name, 'utf8') })));
  const report = await verifyPublished(folderSource(folder), { outside: notes, ...(keyLines ? { keys: keyLines } : {}) });
  const faults = report.faults.map((one) => `${one.kind} ${one.log} ${one.sequence ?? '-'}`);
  t.is(report.whole, faults.length === 0);
  if (python) t.deepEqual(await independent(folder, outside, keyLines), [...faults].sort(), 'the verifier in Python says otherwise');
  return faults;
}

async function attacked(t: ExecutionContext, attack: (folder: string) => Promise<void>, outside: readonly string[] = []): Promise<string[]> {
  const copy = await copyOf(real);
  try {
    await attack(copy.path);
    return await found(t, copy.path, outside);
  } finally {
    await copy.remove();
  }
}

async function changeBundle(folder: string, name: string, change: (texts: string[]) => string[], first: number): Promise<void> {
  const texts = (await textsOf(folder, '2026')).slice(first, first + 256);
  await writeFile(join(folder, '2026/tile/entries', name), encodeBundle(change(texts)));
}

test.serial('R54 R57: what is published and what is exported verify, each year opened by the one before', async (t) => {
  t.deepEqual(await found(t, real, [taken]), []);
  t.deepEqual(await found(t, join(place.path, 'objects/log', keystore.archiveId), [taken], await readFile(join(real, 'verifier-keys'), 'utf8')), []);
  const { logs } = await verifyPublished(folderSource(real), { outside: [{ name: 'taken', note: await readFile(taken, 'utf8') }] });
  t.deepEqual(
    logs.map(({ log, size, entries, checkpoints, anchors }) => ({ log, size, entries, checkpoints, anchors })),
    [
      { log: '2025', size: 301n, entries: 301n, checkpoints: 1, anchors: [] },
      { log: '2026', size: 701n, entries: 701n, checkpoints: 2, anchors: [{ by: 'checkpoint', size: 701n, since: null, name: 'taken' }] },
    ],
  );
  if (!python) t.log('skipped: the second verifier needs python3 with cryptography');
});

test.serial('R54: what was published is locked, never replaced, and not published twice', async (t) => {
  t.deepEqual(await publishLog(publishing), { elsewhere: false, parts: 0, checkpoints: [] });
  const full = `log/${keystore.archiveId}/2026/tile/entries/000`;
  t.deepEqual((await store.stat({ key: full, version: '1' }))?.lockedUntil, new Date('2032-01-01T00:00:00Z'));
  await t.throwsAsync(store.remove({ key: full, version: '1' }), { code: 'conflict' });
  // the list of names is lost: the same bytes are found there again, and told apart from others
  await database.owner.run(sql`create table kept as select * from audit_published`);
  await database.owner.run(sql`delete from audit_published where log = '2026'`);
  t.is((await publishLog(publishing)).checkpoints.length, 1);
  await database.owner.run(sql`delete from audit_published where log = '2026'`);
  await database.owner.run(sql`update audit_entries set entry = replace(entry, '"allow"', '"deny"') where log = '2026' and sequence = 3`);
  await t.throwsAsync(publishLog(publishing), { code: 'audit_unavailable' });
  await database.owner.run(sql`update audit_entries set entry = replace(entry, '"deny"', '"allow"') where log = '2026' and sequence = 3`);
  await database.owner.run(sql`insert into audit_published select * from kept on conflict do nothing`);
});

test.serial('R54: partial parts go once full ones hold them and their lock is over, and the rest verifies', async (t) => {
  await add(100); // the bundle that ended at 701 is full at 768
  await publishLog(publishing);
  t.is(await tidyPublished(publishing), 0);
  clock = new Date(clock.getTime() + 2 * 86_400_000);
  t.is(await tidyPublished(publishing), 4);
  t.deepEqual(await found(t, join(place.path, 'objects/log', keystore.archiveId), [taken], await readFile(join(real, 'verifier-keys'), 'utf8')), []);
});

test.serial('R57: a changed, removed, swapped or inserted entry is found and named', async (t) => {
  const change = (edit: (texts: string[]) => string[]) => attacked(t, (folder) => changeBundle(folder, '000', edit, 0));
  t.deepEqual(await change((texts) => texts.with(100, (texts[100] as string).replace('"allow"', '"error"'))), ['entry 2026 100']);
  t.is((await change((texts) => texts.toSpliced(100, 1)))[0], 'entry 2026 100');
  t.is((await change((texts) => texts.with(7, texts[8] as string).with(8, texts[7] as string)))[0], 'entry 2026 7');
  t.is((await change((texts) => texts.toSpliced(50, 0, texts[49] as string)))[0], 'entry 2026 50');
});

test.serial('R57: missing, damaged and changed files are found', async (t) => {
  t.is((await attacked(t, (folder) => unlink(join(folder, '2026/tile/entries/001'))))[0], 'missing 2026 256');
  t.is((await attacked(t, (folder) => unlink(join(folder, '2026/tile/0/001'))))[0], 'missing 2026 256');
  t.is((await attacked(t, (folder) => writeFile(join(folder, '2026/tile/1/000.p/2'), Buffer.alloc(64))))[0], 'tile 2026 0');
  const cut = await attacked(t, async (folder) => {
    const file = join(folder, '2026/tile/entries/001');
    await writeFile(file, (await readFile(file)).subarray(0, -3));
  });
  t.is(cut[0], 'damaged 2026 256');
  t.deepEqual(await attacked(t, (folder) => rm(join(folder, '2026'), { recursive: true }), [taken]), ['short 2026 0']);
});

test.serial('R57: a log that was cut, or put back to yesterday, is found with a checkpoint kept elsewhere, and only so', async (t) => {
  const cut = async (folder: string): Promise<void> => {
    const texts = (await textsOf(folder, '2026')).slice(0, 501);
    await rm(join(folder, '2026'), { recursive: true });
    await forge(folder, '2026', texts, origin('2026'), keys, [501]);
  };
  t.deepEqual(await attacked(t, cut), []);
  t.deepEqual(await attacked(t, cut, [taken]), ['short 2026 501']);
});

const rebuilt = (signing: boolean) => async (folder: string) => {
  const texts = (await textsOf(folder, '2026')).map((text, i) => (i === 100 ? text.replace('"allow"', '"error"') : text));
  if (signing) await rm(join(folder, '2026'), { recursive: true });
  await forge(folder, '2026', texts, origin('2026'), signing ? keys : null, [501, 701]);
};

test.serial('R57: a log made anew without the signing key fits no checkpoint; with the key only what was kept elsewhere tells', async (t) => {
  t.deepEqual(await attacked(t, rebuilt(false)), ['root 2026 0', 'root 2026 0']);
  t.deepEqual(await attacked(t, rebuilt(true)), []);
  t.deepEqual(await attacked(t, rebuilt(true), [taken]), ['fork 2026 701']);
});

test.serial('R57: two checkpoints of one size, a checkpoint of another log, one of an unknown key', async (t) => {
  const opened = openCheckpoint(await readFile(taken, 'utf8'), keys.publicKey);
  t.truthy(opened && openNote(await readFile(taken, 'utf8'), origin('2026'), keys.publicKey));
  const forked = signCheckpoint({ origin: origin('2026'), size: 701n, root: Buffer.alloc(32, 7) }, keys);
  const other = join(place.path, 'forked');
  await writeFile(other, forked);
  t.deepEqual(await found(t, real, [other]), ['fork 2026 701']);
  t.deepEqual(await attacked(t, (folder) => copyFile(join(folder, '2025/checkpoint'), join(folder, '2026/checkpoint'))), ['origin 2026 301']);
  const strangers = await testKeys();
  const strange = signCheckpoint({ origin: origin('2026'), size: 701n, root: Buffer.alloc(32, 7) }, strangers.signingKey('audit-log'));
  t.deepEqual(await attacked(t, (folder) => writeFile(join(folder, '2026/checkpoint'), strange)), ['signature 2026 -']);
  const elsewhere = signCheckpoint({ origin: 'lantai/another/audit/2026', size: 701n, root: Buffer.alloc(32, 7) }, strangers.signingKey('audit-log'));
  t.deepEqual(await attacked(t, (folder) => writeFile(join(folder, '2026/checkpoint'), elsewhere)), ['origin 2026 -']);
  await rm(strangers.folder, { recursive: true });
});

test.serial('R57: time that goes backwards, and a year that does not open with the one before, are found although signed', async (t) => {
  const edited = (edit: (texts: string[]) => string[]) =>
    attacked(t, async (folder) => {
      const texts = edit(await textsOf(folder, '2026'));
      await rm(join(folder, '2026'), { recursive: true });
      await forge(folder, '2026', texts, origin('2026'), keys, [501, texts.length]);
      await copyFile(join(real, 'verifier-keys'), join(folder, 'verifier-keys'));
    });
  const at = (text: string, changes: object): string => canonicalJson({ ...(JSON.parse(text) as object), ...changes });
  t.deepEqual(await edited((texts) => texts.with(10, at(texts[10] as string, { t: '2026-01-01T07:59:59.000Z' }))), ['time 2026 10']);
  t.deepEqual(await edited((texts) => texts.with(10, at(texts[10] as string, { t: '2027-01-01T07:59:59.000Z' }))), ['time 2026 10']);
  t.deepEqual(await edited((texts) => texts.slice(1)), ['opening 2026 0']);
  t.deepEqual(await edited((texts) => texts.with(0, at(texts[0] as string, { facts: { previous: null } }))), ['opening 2026 0']);
});

test.serial('R57: a log of 66,000 entries has tiles of a second level, and a wrong one is named', async (t) => {
  const big = await scratch();
  try {
    const [opening, one] = (await textsOf(real, '2025')).map((text) => ({ ...(JSON.parse(text) as object), t: '2026-01-01T00:00:00.000Z' }));
    const first = canonicalJson({ ...opening, subject: { kind: 'log', id: '2026' } });
    const texts = Array.from({ length: 66_000 }, (_, i) => (i === 0 ? first : canonicalJson({ ...one, request: `r${i}` })));
    await forge(big.path, '2026', texts, origin('2026'), keys, [65_536, 66_000]);
    t.deepEqual(await found(t, big.path), []);
    await writeFile(join(big.path, '2026/tile/1/000'), Buffer.alloc(8192));
    t.deepEqual(await found(t, big.path), ['tile 2026 0']);
  } finally {
    await big.remove();
  }
});
