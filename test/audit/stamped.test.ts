import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import test from 'ava';
import { folderSource, publishLog, type StampDeps, stampLog, verifyPublished } from '../../src/audit/index.js';
import { openTimestamp } from '../../src/crypto/index.js';
import { FolderStore } from '../../src/storage/folder/folder.js';
import { testAudit, testEntry } from '../support/audit.js';
import { testDatabase } from '../support/database.js';
import { timeAuthority } from '../support/time-authority.js';
import { verifierKey } from '../../src/audit/log/note.js';
import { forge, scratch, textsOf } from './published-support.js';

const authority = await timeAuthority();
const database = await testDatabase();
const { audit, keystore, stop } = await testAudit(database);
const place = await scratch();
const store = new FolderStore({ folder: place.path });
const log = String(new Date().getUTCFullYear());
const folder = join(place.path, 'log', keystore.archiveId);
const keys = verifierKey(audit.originOf(log), audit.publicKey);
let later = 0;
const stamping = (root: string): StampDeps => ({
  auditDb: database.audit,
  store,
  archiveId: keystore.archiveId,
  now: () => new Date(Date.now() + later),
  keepUntil: () => new Date('2040-01-01T00:00:00Z'),
  authority: { url: authority?.url ?? '', roots: [root], every: 600_000 },
  random: randomBytes,
});

async function add(count: number): Promise<void> {
  const pending = await database.app.tx((tx) =>
    audit.appendMany(
      tx,
      Array.from({ length: count }, () => testEntry()),
    ),
  );
  await Promise.all(pending.map((one) => audit.settled(one)));
}

test.before(() => store.prepare());
test.after.always(async () => {
  await stop();
  await authority?.close();
  await database.close();
  await place.remove();
});

test.serial('R58: the log is stamped once in an interval; openssl accepts the token, and verification names what it anchors', async (t) => {
  if (!authority) return t.pass(t.log('skipped: needs openssl') ?? '');
  const deps = stamping(authority.root);
  await add(40);
  await publishLog(deps);
  t.like(await stampLog(deps), [{ log, size: 41n }]);
  t.deepEqual(await stampLog(deps), []);
  await add(10);
  await publishLog(deps);
  t.deepEqual(await stampLog(deps), []);
  later = 600_000;
  t.like(await stampLog(deps), [{ log, size: 51n }]);
  t.deepEqual(await stampLog(deps), []);
  for (const name of await readdir(join(folder, log, 'timestamps'))) {
    const data = join(folder, log, 'checkpoints', name.slice(0, 20));
    t.regex(await authority.openssl('ts', '-verify', '-data', data, '-in', join(folder, log, 'timestamps', name), '-CAfile', authority.rootFile), /OK/);
  }
  const report = await verifyPublished(folderSource(folder), { keys, authorities: [authority.root] });
  t.true(report.whole);
  t.like(report.logs[0]?.anchors, [
    { by: 'timestamp', size: 51n },
    { by: 'timestamp', size: 41n },
  ]);
  t.true(Math.abs(Date.now() - Date.parse(report.logs[0]?.anchors[0]?.since ?? '')) < 600_000);
});

test.serial('R58: an answer that is no token of a trusted authority for this request is not kept', async (t) => {
  if (!authority) return t.pass(t.log('skipped: needs openssl') ?? '');
  later = 1_200_000;
  await add(5);
  await publishLog(stamping(authority.root));
  const stranger = await timeAuthority();
  await t.throwsAsync(stampLog(stamping(stranger?.root ?? '')), { code: 'store_unavailable' });
  await stranger?.close();
  const [old] = await readdir(join(folder, log, 'timestamps'));
  const replayed = await readFile(join(folder, log, 'timestamps', old ?? ''));
  for (const instead of [replayed, Buffer.from('30030201', 'hex'), randomBytes(300), Buffer.alloc(70_000)]) {
    authority.instead = instead;
    await t.throwsAsync(stampLog(stamping(authority.root)), { code: 'store_unavailable' });
  }
  authority.instead = undefined;
  t.is((await readdir(join(folder, log, 'timestamps'))).length, 2);
});

test.serial('R57 R58: a log made anew with its own key is shown by the time stamps; a changed token is a fault', async (t) => {
  if (!authority) return t.pass(t.log('skipped: needs openssl') ?? '');
  const copy = await scratch();
  try {
    await cp(folder, copy.path, { recursive: true });
    const texts = (await textsOf(copy.path, log)).map((text, i) => (i === 7 ? text.replace('"allow"', '"error"') : text));
    for (const name of ['tile', 'checkpoints']) await rm(join(copy.path, log, name), { recursive: true });
    await forge(copy.path, log, texts, audit.originOf(log), keystore.signingKey('audit-log'), [41, 51, texts.length]);
    t.deepEqual((await verifyPublished(folderSource(copy.path), { keys })).faults, [], 'nothing else can tell');
    const faults = (await verifyPublished(folderSource(copy.path), { keys, authorities: [authority.root] })).faults.map((one) => `${one.kind} ${one.sequence}`);
    t.deepEqual(faults, ['timestamp 41', 'timestamp 51']);
  } finally {
    await copy.remove();
  }
  const [name] = await readdir(join(folder, log, 'timestamps'));
  const token = await readFile(join(folder, log, 'timestamps', name ?? ''));
  const whole = openTimestamp(token, [authority.root]);
  t.truthy(whole);
  let refused = 0;
  for (let at = 0; at < token.length; at++) {
    const changed = Buffer.from(token);
    changed[at] = (changed[at] as number) ^ (1 << (at % 8));
    const stamp = openTimestamp(changed, [authority.root]);
    if (stamp === undefined) refused++;
    else t.like(stamp, { at: whole?.at, digest: whole?.digest, nonce: whole?.nonce }, `byte ${at} is not covered`);
  }
  t.log(`${refused} of ${token.length} changed bytes refused; the others say nothing of what was stamped, or when`);
  t.true(refused > token.length * 0.7, 'only the root certificate beside it may change');
});
