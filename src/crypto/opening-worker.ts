import { parentPort } from 'node:worker_threads';
import { isCoded } from '../errors/index.js';
import { Chunks } from './chunks.js';
import type { Answer, Bytes, Order } from './threads.js';

/*
 * A thread that opens long objects: 65,536 chunks a GiB, which in the main thread would stand between everybody else's
 * requests. It keeps nothing: each order brings the message key and whole chunks along.
 */

/** In memory of its own, which can be given away; not zeroed before it is filled. */
function joined(pieces: readonly Buffer[]): Bytes {
  const all = new Uint8Array(Buffer.allocUnsafeSlow(pieces.reduce((sum, one) => sum + one.length, 0)).buffer);
  let at = 0;
  for (const one of pieces) {
    all.set(one, at);
    at += one.length;
  }
  return all;
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function work({ id, slot, part, pieces }: Order): Answer {
  try {
    const chunks = new Chunks({ ...part, base: bufferOf(part.base) });
    const given = pieces.flatMap((piece) => chunks.take(bufferOf(piece)));
    return { id, slot, plain: joined(given), whole: chunks.isWhole };
  } catch (error) {
    // only what says so is damage: a lack of memory must mark no object as damaged
    return isCoded(error, 'content_damaged')
      ? { id, slot, damage: error.detail ?? '' }
      : { id, slot, trouble: error instanceof Error ? error.name : 'unknown' };
  }
}

parentPort?.on('message', (order: Order) => {
  const answer = work(order);
  parentPort?.postMessage(answer, answer.plain ? [answer.plain.buffer] : []);
});
