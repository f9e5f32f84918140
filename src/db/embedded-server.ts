import { execFile, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, openSync, closeSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { CodedError } from '../errors/index.js';
import { type Account, runAs } from './embedded-account.js';
import type { Binaries } from './embedded-binaries.js';

const run = promisify(execFile);

/** A PostgreSQL of our own in a folder. */
export interface Cluster {
  folder: string;
  binaries: Binaries;
  account: Account | undefined;
  /** Password of the role `postgres`, which only sets up roles and databases. */
  superPassword: string;
  /** Where the server's standard error goes. */
  logFile: string;
  /** Waits for the disk at every commit. Only tests may do without. */
  durable: boolean;
  maxConnections?: number;
}

export const superUrl = (cluster: Cluster, port: number, database = 'postgres'): string =>
  `postgresql://postgres:${cluster.superPassword}@127.0.0.1:${port}/${database}`;

/** Makes the cluster, whole or not at all. */
export async function initCluster(cluster: Cluster): Promise<void> {
  if (existsSync(join(cluster.folder, 'PG_VERSION'))) return;
  const half = `${cluster.folder}.new`;
  const secret = `${cluster.folder}.pw`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true, mode: 0o700 });
  writeFileSync(secret, cluster.superPassword, { mode: 0o600 });
  if (cluster.account) for (const one of [half, secret]) chownSync(one, cluster.account.uid, cluster.account.gid);
  const words = [
    '-D',
    half,
    '-U',
    'postgres',
    `--pwfile=${secret}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--data-checksums',
  ];
  try {
    await run(cluster.binaries.initdb, cluster.durable ? words : [...words, '--no-sync'], runAs(cluster.account));
  } catch (error) {
    throw new CodedError('unavailable', { detail: `initdb failed: ${String((error as { stderr?: string }).stderr ?? error).slice(0, 500)}` });
  } finally {
    rmSync(secret, { force: true });
  }
  renameSync(half, cluster.folder);
}

/** Row content must not reach the server's log (it quotes failing rows and parameters), and nothing but this machine may connect. */
function settings(cluster: Cluster): string[] {
  const megabytes = Math.round(totalmem() / 2 ** 20);
  const values: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: cluster.maxConnections ?? 100,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    log_min_messages: 'warning',
    log_statement: 'none',
    log_parameter_max_length: 0,
    log_parameter_max_length_on_error: 0,
    log_checkpoints: 'off',
    log_line_prefix: '%m [%p] ',
    shared_buffers: `${Math.min(512, Math.max(32, Math.round(megabytes / (cluster.durable ? 8 : 64))))}MB`,
    effective_cache_size: `${Math.max(64, Math.round(megabytes / 2))}MB`,
    // a search looks at every quarter of the index, and each counts with its indexes
    max_locks_per_transaction: 256,
    work_mem: '8MB',
    maintenance_work_mem: '96MB',
    max_wal_size: '2GB',
    // what a long change pushes out goes to the disk at once: gathered until the next checkpoint, it makes every commit of that moment wait
    backend_flush_after: '256kB',
    jit: 'off',
    ...(cluster.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_wal_senders: 0, wal_level: 'minimal' }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Whether our server answers at that port: another one would not know the random password. */
async function accepts(cluster: Cluster, port: number): Promise<boolean> {
  const client = new pg.Client({ connectionString: superUrl(cluster, port), connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ folder: string }>(`select current_setting('data_directory') as folder`);
    return rows[0] !== undefined && statSync(rows[0].folder).ino === statSync(cluster.folder).ino;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

interface PidFile {
  pid: number;
  port: number;
}

function readPidFile(cluster: Cluster): PidFile | undefined {
  try {
    const lines = readFileSync(join(cluster.folder, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), port: Number(lines[3]) };
  } catch {
    return undefined;
  }
}

/** Whether the process is PostgreSQL on our folder. Its id may belong to something else by now: `kill(pid, 0)` proves nothing. */
async function isOurs(cluster: Cluster, pid: number): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    const words = process.platform === 'linux' ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : (await run('ps', ['-p', String(pid), '-o', 'command='])).stdout;
    return words.includes(cluster.folder);
  } catch {
    return false;
  }
}

/**
 * The port of a server that already runs on the folder, left by a process that was killed or started by another command.
 * It is adopted only after a successful connection; a stale `postmaster.pid` is cleaned away.
 */
export async function adopt(cluster: Cluster): Promise<number | undefined> {
  for (let patience = 600; ; patience--) {
    const file = readPidFile(cluster);
    if (!file) return undefined;
    if (file.port && (await accepts(cluster, file.port))) return file.port;
    if (!(await isOurs(cluster, file.pid))) break;
    if (patience === 0) throw new CodedError('unavailable', { detail: `PostgreSQL (process ${file.pid}) runs on ${cluster.folder} but does not answer` });
    await sleep(100); // it is starting, recovering or stopping
  }
  rmSync(join(cluster.folder, 'postmaster.pid'), { force: true });
  return undefined;
}

/** A port of this machine that nothing listens on now. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? done(address.port) : fail(new Error('no port'))));
    });
  });
}

const LOG_LIMIT = 4 * 2 ** 20;

function openLog(cluster: Cluster): number {
  mkdirSync(dirname(cluster.logFile), { recursive: true });
  if (existsSync(cluster.logFile) && statSync(cluster.logFile).size > LOG_LIMIT) renameSync(cluster.logFile, `${cluster.logFile}.1`);
  return openSync(cluster.logFile, 'a', 0o600);
}

/** One attempt: resolves with `true` when the server answers, with `false` when its process ended. */
async function attempt(cluster: Cluster, port: number): Promise<boolean> {
  const log = openLog(cluster);
  // Detached, so that Ctrl-C in a terminal does not reach it before our own drain is done.
  const child = spawn(cluster.binaries.postgres, ['-D', cluster.folder, '-p', String(port), ...settings(cluster)], {
    ...runAs(cluster.account),
    detached: true,
    stdio: ['ignore', 'ignore', log],
  });
  closeSync(log);
  let ended = false;
  child.once('exit', () => (ended = true));
  child.once('error', () => (ended = true));
  child.unref();
  while (!ended) {
    if (await accepts(cluster, port)) return true;
    await sleep(25);
  }
  return false;
}

/** Starts the server, or adopts one that runs. Only one process at a time may call this (see `startEmbedded`). */
export async function startCluster(cluster: Cluster, preferred?: number): Promise<{ port: number; adopted: boolean }> {
  const running = await adopt(cluster);
  if (running !== undefined) return { port: running, adopted: true };
  for (let tries = 0; tries < 40; tries++) {
    const port = preferred !== undefined && tries < 20 ? preferred : await freePort();
    if (await attempt(cluster, port)) return { port, adopted: false };
    await sleep(250); // children of a killed server still hold its memory, or the port was taken in between
  }
  throw new CodedError('unavailable', { detail: `PostgreSQL does not start; see ${cluster.logFile}` });
}

/** Stops the server in an orderly way: open transactions are rolled back, everything committed is kept. */
export async function stopCluster(cluster: Cluster): Promise<void> {
  await run(cluster.binaries.pgCtl, ['-D', cluster.folder, '-m', 'fast', '-w', '-t', '60', 'stop'], runAs(cluster.account)).catch(() => undefined);
}
