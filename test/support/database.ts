import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type Db, migrate, type Migration, openDatabase, prepareDatabase, readMigrations, waitForFolder } from '../../src/db/index.js';
import { migrateJobs } from '../../src/jobs/index.js';

const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));
/** Where all test processes of this machine meet; each has a temporary folder of its own besides, see `own-folder.ts`. */
const SHARED = process.env['LANTAI_TEST_SHARED'] ?? tmpdir();
const FOLDER = join(SHARED, `lantai-test-${createHash('sha256').update(CHECKOUT).digest('hex').slice(0, 10)}`);
const MIGRATIONS = new URL('../../../migrations/', import.meta.url);

interface Urls {
  owner: string;
  app: string;
  audit: string;
}

export interface TestDatabase {
  /** As the role that owns the schema: for looking behind the scenes and for breaking things. */
  owner: Db;
  /** As the server's role. */
  app: Db;
  /** As the role that moves audit entries into the log. */
  audit: Db;
  /** As the server's superuser: for what no role of the archive may do. */
  superuser: Db;
  urls: Urls;
  /** Closes the pools and drops the database. */
  close(): Promise<void>;
}

interface Server extends Urls {
  super: string;
}

const readState = (): Server | undefined => {
  try {
    return JSON.parse(readFileSync(join(FOLDER, 'state.json'), 'utf8')) as Server;
  } catch {
    return undefined;
  }
};

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'lantai test', connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** A connection to the shared server; it is started when it does not run. As long as a connection is open it is kept. */
async function reach(): Promise<{ server: Server; client: pg.Client }> {
  mkdirSync(FOLDER, { recursive: true, mode: 0o711 });
  const lock = await waitForFolder(FOLDER, 'use');
  try {
    const there = readState();
    const client = there && (await connect(there.super).catch(() => undefined));
    if (there && client) return { server: there, client };
    rmSync(join(FOLDER, 'state.json'), { force: true });
    return await start();
  } finally {
    await lock.release();
  }
}

async function start(): Promise<{ server: Server; client: pg.Client }> {
  let ended: number | null | undefined;
  // Its own file for errors: with ours it would keep the test runner waiting for the end of the stream.
  const log = openSync(join(FOLDER, 'keeper.log'), 'w');
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('keeper.js', import.meta.url)), FOLDER], {
    detached: true,
    stdio: ['ignore', 'ignore', log],
    env: { ...process.env, TMPDIR: SHARED },
  });
  closeSync(log);
  keeper.once('exit', (code) => (ended = code));
  keeper.unref();
  while (ended === undefined) {
    const server = readState();
    if (server) return { server, client: await connect(server.super) };
    await sleep(50);
  }
  // Without waiting for the disk a machine that went down may leave a broken cluster; there is nothing in it to keep.
  throw new Error(`the test database does not start; see ${FOLDER}/keeper.log, or remove ${FOLDER} and try again`);
}

const on = (url: string, database: string): string => url.replace(/\/[^/]*$/, `/${database}`);

async function migrations(): Promise<Migration[]> {
  return existsSync(MIGRATIONS) ? readMigrations(MIGRATIONS) : [];
}

/** A database that has all migrations; made once for each state of the migration files. */
async function template(server: Server, client: pg.Client): Promise<string> {
  const list = await migrations();
  const digest = createHash('sha256').update('with the queue');
  for (const one of list) digest.update(`${one.file} ${one.digest}\n`);
  const name = `t_${digest.digest('hex').slice(0, 16)}`;
  await client.query('select pg_advisory_lock(1)');
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount) return name;
    await client.query(`drop database if exists ${name}_new with (force)`);
    await client.query(`create database ${name}_new owner lantai_owner`);
    await prepareDatabase(on(server.super, `${name}_new`));
    await migrate(on(server.owner, `${name}_new`), list);
    await migrateJobs(on(server.owner, `${name}_new`));
    await client.query(`alter database ${name}_new rename to ${name}`);
    return name;
  } finally {
    await client.query('select pg_advisory_unlock(1)');
  }
}

/** Name of a database, once nobody is connected to it: PostgreSQL copies no other. Pools connect again by themselves. */
async function emptied(client: pg.Client, database: TestDatabase): Promise<string> {
  const name = new URL(database.urls.app).pathname.slice(1);
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
  return name;
}

/**
 * A database of its own for a test file, cloned from the migrated template:
 *
 * ```ts
 * const database = await testDatabase();
 * test.after.always(() => database.close());
 * ```
 */
export async function testDatabase(options: { copyOf?: TestDatabase } = {}): Promise<TestDatabase> {
  const { server, client } = await reach();
  const name = `c_${process.pid}_${randomBytes(8).toString('hex')}`;
  const from = options.copyOf ? await emptied(client, options.copyOf) : await template(server, client);
  await client.query(`create database ${name} template ${from} owner lantai_owner`);
  await client.query(`revoke all on database ${name} from public`);
  await client.query(`grant connect on database ${name} to lantai_app, lantai_integrator`);
  const urls: Urls = { owner: on(server.owner, name), app: on(server.app, name), audit: on(server.audit, name) };
  const open = (connectionString: string): Db => openDatabase({ connectionString, max: 8, applicationName: 'lantai test' });
  const pools = { owner: open(urls.owner), app: open(urls.app), audit: open(urls.audit), superuser: open(on(server.super, name)) };
  return {
    ...pools,
    urls,
    async close() {
      for (const pool of Object.values(pools)) await pool.close();
      await client.query(`drop database if exists ${name} with (force)`);
      await client.end();
    },
  };
}
