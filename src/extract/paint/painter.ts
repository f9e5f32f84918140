import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { childFlags } from '../child.js';
import { END, FrameReader, lengthOf } from '../frames.js';
import { residentMb, watchMemory } from '../memory.js';
import { Turns } from '../turns.js';
import {
  isPaintable,
  NO_PAGE,
  type NoPage,
  PAINT_LIMITS,
  type PaintAnswer,
  type PaintInput,
  type PaintLimits,
  type PaintOrder,
  type PaintResult,
} from './types.js';

/** After so many pages a process is replaced, so that what libraries hold on to does not grow. */
const MOST_PAGES = 200;
/** Share of the memory that a process may hold on to after a page: the next one must find room. */
const KEPT = 0.5;
/** Pages that may wait for a process, each with its file opened. */
const MOST_WAITING = 64;
const LONGEST_ANSWER = 4096;
const worker = fileURLToPath(new URL('main.js', import.meta.url));
const fonts = fileURLToPath(new URL('../../../../assets/fonts', import.meta.url));

/** Paints pages as pictures in processes of their own. */
export interface Painter {
  /** One page, blacked out and marked. Rejects only when the body itself fails. */
  paint(input: PaintInput): Promise<PaintResult>;
  close(): Promise<void>;
}

interface Worker {
  process: ChildProcess;
  pages: number;
  ended: Promise<NoPage>;
  alive: boolean;
}

