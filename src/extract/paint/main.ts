/**
 * The painting process. A file comes in by standard input, the picture of one page goes out by standard output; nothing
 * else is opened. It is started by the parent under Node's permission model, without an environment, and ended by it.
 * Skia is native code and stands outside of Node's permissions: the process has no key, no store and no network to give away.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GlobalFonts } from '@napi-rs/canvas';
import { FrameReader, lengthOf } from '../frames.js';
import { Gathered } from '../worker/gathered.js';
import { goOffline } from '../worker/offline.js';
import { draw, NoPageError } from './draw.js';
import type { PaintAnswer, PaintOrder } from './types.js';

goOffline();
for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) console[name] = () => undefined;
const font = readFileSync(fileURLToPath(new URL('../../../../assets/fonts/NotoSansSC-Regular.ttf', import.meta.url)));
GlobalFonts.register(font, 'Lantai');
GlobalFonts.register(font, 'sans-serif');
void import('pdfjs-dist/legacy/build/pdf.mjs'); // loaded before the first page asks

async function answer(order: PaintOrder, bytes: Buffer): Promise<{ answer: PaintAnswer; jpeg: Buffer }> {
  try {
    const { jpeg, ...said } = await draw(bytes, order);
    return { answer: { ok: true, ...said }, jpeg };
  } catch (error) {
    return { answer: { ok: false, reason: error instanceof NoPageError ? error.reason : 'failed' }, jpeg: Buffer.alloc(0) };
  }
}

let order: PaintOrder | undefined;
let gathered: Gathered | undefined;
let working = Promise.resolve();

async function finish(asked: PaintOrder, bytes: Buffer): Promise<void> {
  const made = await answer(asked, bytes);
  for (const frame of [Buffer.from(JSON.stringify(made.answer)), made.jpeg]) {
    process.stdout.write(lengthOf(frame.length));
    process.stdout.write(frame);
  }
}

const frames = new FrameReader((frame) => {
  if (frame === undefined) process.exit(0);
  if (order === undefined || gathered === undefined) {
    order = JSON.parse(frame.toString()) as PaintOrder;
    gathered = new Gathered(Math.min(order.size, order.inputBytes));
  } else if (frame.length === 0) {
    const [asked, bytes] = [order, gathered.bytes()];
    order = undefined;
    gathered = undefined;
    working = working.then(() => finish(asked, bytes));
  } else gathered.add(frame);
}, 16_777_216);

process.stdin.on('data', (chunk: Buffer) => frames.write(chunk));
process.stdin.on('end', () => process.exit(0));
process.on('uncaughtException', () => process.exit(70));
process.on('unhandledRejection', () => undefined);
