import { parentPort } from 'node:worker_threads';
import { isCoded } from '../errors/index.js';
import { Chunks } from './chunks.js';
import type { Answer, Order } from './opening-thread.js';

/*
 * The thread that opens long objects: 65,536 chunks a GiB, which in the main thread would stand between everybody else's
 * requests. It holds the message keys of what it opens just now, and no plaintext beyond the piece at hand.
 */

const openings = new Map<number, Chunks>();

function work({ id, part, piece, end }: Order): Answer | undefined {
  if (part) openings.set(id, new Chunks({ ...part, base: Buffer.from(part.base) }));
  const chunks = openings.get(id);
  if (!chunks) return undefined; // dropped, or damaged further up
  if (end) openings.delete(id);
  if (end === 'dropped') return undefined;
  if (end === 'whole') return { id, whole: chunks.isWhole };
  if (!piece) return undefined;
  const given = chunks.take(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
  const plain = new Uint8Array(given.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of given) {
    plain.set(one, at);
    at += one.length;
  }
  return { id, plain };
}

parentPort?.on('message', (order: Order) => {
  let answer: Answer | undefined;
  try {
    answer = work(order);
  } catch (error) {
    openings.delete(order.id);
    // only what says so is damage: a lack of memory must mark no object as damaged
    answer = isCoded(error, 'content_damaged')
      ? { id: order.id, damage: error.detail ?? '' }
      : { id: order.id, trouble: error instanceof Error ? error.name : 'unknown' };
  }
  if (answer) parentPort?.postMessage(answer, answer.plain ? [answer.plain.buffer] : []);
});
