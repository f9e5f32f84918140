import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { systemActor } from '../../src/audit/index.js';
import { reconcileReads } from '../../src/checks/index.js';
import { newId } from '../../src/db/index.js';
import { openStore } from '../../src/storage/index.js';
import { createVault, verifyObjects } from '../../src/vault/index.js';
import { testArchive } from '../support/archive.js';
import { checksOf, keep, looked, read } from './support.js';

const endpoint = process.env['LANTAI_TEST_S3_ENDPOINT'];
const port = process.env['LANTAI_TEST_S3_AUDIT_PORT'];
const data = process.env['LANTAI_TEST_S3_DATA'];

if (endpoint === undefined || port === undefined || data === undefined) {
  test('R54, R55: the archive verified on a real MinIO, and its reads against MinIO’s audit log', (t) => {
    t.log('skipped: needs MinIO; see scripts/test-stores.sh');
    t.pass();
  });
} else {
  test('R54, R55: the archive verified on a real MinIO, and its reads against MinIO’s audit log', async (t) => {
    // what MinIO's audit webhook posts, one entry a line, as a log collector would keep it
    const lines: string[] = [];
    const hook = createServer((request, response) => {
      void text(request).then((body) => {
        lines.push(...body.trim().split('\n'));
        response.end();
      });
    });
    await new Promise<void>((done) => hook.listen(Number(port), '127.0.0.1', done));
    t.teardown(() => hook.close());
    const bucket = `lantai-test-${randomBytes(4).toString('hex')}`;
    const credentials = { accessKey: process.env['LANTAI_TEST_S3_ACCESS_KEY'] ?? '', secretKey: process.env['LANTAI_TEST_S3_SECRET_KEY'] ?? '' };
    const store = openStore({ kind: 's3', endpoint, bucket, ...credentials });
    const archive = await testArchive();
    t.teardown(async () => {
      await store.close();
      await archive.close();
    });
    const { db, audit, now } = archive.deps;
    const vault = createVault({ db, store, keystore: archive.keystore, audit, now, random: randomBytes });
    await vault.prepare();
    archive.deps.vault = vault;
    const agent = archive.person('agent');
    const kept = [await keep(archive, agent), await keep(archive, agent), await keep(archive, agent)];
    for (const one of kept) await read(archive, agent, one.record);
    const checks = checksOf(archive, store);
    t.deepEqual((await looked(checks)).faults, []);
    await verifyObjects(checks.deps, systemActor());

    // a log collector that keeps all there is, up to now
    const folder = await mkdtemp(join(tmpdir(), 'lantai-test-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'audit.jsonl');
    const reconciled = async (): ReturnType<typeof reconcileReads> => {
      await audit.settled(
        await db.tx((tx) => audit.append(tx, { actor: systemActor(), act: 'test.mark', subject: { kind: 'archive', id: 'x' }, decision: 'allow' })),
      );
      await sleep(2_000);
      await writeFile(file, `${lines.join('\n')}\n`);
      return reconcileReads({ ...checks.deps, now: () => new Date() }, systemActor(), { files: [file], bucket, skew: 1_000 });
    };
    const before = await reconciled();
    t.deepEqual(before.unlogged, []);
    t.like(before, { result: 'clean', sources: ['minio'], unseenCount: 0, kinds: { reading: 3, verification: 12 } });

    // somebody with the store's credentials, past the archive
    const thief = openStore({ kind: 's3', endpoint, bucket, ...credentials });
    await buffer(await thief.get(kept[0]?.objects[0] as { key: string; version: string }));
    await thief.close();
    const after = await reconciled();
    t.is(after.result, 'unlogged');
    t.like(after.unlogged, [{ key: kept[0]?.objects[0]?.key, record: kept[0]?.record, credential: credentials.accessKey, range: null }]);

    // damage from below: what no lock keeps off
    const [gone, torn] = [kept[1]?.objects[0], kept[2]?.objects[0]];
    await rm(join(data, bucket, gone?.key ?? ''), { recursive: true });
    const meta = join(data, bucket, torn?.key ?? '', 'xl.meta');
    t.deepEqual(await readdir(join(data, bucket, torn?.key ?? '')), ['xl.meta']);
    const bytes = await readFile(meta);
    bytes[bytes.length - 20] = (bytes.at(-20) ?? 0) ^ 1;
    await writeFile(meta, bytes);
    await store.put(`v1/${archive.keystore.archiveId}/Z001/${newId()}/${newId()}/${newId()}`, randomBytes(80), 80);
    const { row, faults } = await looked(checks);
    t.deepEqual(faults.map((one) => `${one.kind} ${one.subject}`).sort(), [`missing ${gone?.id}`, `unreadable ${torn?.id}`]);
    t.is(row.counts.store?.young, 1);
  });
}
