import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

export interface Credential {
  role: string;
  username: string;
  password: string;
}

/** A demo archive served from a folder, to be killed and started again on the same port. */
export class Victim {
  readonly dataDir: string;
  private child: ChildProcess | undefined;
  private gone: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly folder: string,
    readonly port: number,
  ) {
    this.dataDir = join(folder, 'data');
  }

  static async create(folder: string): Promise<Victim> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    server.close();
    return new Victim(folder, port);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get credentials(): Credential[] {
    return JSON.parse(readFileSync(join(this.folder, 'credentials.json'), 'utf8')) as Credential[];
  }

  start(demo = false): void {
    const words = ['serve', '--port', String(this.port), ...(demo ? ['--demo', '--credentials', join(this.folder, 'credentials.json')] : [])];
    const log = openSync(join(this.folder, 'server.log'), 'a', 0o600);
    const child = spawn(process.execPath, [MAIN, ...words], {
      stdio: ['ignore', 'ignore', log],
      env: { PATH: process.env['PATH'], LANG: 'C', LANTAI_DATA: this.dataDir, LANTAI_LOG_LEVEL: 'warn' },
    });
    closeSync(log);
    this.child = child;
    this.gone = once(child, 'exit');
  }

  get running(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Until it can serve; throws when it ended by itself or takes longer than two minutes. */
  async ready(): Promise<void> {
    for (let tries = 0; tries < 1_200; tries++) {
      const answer = await fetch(`${this.url}/readyz`).catch(() => undefined);
      if (answer?.ok) return;
      if (!this.running) throw new Error(`the service ended by itself; see ${this.folder}/server.log`);
      await sleep(100);
    }
    throw new Error(`the service is not ready; see ${this.folder}/server.log`);
  }

  async killService(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.gone;
  }

  private get postmaster(): number {
    const { place } = JSON.parse(readFileSync(join(this.dataDir, 'postgres.json'), 'utf8')) as { place: string };
    return Number(readFileSync(join(place, 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  /** The postmaster alone: its children notice by themselves. */
  killPostgres(): void {
    try {
      process.kill(this.postmaster, 'SIGKILL');
    } catch {
      // it was just not running: killed a moment ago and not up again
    }
  }

  /** Stops every process of PostgreSQL where it stands (or lets them go on): connections stay, and nothing is answered. */
  freezePostgres(frozen: boolean): void {
    const { postmaster } = this;
    if (frozen) process.kill(postmaster, 'SIGSTOP'); // first, so that it makes no more children
    const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
    for (const line of stdout.trim().split('\n')) {
      const [pid, parent] = line.trim().split(/\s+/).map(Number);
      if (pid !== undefined && parent === postmaster) process.kill(pid, frozen ? 'SIGSTOP' : 'SIGCONT');
    }
    if (!frozen) process.kill(postmaster, 'SIGCONT');
  }

  async stop(): Promise<void> {
    if (!this.running) return;
    this.child?.kill('SIGTERM');
    await this.gone;
  }
}
