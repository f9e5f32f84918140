import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { type Embedded, type EmbeddedOptions, lockFolder, openDatabase, sql, startEmbedded } from '../../src/db/index.js';

const root = process.getuid?.() === 0;

function folder(t: ExecutionContext, mode = 0o755): string {
  const made = mkdtempSync(join(tmpdir(), 'lantai-embedded-'));
  chmodSync(made, mode);
  t.teardown(() => rmSync(made, { recursive: true, force: true }));
  return join(made, 'data');
}

async function query<T extends object>(url: string, statement: ReturnType<typeof sql>): Promise<T[]> {
  const db = openDatabase({ connectionString: url, max: 1 });
  try {
    return await db.many<T>(statement);
  } finally {
    await db.close();
  }
}

/** Starts `holder.ts`; resolves with its first line. */
async function holder(t: ExecutionContext, what: string, at: string): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('holder.js', import.meta.url)), what, at], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => void child.kill('SIGKILL'));
  const [data] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, line: data.toString().trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

const postmaster = (place: string): number => Number(readFileSync(join(place, 'postmaster.pid'), 'utf8').split('\n')[0]);
const placeOf = (dataDir: string): string => (JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8')) as { place: string }).place;

async function start(t: ExecutionContext, dataDir: string, more: Partial<EmbeddedOptions> = {}): Promise<Embedded> {
  const embedded = await startEmbedded({ dataDir, durable: false, ...more });
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (!stopped) await embedded.stop();
    stopped = true;
  };
  t.teardown(stop);
  return { ...embedded, stop };
}

test('what was committed is there after a stop; passwords stay in a file for the owner only', async (t) => {
  const dataDir = folder(t);
  const first = await start(t, dataDir);
  await query(first.ownerUrl, sql`create table kept as select 7 as n`);
  await first.stop();
  t.is(statSync(join(dataDir, 'postgres.json')).mode & 0o777, 0o600);
  const second = await start(t, dataDir);
  t.deepEqual(await query(second.ownerUrl, sql`select n from kept`), [{ n: 7 }]);
  await second.stop();
  t.false(existsSync(join(placeOf(dataDir), 'postmaster.pid')));
});

test('a server that outlived a kill -9 of its process is adopted', async (t) => {
  const dataDir = folder(t);
  const { child, line } = await holder(t, 'postgres', dataDir);
  const server = postmaster(placeOf(dataDir));
  await kill(child);
  const again = await start(t, dataDir);
  t.is(again.appUrl, line);
  t.is(postmaster(placeOf(dataDir)), server);
  await again.stop();
  t.false(existsSync(join(placeOf(dataDir), 'postmaster.pid')));
  await t.throwsAsync(query(line, sql`select 1`), { message: 'unavailable' });
});

test('a server killed with -9 comes back on the same port with all that was committed', async (t) => {
  const dataDir = folder(t);
  let back: () => void = () => undefined;
  const restarted = new Promise<void>((done) => (back = done));
  const embedded = await start(t, dataDir, { durable: true, onRestart: () => back() });
  await query(embedded.ownerUrl, sql`create table kept as select 1 as n`);
  process.kill(postmaster(placeOf(dataDir)), 'SIGKILL');
  await restarted;
  t.deepEqual(await query(embedded.ownerUrl, sql`select n from kept`), [{ n: 1 }]);
  await embedded.stop();
});

test('a postmaster.pid that names a process of somebody else does not keep the server from starting', async (t) => {
  const dataDir = folder(t);
  await (await start(t, dataDir)).stop();
  const pidFile = join(placeOf(dataDir), 'postmaster.pid');
  writeFileSync(pidFile, `${process.pid}\n${placeOf(dataDir)}\n0\n1\n\n127.0.0.1\n\nready\n`);
  const embedded = await start(t, dataDir);
  t.not(postmaster(placeOf(dataDir)), process.pid);
  await embedded.stop();
});

test('the last process that uses the server stops it, no other', async (t) => {
  const dataDir = folder(t);
  const { child, line } = await holder(t, 'postgres', dataDir);
  const second = await start(t, dataDir);
  t.is(second.appUrl, line);
  await second.stop();
  t.is((await query(line, sql`select 1 as n`)).length, 1);
  await kill(child);
  await (await start(t, dataDir)).stop();
  await t.throwsAsync(query(line, sql`select 1`));
});

test('a data folder whose database is gone is refused, never filled anew', async (t) => {
  const dataDir = folder(t);
  await (await start(t, dataDir)).stop();
  rmSync(placeOf(dataDir), { recursive: true });
  await t.throwsAsync(start(t, dataDir), { message: 'unavailable' });
  t.false(existsSync(placeOf(dataDir)));
});

(root ? test : test.skip)('as root, a data folder that others may not enter gets its database elsewhere, and says where', async (t) => {
  const dataDir = folder(t, 0o700);
  const said: string[] = [];
  const embedded = await start(t, dataDir, { tell: (notice) => said.push(`${notice.code} ${notice.params['place'] ?? ''}`) });
  const place = placeOf(dataDir);
  t.teardown(() => rmSync(dirname(place), { recursive: true, force: true }));
  t.true(place.startsWith('/var/lib/lantai/'));
  t.true(said.includes(`runs_as ${place}`));
  t.not(statSync(place).uid, 0);
  t.is(statSync(dirname(dataDir)).mode & 0o777, 0o700);
  await embedded.stop();
});

test('a folder is locked for one process, until that ends, however it ends', async (t) => {
  const at = dirname(folder(t));
  const { child, line } = await holder(t, 'lock', at);
  t.is(line, 'held');
  t.is(await lockFolder(at, 'serve'), undefined);
  await kill(child);
  await sleep(20);
  const lock = await lockFolder(at, 'serve');
  t.truthy(lock);
  await lock?.release();
});
