import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CodedError } from '../errors/index.js';

/** The operating system's account that PostgreSQL runs under. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

function lookUp(name: string): Account | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined || Number(uid) === 0 ? undefined : { name, uid: Number(uid), gid: Number(gid) };
}

/**
 * PostgreSQL refuses to run as root. For root this names the account it runs under instead: `postgres`, else `nobody`,
 * else a system account `lantai` is made. `undefined` where the process is not root and PostgreSQL simply runs as it.
 */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const found = lookUp('postgres') ?? lookUp('lantai') ?? lookUp('nobody');
  if (found) return found;
  spawnSync('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', 'lantai'], { stdio: 'ignore' });
  const made = lookUp('lantai');
  if (!made) throw new CodedError('unavailable', { detail: 'PostgreSQL refuses to run as root and there is no account for it: add one named postgres' });
  return made;
}

/** How a child process is started so that it runs under the account; from `/`, since the present folder may be closed to it. */
export function runAs(account: Account | undefined): { uid?: number; gid?: number; cwd: string; env: NodeJS.ProcessEnv } {
  const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  return account ? { uid: account.uid, gid: account.gid, cwd: '/', env } : { cwd: '/', env };
}

/** Whether the account may enter a folder: it is tried, because modes, lists and mount options all have a say. */
export function canEnter(account: Account | undefined, folder: string): boolean {
  if (!account) return true;
  const tried = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...runAs(account), stdio: 'ignore' });
  if (tried.error) throw new CodedError('unavailable', { detail: `cannot start a process as ${account.name}`, cause: tried.error });
  return tried.status === 0;
}

/** Root's folder for what cannot lie in the data folder because the account may not enter that. */
const ELSEWHERE = '/var/lib/lantai';

/** A folder below {@link ELSEWHERE} that the account can enter. */
export function reachableFolder(name: string): string {
  const folder = join(ELSEWHERE, name);
  mkdirSync(folder, { recursive: true });
  for (const one of [ELSEWHERE, folder]) chmodSync(one, 0o711);
  return folder;
}

/** Where the database's files go: into the data folder, or, where the account may not go there, below `/var/lib/lantai`. */
export function choosePlace(dataDir: string, account: Account | undefined): string {
  const wanted = resolve(dataDir);
  if (!account) return join(wanted, 'postgres');
  if (canEnter(account, dirname(wanted))) {
    chmodSync(wanted, 0o711); // the account may pass through, and list nothing
    if (canEnter(account, wanted)) return join(wanted, 'postgres');
  }
  return join(reachableFolder(createHash('sha256').update(wanted).digest('hex').slice(0, 12)), 'postgres');
}
