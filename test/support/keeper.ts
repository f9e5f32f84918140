/**
 * Runs the PostgreSQL that all test files of this checkout share, in a process of its own, and stops it when no test has
 * been connected for a while: nobody has to remember to. Asked to end (SIGTERM), it stops at once. Started by `database.ts`, detached.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase, sql, startEmbedded, waitForFolder } from '../../src/db/index.js';
import { isGone } from './leftovers.js';

const [, , folder] = process.argv;
if (folder === undefined) throw new Error('keeper: which folder?');
const state = join(folder, 'state.json');
/** Rounds of half a second without a test before it stops. */
const PATIENCE = 60;
/** Rounds after which it looks for databases that killed processes left. */
const SWEEP = 40;

const embedded = await startEmbedded({ dataDir: folder, durable: false, maxConnections: 800 });
const db = openDatabase({ connectionString: embedded.superUrl, max: 1, applicationName: 'lantai keeper' });
for (const name of await databases()) await drop(name);
const roles = Object.fromEntries(Object.entries({ owner: embedded.ownerUrl, app: embedded.appUrl, audit: embedded.auditUrl, super: embedded.superUrl }));
writeFileSync(state, JSON.stringify(roles), { mode: 0o600 });

/** Databases of tests that nobody is connected to. */
async function databases(): Promise<string[]> {
  const rows = await db.many<{ name: string }>(sql`
    select datname as name from pg_database d where datname like 'c\_%' and not exists (select from pg_stat_activity a where a.datid = d.oid)`);
  return rows.map(({ name }) => name);
}

/** A process that was killed did not drop its databases, and a bench's are large. */
async function sweep(): Promise<void> {
  for (const name of await databases()) {
    const pid = /^c_(\d+)_/.exec(name)?.[1];
    if (pid !== undefined && isGone(Number(pid))) await drop(name);
  }
}

async function drop(name: string): Promise<void> {
  if (!/^c_[0-9a-f_]+$/.test(name)) return;
  const { Client } = (await import('pg')).default;
  const client = new Client({ connectionString: embedded.superUrl });
  await client.connect();
  await client.query(`drop database if exists ${name} with (force)`);
  await client.end();
}

async function tests(): Promise<number> {
  const { count } = await db.one<{ count: number }>(sql`
    select count(*)::int as count from pg_stat_activity
    where backend_type = 'client backend' and application_name not in ('lantai keeper', 'lantai hold')`);
  return count;
}

let ending = false;
process.once('SIGTERM', () => (ending = true));
for (let idle = 0, round = 1; ; round++) {
  await sleep(500);
  idle = (await tests().catch(() => 0)) === 0 ? idle + 1 : 0;
  if (round % SWEEP === 0) await sweep().catch(() => undefined);
  if (!ending && idle < PATIENCE) continue;
  const lock = await waitForFolder(folder, 'use');
  if (ending || (await tests().catch(() => 0)) === 0) {
    rmSync(state, { force: true });
    await db.close();
    await embedded.stop();
    process.exit(0);
  }
  await lock.release();
  idle = 0;
}
