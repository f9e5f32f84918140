import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { setTimeout as sleep } from 'node:timers/promises';
import { publishLast, serve } from '../../src/app/index.js';
import { folderSource, verifierKey, verifyPublished } from '../../src/audit/index.js';
import { loadConfig, silentLogger } from '../../src/config/index.js';
import { sql } from '../../src/db/index.js';
import { testDatabase } from '../support/database.js';
import { testEntry } from '../support/audit.js';
import { scratch } from './published-support.js';

test('R55: told to stop, the server signs and publishes what is left, so that a database put back afterwards takes all of it from the store', async (t) => {
  const database = await testDatabase();
  const place = await scratch();
  t.teardown(async () => {
    await database.close();
    await rm(place.path, { recursive: true, force: true });
  });
  const config = loadConfig({
    LANTAI_DATA: place.path,
    LANTAI_PORT: '0',
    LANTAI_LOG_LEVEL: 'silent',
    DATABASE_URL: database.urls.app,
    DATABASE_OWNER_URL: database.urls.owner,
    DATABASE_AUDIT_URL: database.urls.audit,
  });
  const start = () => serve(config, { log: silentLogger, tell: () => undefined, demo: false, worker: false, version: '0' });
  const first = await start();
  const { audit, db, keystore } = first.archive;
  await db.tx((tx) =>
    audit.appendMany(
      tx,
      Array.from({ length: 300 }, () => testEntry()),
    ),
  );
  await first.stop();
  const ends = await database.owner.one<{ signed: bigint; published: bigint; pending: bigint }>(sql`select (select max(size) from audit_heads) as signed,
    (select max(size) from audit_published where kind = 'checkpoint') as published, (select count(*) from audit_pending) as pending`);
  t.true(ends.signed > 300n);
  t.deepEqual([ends.published, ends.pending], [ends.signed, 0n]);
  const report = await verifyPublished(folderSource(join(place.path, 'objects/log', keystore.archiveId)), {
    keys: `${verifierKey(audit.originOf(String(new Date().getUTCFullYear())), audit.publicKey)}\n`,
  });
  t.deepEqual([report.faults, report.logs[0]?.size], [[], ends.signed]);

  // the database is put back to before those entries; the keystore, as always, is not
  await database.superuser.tx(async (tx) => {
    await tx.run(sql`set local session_replication_role = replica`);
    for (const table of [sql`audit_entries`, sql`audit_side`, sql`audit_heads`, sql`audit_tiles`, sql`audit_published`])
      await tx.run(sql`delete from ${table}`);
  });
  const second = await start();
  t.teardown(() => second.stop());
  while ((await second.archive.audit.state()).pending > 0) await sleep(20);
  const state = await second.archive.audit.state();
  t.is(state.trouble, null);
  t.true(state.size >= ends.signed);
  const opened = await database.owner.one<{
    breaks: bigint;
    replayed: bigint;
  }>(sql`select (select count(*) from audit_entries where act = 'log.break') as breaks,
    (select count(*) from audit_entries where act = 'log.replay') as replayed`);
  t.deepEqual(opened, { breaks: 0n, replayed: 1n }, 'written again, and no log was closed with a loss');
});

test('R55: a store that does not answer keeps no server from stopping', async (t) => {
  const never = (): Promise<never> => new Promise(() => undefined);
  const told: string[] = [];
  const begun = performance.now();
  const archive = {
    audit: { state: never },
    log: { warn: (event: string) => void told.push(event) },
  } as unknown as Parameters<typeof publishLast>[0];
  t.false(await publishLast(archive, 200));
  t.true(performance.now() - begun < 2_000);
  t.deepEqual(told, ['log.unpublished']);
});
