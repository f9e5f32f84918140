import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openDatabase } from '../../src/db/index.js';
import { runAs, serverAccount } from '../../src/db/embedded-account.js';
import { freePort } from '../../src/db/embedded-server.js';
import type { TestDatabase } from '../../test/support/database.js';

const exec = promisify(execFile);
const TOOLS = ['initdb', 'postgres', 'pg_dump', 'pg_restore', 'psql'];

/** A folder with a PostgreSQL server and the tools of the same version; `undefined` where there is none. */
export function findTools(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((one, other) => Number(other) - Number(one)) : [];
  const onPath = (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, 'pg_dump'))
    .filter((file) => existsSync(file))
    .map((file) => dirname(realpathSync(file)));
  return [...versions.map((version) => join(debian, version, 'bin')), ...onPath].find((folder) => TOOLS.every((tool) => existsSync(join(folder, tool))));
}

/** A PostgreSQL server of one's own, as `docs/production.md` says to set it up, in a folder that is removed with it. */
export class Server {
  readonly #bin: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #password: string;
  readonly #process: ChildProcess;

  private constructor(bin: string, folder: string, port: number, child: ChildProcess, password: string) {
    this.#bin = bin;
    this.#folder = folder;
    this.#port = port;
    this.#process = child;
    this.#password = password;
  }

  static async start(bin: string): Promise<Server> {
    const account = serverAccount();
    const folder = mkdtempSync(join(tmpdir(), 'lantai-drill-postgres-'));
    chmodSync(folder, 0o711);
    const [data, secret] = [join(folder, 'data'), join(folder, 'password')];
    const password = randomBytes(18).toString('base64url');
    mkdirSync(data, { mode: 0o700 });
    writeFileSync(secret, password, { mode: 0o600 });
    if (account) for (const one of [data, secret]) chownSync(one, account.uid, account.gid);
    await exec(
      join(bin, 'initdb'),
      ['-D', data, '-U', 'postgres', `--pwfile=${secret}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
      runAs(account),
    );
    rmSync(secret);
    const port = await freePort();
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_locks_per_transaction=256', 'fsync=off', 'timezone=UTC'];
    const child = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...settings.flatMap((one) => ['-c', one])], {
      ...runAs(account),
      stdio: 'ignore',
    });
    const server = new Server(bin, folder, port, child, password);
    for (let tries = 0; ; tries++) {
      try {
        await server.psql('postgres', ['-c', 'select 1']);
        return server;
      } catch (error) {
        if (tries === 100 || child.exitCode !== null) {
          await server.stop();
          throw error;
        }
        await sleep(100);
      }
    }
  }

  #url(user: string, database: string): string {
    return `postgresql://${user}:${this.#password}@127.0.0.1:${String(this.#port)}/${database}`;
  }

  /** Runs a tool of PostgreSQL against a database, as its superuser. */
  async tool(name: string, database: string, words: readonly string[]): Promise<string> {
    const { stdout } = await exec(join(this.#bin, name), ['-d', this.#url('postgres', database), ...words], { maxBuffer: 2 ** 30 });
    return stdout;
  }

  psql(database: string, words: readonly string[]): Promise<string> {
    return this.tool('psql', database, ['-q', '-v', 'ON_ERROR_STOP=1', ...words]);
  }

  /** An empty database with the roles of the archive, by the script that is shipped. */
  async database(name: string): Promise<TestDatabase> {
    await this.psql('postgres', ['-c', `create database ${name} encoding 'UTF8' template template0`]);
    const roles = ['owner', 'app', 'integrator'].flatMap((role) => ['-v', `${role}_password=${this.#password}`]);
    await this.psql(name, [...roles, '-f', fileURLToPath(new URL('../../../scripts/create-roles.sql', import.meta.url))]);
    const urls = { owner: this.#url('lantai_owner', name), app: this.#url('lantai_app', name), audit: this.#url('lantai_integrator', name) };
    const open = (connectionString: string) => openDatabase({ connectionString, max: 8, applicationName: 'lantai drill' });
    const pools = { owner: open(urls.owner), app: open(urls.app), audit: open(urls.audit), superuser: open(this.#url('postgres', name)) };
    return {
      ...pools,
      urls,
      async close() {
        for (const pool of Object.values(pools)) await pool.close();
      },
    };
  }

  version(): string {
    return execFileSync(join(this.#bin, 'pg_dump'), ['--version'], { encoding: 'utf8' }).trim();
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.#process.once('exit', done));
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGINT');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
