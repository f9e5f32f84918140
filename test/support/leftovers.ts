import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Processes are counted apart in each container: a folder of another one is not ours to judge. */
const space = ((): string => {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
})();

/** How the temporary folder of a test process begins, and that of a bench. */
export const ownPrefix = (kind: 'test' | 'bench', pid = process.pid): string => `lantai-${kind}-p${space}-${pid}-`;

/** Whether a process is gone; one that is not ours to signal is there. */
export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Removes the folders of tests and benches whose process is gone; nothing else is touched. */
export function sweepLeftovers(shared: string): void {
  const ours = new RegExp(`^lantai-(?:test|bench)-p${space}-(\\d+)-\\w{6}$`);
  for (const name of readdirSync(shared)) {
    const pid = ours.exec(name)?.[1];
    if (pid !== undefined && isGone(Number(pid))) removeFolder(join(shared, name));
  }
}

/** What cannot be removed now, since a program still writes into it or another process sweeps it, is removed another time. */
export function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    return;
  }
}
