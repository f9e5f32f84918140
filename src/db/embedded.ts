import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { CodedError } from '../errors/index.js';
import { choosePlace, serverAccount } from './embedded-account.js';
import { findBinaries, type Notice } from './embedded-binaries.js';
import { type Cluster, initCluster, startCluster, stopCluster, superUrl } from './embedded-server.js';
import { waitForFolder } from './folder-lock.js';

/** The three roles that work in the database; the role `postgres` only sets them up. */
export const ROLES = ['lantai_owner', 'lantai_app', 'lantai_integrator'] as const;
type Role = (typeof ROLES)[number];

interface Secrets {
  place: string;
  postgres: string;
  roles: Record<Role, string>;
  /** Set once roles and database are there: a missing cluster is then a loss, not a first start. */
  ready: boolean;
}

export interface EmbeddedOptions {
  /** Passwords stay here in a file of mode 0600; the database's files too, where its account can reach them. */
  dataDir: string;
  /** Told what was done that an operator would want to know. */
  tell?: (notice: Notice) => void;
  /** Told when the server was lost and came back. */
  onRestart?: () => void;
  /** Default true; tests may do without waiting for the disk. */
  durable?: boolean;
  maxConnections?: number;
}

export interface Embedded {
  ownerUrl: string;
  appUrl: string;
  auditUrl: string;
  /** Where its files lie: in the data folder, or elsewhere where its account may not go there. */
  folder: string;
  /** For tests and tools only: the role that makes databases. */
  superUrl: string;
  /** Stops the server, unless another process still uses it. */
  stop(): Promise<void>;
}

const password = (): string => randomBytes(24).toString('base64url');

function readSecrets(file: string): Secrets | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Secrets) : undefined;
}

function writeSecrets(file: string, secrets: Secrets): void {
  writeFileSync(`${file}.new`, JSON.stringify(secrets, null, 2), { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'lantai set-up' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What only a superuser may do in a database; also used for the template of the tests. */
export async function prepareDatabase(url: string): Promise<void> {
  await withClient(url, async (client) => {
    for (const name of ['pg_trgm', 'pgcrypto']) await client.query(`create extension if not exists ${name}`);
    await client.query(`do $$ begin
      execute format('revoke all on database %I from public', current_database());
      execute format('grant connect on database %I to lantai_app, lantai_integrator', current_database());
    end $$`);
    await client.query('revoke all on schema public from public');
    await client.query('grant usage on schema public to lantai_app, lantai_integrator');
    // nobody signs in as it: what a restored catalogue takes over is taken over under it, by the owner (see `openDatabase`)
    await client.query(`do $$ begin
      if not exists (select from pg_roles where rolname = 'lantai_replay') then create role lantai_replay nologin; end if;
      if not pg_has_role('lantai_owner', 'lantai_replay', 'member') then grant lantai_replay to lantai_owner; end if;
    end $$`);
  });
}

/** Makes roles and database. May be repeated: a crash in the middle leaves nothing that the next start would not finish. */
async function setUp(cluster: Cluster, port: number, secrets: Secrets): Promise<void> {
  await withClient(superUrl(cluster, port), async (client) => {
    for (const role of ROLES) {
      const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
      // The password is base64url, made above: nothing in it needs escaping.
      await client.query(`${rowCount ? 'alter' : 'create'} role ${role} login nosuperuser nocreatedb nocreaterole password '${secrets.roles[role]}'`);
    }
    const { rowCount } = await client.query(`select from pg_database where datname = 'lantai'`);
    if (!rowCount) await client.query('create database lantai owner lantai_owner');
  });
  await prepareDatabase(superUrl(cluster, port, 'lantai'));
}

async function hasReplayRole(url: string): Promise<boolean> {
  return withClient(url, async (client) => ((await client.query(`select from pg_roles where rolname = 'lantai_replay'`)).rowCount ?? 0) > 0);
}

/** Advisory lock that every process using the server holds as shared: who gets it alone is the last and may stop it. */
const USERS = 7_104_210;

/** A connection that counts as "in use" and tells when the server is gone. */
async function hold(url: string, lost: () => void): Promise<{ client: pg.Client; close(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url, application_name: 'lantai hold', keepAlive: true });
  let closing = false;
  client.on('error', () => undefined);
  client.on('end', () => {
    if (!closing) lost();
  });
  await client.connect();
  await client.query('select pg_advisory_lock_shared($1)', [USERS]);
  return {
    client,
    async close() {
      closing = true;
      await client.end().catch(() => undefined);
    },
  };
}

async function isLast(url: string): Promise<boolean> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ free: boolean }>('select pg_try_advisory_lock($1) as free', [USERS]);
    return rows[0]?.free === true;
  });
}

