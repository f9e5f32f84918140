import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { randomBytes } from 'node:crypto';
import test from 'ava';
import { systemActor, type Actor } from '../../src/audit/index.js';
import { reconcileReads, toldBy, type ReadsReport } from '../../src/checks/index.js';
import { sql } from '../../src/db/index.js';
import { capture, openReading, readContent } from '../../src/records/index.js';
import { forRequest, JOURNAL, openStore } from '../../src/storage/index.js';
import { openSystemReading, verifyObjects } from '../../src/vault/index.js';
import { testArchive, testDraft, type TestArchive } from '../support/archive.js';
import { Readable } from 'node:stream';
import { checksOf, keep, looked, read } from './support.js';

let archive: TestArchive;
let agent: Actor;
test.before(async () => {
  archive = await testArchive();
  agent = archive.person('agent');
});
test.after.always(() => archive.close());

const journal = async (): Promise<string[]> => {
  const folder = join(archive.storeFolder, JOURNAL);
  return (await readdir(folder)).sort().map((name) => join(folder, name));
};

/** Waits until the log holds what was done so far, and compares. */
async function reconciled(input: { files?: string[]; since?: Date } = {}): Promise<ReadsReport> {
  const last = await archive.deps.db.tx((tx) =>
    archive.deps.audit.append(tx, { actor: systemActor(), act: 'test.mark', subject: { kind: 'archive', id: 'test' }, decision: 'allow' }),
  );
  await archive.deps.audit.settled(last);
  const { deps } = checksOf(archive);
  return reconcileReads({ ...deps, now: () => new Date() }, systemActor(), {
    files: input.files ?? (await journal()),
    bucket: '',
    since: input.since,
    skew: 1_000,
  });
}

test.serial('R54: every read of the store is accounted for: readings whole and in part, jobs of the system, verifications', async (t) => {
  const kept = await keep(archive, agent);
  await read(archive, agent, kept.record);
  const large = await capture(archive.deps, agent, {
    draft: testDraft(),
    files: [{ name: 'long.txt', body: Readable.from([Buffer.from(randomBytes(600_000).toString('hex'))]), size: 1_200_000 }],
  });
  const { id } = await openReading(archive.deps, agent, { recordId: large.id, purpose: 'solve' });
  const { id: file } = await archive.database.owner.one<{ id: string }>(sql`select id from record_files where record_id = ${large.id}`);
  for (const range of [undefined, { first: 0, last: 99 }, { first: 500_000, last: 900_000 }, { suffix: 10 }])
    await buffer((await readContent(archive.deps, agent, { readingId: id, fileId: file, kind: 'view', range })).body);
  const { db, audit, vault } = archive.deps;
  const job = await openSystemReading({ db, audit, vault }, { purpose: 'extract_text', objectIds: kept.objects.map((one) => one.id) });
  for await (const one of job.objects()) await buffer((await one.open()).body);
  await job.end({ done: 2 });
  const { deps } = checksOf(archive);
  await verifyObjects(deps, systemActor());
  await looked(checksOf(archive));
  const report = await reconciled();
  t.deepEqual(report.unlogged, []);
  t.like(report, { result: 'clean', unseenCount: 0, unreadable: 0, sources: ['journal'] });
  t.deepEqual(report.kinds, { reading: 1 + 4 * 3, system: 2, verification: 8, beside: 0, elsewhere: 0 });
});

test.serial('R54: whoever reads the folder with the program but past the log is found, and named by object, time and bytes', async (t) => {
  const kept = await keep(archive, agent);
  const since = new Date(Date.now() - 1_000);
  const thief = openStore({ kind: 'folder', folder: archive.storeFolder });
  const [body, file] = kept.objects as [(typeof kept.objects)[number], (typeof kept.objects)[number]];
  await forRequest('r-odd', async () => buffer(await thief.get(body)));
  await buffer(await thief.get(file, { start: 0, end: 60 }));
  await thief.close();
  const report = await reconciled({ since });
  t.is(report.result, 'unlogged');
  t.is(report.unloggedCount, 2);
  t.like(report.unlogged, [
    { key: body.key, record: kept.record, object: body.id, range: null, request: 'r-odd' },
    { object: file.id, range: { start: 0, end: 60 } },
  ]);
  const { facts } = await archive.database.owner.one<{ facts: Record<string, unknown> }>(
    sql`select entry::jsonb -> 'facts' as facts from (select entry from audit_pending union all select entry from audit_entries) e
      where entry like '%"act":"archive.reconcile"%' and entry like '%"result":"unlogged"%'`,
  );
  t.like(facts, { unlogged: 2, objects: [body.id, file.id] });
});

