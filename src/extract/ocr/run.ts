import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { watchMemory } from '../memory.js';
import type { NoText } from '../values.js';

/** A program with pipes only: what goes in, what comes out, and when and why it ended. */
export interface Running {
  out: Readable;
  /** Sends everything and closes; false when there was more than allowed, and the program was ended for it. */
  feed(bytes: AsyncIterable<Buffer | string>, most: number): Promise<boolean>;
  /** `undefined` when it ended well. */
  ended: Promise<NoText | undefined>;
  kill(reason: NoText): void;
}

/** Where temporary files would go: what asks for one fails instead of leaving content on the disk. */
const NO_FOLDER = '/dev/null';

const KEPT = ['PATH', 'TESSDATA_PREFIX', 'SystemRoot'];

/** Starts a program of this machine without the environment of ours. Its error output is not read: it may quote. */
export function run(command: string, args: readonly string[], limits: { milliseconds: number; memoryMb: number }): Running {
  const env = Object.fromEntries(KEPT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
  // One thread each: how many files are read at once is for this program to say.
  const started = spawn(command, args, {
    cwd: '/',
    env: { ...env, OMP_THREAD_LIMIT: '1', TMPDIR: NO_FOLDER },
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  });
  const { stdin: input, stdout: out } = started;
  let killedFor: NoText | undefined;
  let alive = true;
  const kill = (reason: NoText): void => {
    killedFor ??= reason;
    started.kill('SIGKILL');
  };
  input.on('error', () => undefined); // it ended early; its end says how
  const timer = setTimeout(() => kill('too_slow'), Math.max(1, limits.milliseconds));
  const unwatch = watchMemory(started.pid, limits.memoryMb, () => kill('too_much_memory'));
  const ended = new Promise<NoText | undefined>((resolve) => {
    const end = (reason: NoText | undefined): void => {
      alive = false;
      clearTimeout(timer);
      unwatch();
      resolve(killedFor ?? reason);
    };
    started.once('error', () => end('failed'));
    started.once('close', (code) => end(code === 0 ? undefined : 'damaged'));
  });
  return {
    out,
    ended,
    kill,
    async feed(bytes, most) {
      let sent = 0;
      for await (const chunk of bytes) {
        sent += chunk.length;
        if (sent > most) {
          kill('too_large');
          return false;
        }
        if (!alive) return true;
        if (!input.write(chunk)) await Promise.race([once(input, 'drain').catch(() => undefined), ended]);
      }
      input.end();
      return true;
    },
  };
}
