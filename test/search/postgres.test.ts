import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { sql } from '../../src/db/index.js';
import { createPostgresSearch } from '../../src/search/index.js';
import { catalogueOf } from '../support/catalogue.js';
import { testDatabase, type TestDatabase } from '../support/database.js';
import { searchSuite } from './suite/index.js';

/** Every file in which the server could have left a text: those of this database, its log of writes, what it spilled. */
async function rawFiles(database: TestDatabase, texts: readonly string[]): Promise<string[]> {
  await database.superuser.run(sql`create extension if not exists pg_buffercache`);
  await database.superuser.run(sql`select pg_buffercache_evict_all()`); // a checkpoint leaves pages of unlogged tables in memory
  await database.superuser.run(sql`checkpoint`);
  const { folder, base } = await database.superuser.one<{ folder: string; base: string }>(sql`
    select current_setting('data_directory') as folder, oid::text as base from pg_database where datname = current_database()`);
  const since = Date.now() - 300_000;
  const found = new Set<string>();
  for (const place of [`base/${base}`, 'base/pgsql_tmp', 'pg_wal', 'global', 'pg_stat', 'log', '.'])
    for (const name of await readdir(join(folder, place)).catch(() => [])) {
      const path = join(folder, place, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }));
      if (mtimeMs < since) continue;
      const bytes = await readFile(path).catch(() => Buffer.alloc(0));
      for (const text of texts) if (bytes.includes(text)) found.add(text);
    }
  return [...found].sort();
}

searchSuite(test, 'postgres', async () => {
  const database = await testDatabase();
  const catalogue = await catalogueOf(database);
  const make = () => createPostgresSearch({ db: database.app });
  const engine = make();
  await engine.prepare();
  await (await engine.rebuild()).swap();
  return {
    engine,
    catalogue,
    again: () => Promise.resolve(make()),
    inRawFiles: (texts) => rawFiles(database, texts),
    close: () => database.close(),
  };
});
