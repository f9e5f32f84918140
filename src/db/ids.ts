import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

/** Random bytes fetched at once: each request costs more than the bytes. */
const stock = Buffer.alloc(4096);
let used = stock.length;

function random(): Buffer {
  if (used === stock.length) {
    randomFillSync(stock);
    used = 0;
  }
  return stock.subarray(used, (used += 16));
}

let last = 0;
let count = 0;

/** A new UUIDv7 (RFC 9562): sorts by time of making, so that indexes stay dense; those of one millisecond count upwards. */
export function newId(): string {
  const bytes = random();
  const now = Date.now();
  if (now > last) {
    last = now;
    count = bytes.readUInt32BE(4) >>> 1; // half of the range is left to count in
  } else if (++count > 0xffff_ffff) {
    last++;
    count = 0;
  }
  return v7({ random: bytes, msecs: last, seq: count });
}