async function openCluster(options: EmbeddedOptions, tell: (notice: Notice) => void): Promise<{ cluster: Cluster; secrets: Secrets; file: string }> {
  const account = serverAccount();
  const file = join(resolve(options.dataDir), 'postgres.json');
  const known = readSecrets(file);
  const secrets = known ?? {
    place: choosePlace(options.dataDir, account),
    postgres: password(),
    roles: { lantai_owner: password(), lantai_app: password(), lantai_integrator: password() },
    ready: false,
  };
  if (!known) {
    writeSecrets(file, secrets);
    if (account) tell({ code: 'runs_as', params: { account: account.name, place: secrets.place } });
  }
  if (secrets.ready && !existsSync(join(secrets.place, 'PG_VERSION'))) {
    throw new CodedError('unavailable', { detail: `the database of this data folder is missing: ${secrets.place}. Bring it back, or restore a backup` });
  }
  const cluster: Cluster = {
    folder: secrets.place,
    binaries: await findBinaries(account, tell),
    account,
    superPassword: secrets.postgres,
    logFile: join(resolve(options.dataDir), 'logs', 'postgres.log'),
    durable: options.durable ?? true,
    ...(options.maxConnections === undefined ? {} : { maxConnections: options.maxConnections }),
  };
  return { cluster, secrets, file };
}

/**
 * Starts the embedded PostgreSQL of a data folder, or attaches to it when another process of ours runs it.
 * A server that dies is started again on the same port as long as this process lives.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const tell = options.tell ?? (() => undefined);
  mkdirSync(options.dataDir, { recursive: true });
  const locked = async <T>(work: () => Promise<T>): Promise<T> => {
    const lock = await waitForFolder(options.dataDir, 'postgres');
    try {
      return await work();
    } finally {
      await lock.release();
    }
  };
  let stopping = false;
  let holder: { close(): Promise<void> } | undefined;

  const opened = await locked(async () => {
    const found = await openCluster(options, tell);
    await initCluster(found.cluster);
    const started = await startCluster(found.cluster);
    if (!found.secrets.ready) {
      await setUp(found.cluster, started.port, found.secrets);
      writeSecrets(found.file, { ...found.secrets, ready: true });
    } else if (!(await hasReplayRole(superUrl(found.cluster, started.port)))) {
      await prepareDatabase(superUrl(found.cluster, started.port, 'lantai')); // made by an older program
    }
    holder = await hold(superUrl(found.cluster, started.port), revive);
    return { ...found, port: started.port };
  });
  const { cluster, secrets, port } = opened;

  function revive(): void {
    void (async () => {
      for (let wait = 100; !stopping; wait = Math.min(wait * 2, 5_000)) {
        try {
          await locked(async () => {
            if (stopping) return;
            const again = await startCluster(cluster, port);
            if (again.port !== port) throw new CodedError('unavailable', { detail: 'PostgreSQL runs on another port now' });
            holder = await hold(superUrl(cluster, port), revive);
          });
          if (!stopping) {
            tell({ code: 'came_back', params: {} });
            options.onRestart?.();
          }
          return;
        } catch {
          await sleep(wait);
        }
      }
    })();
  }

  const url = (role: Role): string => `postgresql://${role}:${secrets.roles[role]}@127.0.0.1:${port}/lantai`;
  return {
    ownerUrl: url('lantai_owner'),
    appUrl: url('lantai_app'),
    auditUrl: url('lantai_integrator'),
    folder: cluster.folder,
    superUrl: superUrl(cluster, port),
    async stop() {
      stopping = true;
      await locked(async () => {
        await holder?.close();
        if (await isLast(superUrl(cluster, port)).catch(() => true)) await stopCluster(cluster);
      });
    },
  };
}
