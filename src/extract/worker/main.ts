/**
 * The reading process. Files come in by standard input, texts go out by standard output, one after the other; nothing
 * else is opened. It is started by the parent under Node's permission model, without an environment, and ended by it.
 */
import { type Answer, END, FrameReader, lengthOf, type Order } from '../frames.js';
import { NOTES } from '../values.js';
import { Gathered } from './gathered.js';
import { goOffline } from './offline.js';
import { read } from './read.js';
import { EnoughError, NoTextError } from './refuse.js';
import { Sink } from './sink.js';

goOffline();
// Libraries warn through the console, which would stand between the frames.
for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) console[name] = () => undefined;

async function answer(order: Order, bytes: Buffer): Promise<{ answer: Answer; text: string }> {
  const sink = new Sink(order.outputChars, performance.now() + order.softMilliseconds);
  let format = '';
  let enough: EnoughError | undefined;
  try {
    await read(bytes, order.mediaType, order.extension, sink, (found) => (format = found));
  } catch (error) {
    if (error instanceof EnoughError) enough = error;
    else if (error instanceof NoTextError) return { answer: { ok: false, reason: error.reason, format }, text: '' };
    else if (error instanceof RangeError) return { answer: { ok: false, reason: 'damaged', format, trouble: error.name }, text: '' }; // offsets beyond the end, nesting beyond the stack
    else return { answer: { ok: false, reason: 'failed', format, trouble: error instanceof Error ? error.name : typeof error }, text: '' };
  }
  const text = sink.text();
  if (text === '')
    return {
      answer: { ok: false, reason: enough === undefined ? withoutText(sink, format) : enough.of === 'time' ? 'too_slow' : 'too_much_text', format },
      text,
    };
  return {
    answer: { ok: true, truncated: sink.truncated || enough !== undefined, pages: sink.pages, notes: NOTES.filter((note) => sink.notes.has(note)), format },
    text,
  };
}

function withoutText(sink: Sink, format: string): string {
  if (sink.notes.has('partly_damaged')) return 'damaged';
  return format === 'pdf' ? 'needs_ocr' : 'empty';
}

let order: Order | undefined;
let gathered: Gathered | undefined;
let working = Promise.resolve();

async function finish(order: Order, bytes: Buffer): Promise<void> {
  const { answer: made, text } = await answer(order, bytes);
  for (const frame of [Buffer.from(JSON.stringify(made)), Buffer.from(text)]) {
    process.stdout.write(lengthOf(frame.length));
    process.stdout.write(frame);
  }
}

const frames = new FrameReader((frame) => {
  if (frame === undefined) {
    order = undefined;
    gathered = undefined;
  } else if (order === undefined || gathered === undefined) {
    order = JSON.parse(frame.toString()) as Order;
    gathered = new Gathered(Math.min(order.size, order.inputBytes));
  } else if (frame.length === END) {
    const [asked, bytes] = [order, gathered.bytes()];
    order = undefined;
    gathered = undefined;
    working = working.then(() => finish(asked, bytes));
  } else gathered.add(frame);
}, 16_777_216);

process.stdin.on('data', (chunk: Buffer) => frames.write(chunk));
process.stdin.on('end', () => process.exit(0));
// What a library throws outside of a file's reading must not print its message: the parent sees the end alone. A promise
// that nobody waits for any more belongs to a file that was done with, and must not take the next one with it.
process.on('uncaughtException', () => process.exit(70));
process.on('unhandledRejection', () => undefined);
