import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ABANDON, type Answer, END, FrameReader, lengthOf, type Order } from './frames.js';
import { watchMemory } from './memory.js';
import { type ExtractInput, type ExtractLimits } from './types.js';
import type { NoText } from './values.js';

/** After this share of the time the child hands over what it has; at the end of it, it is killed. */
const SOFT = 0.8;
/** The heap's share of the memory; the rest is for buffers and the program itself. */
const HEAP = 0.6;
const LONGEST_ANSWER = 65_536;

export interface Told {
  answer: Answer;
  text: string;
}
export type Outcome = Told | { failed: NoText };

const worker = fileURLToPath(new URL('worker/main.js', import.meta.url));

/** The folders that the child may read: this module as compiled, and the libraries. Nothing may be written, nothing started. */
function permissions(): string[] {
  const flag = ['--permission', '--experimental-permission'].find((name) => process.allowedNodeEnvironmentFlags.has(name));
  if (flag === undefined) return [];
  const library = createRequire(import.meta.url).resolve('saxes');
  const modules = library.slice(0, library.lastIndexOf(`${sep}node_modules${sep}`) + `${sep}node_modules`.length);
  const own = dirname(fileURLToPath(import.meta.url));
  const root = dirname(modules);
  const folders = [own, realpathSync(own), modules, realpathSync(modules), join(root, 'package.json')];
  return [flag, '--no-warnings', ...[...new Set(folders)].map((folder) => `--allow-fs-read=${folder}`)];
}

/** How Node is told to run the child: little memory, no code from strings, no rights. */
export function childFlags({ memoryMb }: Pick<ExtractLimits, 'memoryMb'>): string[] {
  return [`--max-old-space-size=${Math.max(32, Math.floor(memoryMb * HEAP))}`, '--disallow-code-generation-from-strings', ...permissions()];
}

/** One reading process. It reads one file at a time, and is gone after the first one that went wrong. */
export class Child {
  readonly #process: ChildProcess;
  readonly #in: Writable;
  readonly #out: Readable;
  /** Settled when it has ended, by itself or by us. */
  readonly #ended: Promise<NoText>;
  #killedFor: NoText | undefined;
  alive = true;

  constructor(readonly limits: ExtractLimits) {
    const started = spawn(process.execPath, [...childFlags(limits), worker], {
      cwd: '/',
      env: { TMPDIR: '/dev/null' },
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    });
    this.#process = started;
    this.#in = started.stdin;
    this.#out = started.stdout;
    this.#in.on('error', () => undefined); // it ended before it had read everything; its end says why
    this.#out.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      const end = (reason: NoText): void => {
        this.alive = false;
        resolve(this.#killedFor ?? reason);
      };
      started.once('error', () => end('failed'));
      started.once('exit', (code, signal) => end(signal === 'SIGABRT' || code === 134 ? 'too_much_memory' : 'failed'));
    });
    this.#hold(false);
  }

  /** Reads one file. Rejects only when the file's own source fails. */
  async read(input: ExtractInput): Promise<Outcome> {
    this.#hold(true);
    const timer = setTimeout(() => this.kill('too_slow'), this.limits.milliseconds);
    const unwatch = watchMemory(this.#process.pid, this.limits.memoryMb, () => this.kill('too_much_memory'));
    try {
      const told = this.#listen();
      const ended = this.#ended.then((failed): Outcome => ({ failed }));
      const sent = this.#send(input);
      const first = await Promise.race([told, ended, sent.then((large) => (large ? { failed: 'too_large' as const } : Promise.race([told, ended])))]);
      if (!this.alive) input.body.destroy();
      return first;
    } finally {
      clearTimeout(timer);
      unwatch();
      this.#out.removeAllListeners('data');
      this.#out.pause();
      this.#hold(false);
    }
  }

  kill(reason: NoText = 'failed'): void {
    this.#killedFor ??= reason;
    this.alive = false;
    this.#process.kill('SIGKILL');
  }

  /** Lets it end, and waits until it has. */
  async close(): Promise<void> {
    this.#process.ref();
    if (this.alive) this.kill();
    await this.#ended;
  }

  /** A process that waits must not keep the program from ending. */
  #hold(on: boolean): void {
    for (const part of [this.#process, this.#in, this.#out] as unknown as { ref?(): void; unref?(): void }[]) {
      if (on) part.ref?.();
      else part.unref?.();
    }
  }

  /** Sends the file; true when it is larger than allowed. */
  async #send(input: ExtractInput): Promise<boolean> {
    const { inputBytes, outputChars, milliseconds } = this.limits;
    const order: Order = {
      size: input.size,
      mediaType: input.mediaType,
      extension: input.extension,
      inputBytes,
      outputChars,
      softMilliseconds: milliseconds * SOFT,
    };
    let sent = 0;
    try {
      await this.#frame(Buffer.from(JSON.stringify(order)));
      for await (const chunk of input.body as AsyncIterable<Buffer | string>) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        sent += bytes.length;
        if (sent > inputBytes) {
          await this.#write(lengthOf(ABANDON));
          return true;
        }
        if (!this.alive) return false;
        for (let at = 0; at < bytes.length; at += 1_048_576) await this.#frame(bytes.subarray(at, at + 1_048_576));
      }
    } catch (error) {
      if (!this.alive) return false; // killed while the source was still giving
      await this.#write(lengthOf(ABANDON));
      throw error;
    }
    await this.#write(lengthOf(END));
    return false;
  }

  async #frame(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    this.#in.write(lengthOf(bytes.length));
    await this.#write(bytes);
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.alive && !this.#in.write(bytes)) await Promise.race([once(this.#in, 'drain').catch(() => undefined), this.#ended]);
  }

  /** The next answer with its text. Whatever does not keep to the form ends the process. */
  #listen(): Promise<Told> {
    return new Promise((resolve) => {
      let answer: Answer | undefined;
      const frames = new FrameReader(
        (frame) => {
          if (frame === undefined || (answer === undefined && frame.length > LONGEST_ANSWER)) this.kill();
          else if (answer === undefined) answer = JSON.parse(frame.toString()) as Answer;
          else resolve({ answer, text: frame.toString() });
        },
        Math.max(LONGEST_ANSWER, 3 * this.limits.outputChars),
      );
      this.#out.on('data', (chunk: Buffer) => {
        try {
          frames.write(chunk);
        } catch {
          this.kill();
        }
      });
      this.#out.resume();
    });
  }
}