export function createPainter(options: Partial<PaintLimits> = {}): Painter {
  const limits: PaintLimits = { ...PAINT_LIMITS, ...options };
  const turns = new Turns(Math.max(1, limits.processes));
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  let waiting = 0;
  let closed = false;

  function start(): Worker {
    // Skia is a native library: without `--allow-addons` it could not be loaded
    const flags = [...childFlags(limits), '--allow-addons', `--allow-fs-read=${fonts}`];
    const child = spawn(process.execPath, [...flags, worker], { cwd: '/', env: { TMPDIR: '/dev/null' }, stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
    const one: Worker = { process: child, pages: 0, alive: true, ended: new Promise(() => undefined) };
    one.ended = new Promise((resolve) => {
      const end = (reason: NoPage): void => {
        one.alive = false;
        all.delete(one);
        const place = idle.indexOf(one);
        if (place >= 0) idle.splice(place, 1);
        resolve(reason);
      };
      child.once('error', () => end('failed'));
      child.once('exit', (code, signal) => end(signal === 'SIGABRT' || code === 134 ? 'too_much_memory' : 'failed'));
    });
    child.stdin?.on('error', () => undefined); // its end says why
    child.stdout?.on('error', () => undefined);
    all.add(one);
    return one;
  }

  async function release(one: Worker, sound: boolean): Promise<void> {
    const { pid } = one.process;
    const light = sound && pid !== undefined && ((await residentMb(pid)) ?? 0) <= KEPT * limits.memoryMb;
    if (light && one.alive && one.pages < MOST_PAGES && !closed) {
      hold(one, false);
      idle.push(one);
      return;
    }
    one.process.kill('SIGKILL');
    await one.ended;
  }

  async function run(input: PaintInput): Promise<PaintResult> {
    if (closed) {
      input.body.destroy();
      return { ok: false, reason: 'failed' };
    }
    const one = idle.pop() ?? start();
    hold(one, true);
    one.pages++;
    let killedFor: NoPage | undefined;
    const kill = (reason: NoPage): void => {
      killedFor ??= reason;
      one.process.kill('SIGKILL');
    };
    const timer = setTimeout(() => kill('too_slow'), limits.milliseconds);
    const unwatch = watchMemory(one.process.pid, limits.memoryMb, () => kill('too_much_memory'));
    let sound = false;
    try {
      const heard = listen(one, limits, () => kill('failed'));
      const ended = one.ended.then((reason): PaintResult => ({ ok: false, reason: killedFor ?? reason }));
      const sent = send(one, input, limits).then((whole) => (whole ? Promise.race([heard, ended]) : ({ ok: false, reason: 'too_large' } as const)));
      const result = await Promise.race([heard, ended, sent]);
      sound = result.ok || (one.alive && killedFor === undefined && result.reason !== 'too_large');
      return result;
    } finally {
      clearTimeout(timer);
      unwatch();
      one.process.stdout?.removeAllListeners('data');
      input.body.destroy();
      await release(one, sound);
    }
  }

  return {
    async paint(input) {
      const early: NoPage | undefined = closed
        ? 'failed'
        : !isPaintable(input.mediaType)
          ? 'not_paintable'
          : input.size > limits.inputBytes
            ? 'too_large'
            : waiting >= limits.processes + MOST_WAITING
              ? 'busy'
              : undefined;
      input.body.on('error', () => undefined); // it may fail while it waits; whoever reads it is told then
      if (early === undefined) {
        waiting++;
        return turns.take(() => run(input)).finally(() => waiting--);
      }
      input.body.destroy();
      return { ok: false, reason: early };
    },
    async close() {
      closed = true;
      for (const one of all) {
        hold(one, true);
        one.process.kill('SIGKILL');
      }
      await Promise.all([...all].map((one) => one.ended));
    },
  };
}

/** A process that waits must not keep the program from ending. */
function hold(one: Worker, on: boolean): void {
  for (const part of [one.process, one.process.stdin, one.process.stdout] as unknown as { ref?(): void; unref?(): void }[]) {
    if (on) part.ref?.();
    else part.unref?.();
  }
}

async function write(one: Worker, bytes: Buffer): Promise<void> {
  const input = one.process.stdin;
  if (input && one.alive && !input.write(bytes)) await Promise.race([once(input, 'drain').catch(() => undefined), one.ended]);
}

/** Sends order and file; false when the file is larger than it may be. */
async function send(one: Worker, input: PaintInput, limits: PaintLimits): Promise<boolean> {
  const { inputBytes, pixels, sourcePixels, dpi } = limits;
  const { size, mediaType, page, mark, boxes = [] } = input;
  const order: PaintOrder = { size, mediaType, page, mark, boxes, inputBytes, pixels, sourcePixels, dpi };
  const frame = async (bytes: Buffer): Promise<void> => {
    await write(one, lengthOf(bytes.length));
    await write(one, bytes);
  };
  await frame(Buffer.from(JSON.stringify(order)));
  let sent = 0;
  for await (const chunk of input.body as AsyncIterable<Buffer>) {
    sent += chunk.length;
    if (sent > inputBytes) return false;
    if (!one.alive) return true;
    for (let at = 0; at < chunk.length; at += 1_048_576) await frame(chunk.subarray(at, at + 1_048_576));
  }
  await write(one, lengthOf(END));
  return true;
}

/** The answer and its picture. Whatever does not keep to the form ends the process. */
function listen(one: Worker, limits: PaintLimits, broken: () => void): Promise<PaintResult> {
  return new Promise((resolve) => {
    let answer: PaintAnswer | undefined;
    const frames = new FrameReader(
      (frame) => {
        if (frame === undefined || (answer === undefined && frame.length > LONGEST_ANSWER)) broken();
        else if (answer === undefined) answer = JSON.parse(frame.toString()) as PaintAnswer;
        else if (!answer.ok) resolve({ ok: false, reason: reasonOf(answer.reason) });
        else resolve({ ok: true, value: { pages: answer.pages, width: answer.width, height: answer.height, jpeg: frame } });
      },
      Math.max(LONGEST_ANSWER, 3 * limits.pixels),
    );
    one.process.stdout?.on('data', (chunk: Buffer) => {
      try {
        frames.write(chunk);
      } catch {
        broken();
      }
    });
  });
}

function reasonOf(reason: string): NoPage {
  return NO_PAGE.find((known) => known === reason) ?? 'failed';
}