test.serial('a read of an object while a logged reading of it runs is told from it by its bytes and its number', async (t) => {
  const kept = await keep(archive, agent);
  const since = new Date();
  await read(archive, agent, kept.record);
  const thief = openStore({ kind: 'folder', folder: archive.storeFolder });
  const [body] = kept.objects as [(typeof kept.objects)[number]];
  const { sealed_size: size } = await archive.database.owner.one<{ sealed_size: bigint }>(sql`select sealed_size from objects where id = ${body.id}`);
  await buffer(await thief.get(body)); // other bytes than an opening asks for
  await buffer(await thief.get(body, { start: 0, end: Number(size) + 1 })); // the same bytes, once more
  await thief.close();
  const report = await reconciled({ since });
  t.is(report.unloggedCount, 2);
  t.is(report.kinds.reading, 1);
});

test.serial('a reading that the store’s log does not show says that the log is not whole', async (t) => {
  const all = [await keep(archive, agent), await keep(archive, agent), await keep(archive, agent)];
  const since = new Date();
  for (const one of all) {
    await read(archive, agent, one.record);
    await new Promise((done) => setTimeout(done, 1_100));
  }
  const lines = (await Promise.all((await journal()).map((one) => readFile(one, 'utf8')))).join('').trim().split('\n').sort();
  const mine = lines.filter((line) => all.some((one) => line.includes(one.record)) && line > `{"t":"${since.toISOString()}`);
  t.is(mine.length, 3);
  const folder = await mkdtemp(join(tmpdir(), 'lantai-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'cut.jsonl');
  await writeFile(file, `${[mine[0], mine[2]].join('\n')}\n{"t":"2026-`);
  const report = await reconciled({ files: [file], since });
  t.like(report, { result: 'incomplete', unloggedCount: 0, unseenCount: 1, unreadable: 0 });
  t.like(report.unseen, [{ record: all[1]?.record, object: all[1]?.objects[0]?.id }]);
  await writeFile(file, 'nonsense\nmore of it\n');
  t.like(await reconciled({ files: [file] }), { result: 'empty', unreadable: 1 });
});

test('logs of other stores are understood: MinIO’s audit log and trace, RGW’s operations log', (t) => {
  const key = 'v1/a/Z001/r/v/o';
  const audit = {
    version: '1',
    time: '2026-11-27T10:00:01.250123456Z',
    api: { name: 'GetObject', bucket: 'archive', object: key, statusCode: 206, timeToResponseInNS: '250000000' },
    requestID: '17B',
    requestHeader: { Range: 'bytes=0-71', Authorization: 'x' },
    accessKey: 'backup',
  };
  const read = (line: unknown) => toldBy(typeof line === 'string' ? line : JSON.stringify(line), 'archive')?.read;
  t.deepEqual(read(audit), { at: new Date('2026-11-27T10:00:01.000Z'), key, range: { start: 0, end: 72 }, request: '17B', credential: 'backup' });
  t.is(read({ ...audit, api: { ...audit.api, name: 'HeadObject' } }), null);
  t.is(read({ ...audit, api: { ...audit.api, statusCode: 403 } }), null, 'refused: no byte left');
  t.is(read({ ...audit, api: { ...audit.api, bucket: 'other' } }), null);
  const copy = {
    ...audit,
    api: { ...audit.api, name: 'CopyObject', object: 'elsewhere', statusCode: 200 },
    requestHeader: { 'X-Amz-Copy-Source': `/archive/${key}?versionId=1` },
  };
  t.like(read(copy), { key }, 'a copy reads its source');
  t.like(read({ ...copy, api: { ...copy.api, bucket: 'other' } }), { key }, 'also into another bucket');
  const trace = { status: 'success', time: '2026-11-27T10:00:01Z', api: 's3.GetObject', path: `/archive/${key}`, statusCode: 200 };
  t.like(read(trace), { key, range: null, at: new Date('2026-11-27T10:00:01.000Z') });
  t.like(read(JSON.stringify({ ...trace, statusCode: undefined, request: { headers: { Range: 'bytes=5-' } }, response: { statusCode: 206 } }, null, 1)), {
    range: { start: 5, end: Number.MAX_SAFE_INTEGER },
  });
  const rgw = {
    bucket: 'archive',
    time: '2026-11-27T10:00:01.123456Z',
    operation: 'get_obj',
    uri: `GET /archive/${key}?versionId=x HTTP/1.1`,
    http_status: '200',
    user: 'backup',
    trans_id: 'tx1',
  };
  t.like(read(rgw), { key, credential: 'backup', request: 'tx1' });
  t.like(read(`[${JSON.stringify(rgw)},`), { key }, 'as the socket writes it');
  t.is(read({ ...rgw, operation: 'stat_obj' }), null);
  t.is(toldBy('{"half":', 'archive'), undefined);
});
