import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Bytes of a page as /proc counts them: all systems that have /proc/…/statm here use 4 KiB, or more, which only makes the limit stricter. */
const PAGE = 4096;
const MiB = 1_048_576;

/** Resident memory of a process in MiB, or `undefined` when it cannot be told. */
export async function residentMb(pid: number): Promise<number | undefined> {
  if (process.platform === 'linux') {
    try {
      return (Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE) / MiB;
    } catch {
      return undefined; // it has just ended
    }
  }
  if (process.platform === 'win32') return undefined;
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'rss=', '-p', String(pid)], (error, out) => resolve(error ? undefined : Number(out) / 1024));
  });
}

/** Calls `onExceeded` once when a process takes more than it may; ends with the function that is given back. */
export function watchMemory(pid: number | undefined, limitMb: number, onExceeded: () => void): () => void {
  if (pid === undefined) return () => undefined;
  let asking = false;
  const look = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    const used = await residentMb(pid);
    asking = false;
    if (used === undefined || used <= limitMb) return;
    clearInterval(timer);
    onExceeded();
  };
  const timer = setInterval(() => void look(), 50);
  timer.unref();
  return () => clearInterval(timer);
}
