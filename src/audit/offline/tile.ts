import { hash } from 'node:crypto';
import { TILE } from '../log/tiles.js';
import { BYTES, type Hash } from '../log/tree.js';

export const HASH = 32;
const NODE = 1 + 2 * HASH;
/** Heights of a full tile: 256 leaves below, one root on top. */
const HEIGHT = Math.log2(TILE);

/**
 * The hashes of one tile with all nodes above them, in memory that the next tile takes again. Each height lies behind one spare byte, so
 * that `01 ‖ left ‖ right` is a node's children as they lie there, once the byte before them is 01 for a moment: nothing is copied and no view
 * is made for any of them, which would cost as much as hashing does. Digests come as strings of bytes, a third of the cost of buffers.
 */
export class TileHashes {
  readonly #heights: Buffer[] = [];
  readonly #lowest: Buffer;
  /** Of each height the views that the nodes above it are hashes of. */
  readonly #pairs: Buffer[][] = [];
  #width = 0;

  constructor() {
    for (let height = 0; height <= HEIGHT; height++) {
      const row = Buffer.allocUnsafeSlow(1 + (TILE >> height) * HASH);
      this.#heights.push(row);
      this.#pairs.push(Array.from({ length: TILE >> (height + 1) }, (_, i) => row.subarray(i * 2 * HASH, i * 2 * HASH + NODE)));
    }
    this.#lowest = this.#heights[0] as Buffer;
  }

  /** Takes a hash as a string of bytes. */
  put(index: number, digest: string): void {
    this.#lowest.write(digest, 1 + index * HASH, 'latin1');
  }

  /** Takes hashes as they lie one behind the other. */
  fill(hashes: Buffer, from: number, to: number): void {
    hashes.copy(this.#lowest, 1 + from * HASH, from * HASH, to * HASH);
  }

  /** The first of the hashes: a view, good until others are put there. */
  first(count: number): Buffer {
    return this.#lowest.subarray(1, 1 + count * HASH);
  }

  /** Makes every node that is complete below so many hashes. */
  grow(width: number): void {
    this.#width = width;
    for (let height = 0; height < HEIGHT; height++) {
      const row = this.#heights[height] as Buffer;
      const pairs = this.#pairs[height] as Buffer[];
      const above = this.#heights[height + 1] as Buffer;
      for (let i = 0; i < width >> (height + 1); i++) {
        const at = i * 2 * HASH;
        const kept = row[at] as number; // the end of the hash before, which has been read already
        row[at] = 1;
        above.write(hash('sha256', pairs[i] as Buffer, BYTES), 1 + i * HASH, 'latin1');
        row[at] = kept;
      }
    }
  }

  /** Roots of the maximal complete subtrees over the first `count` of the hashes, left to right, as copies. */
  roots(count: number): Hash[] {
    if (count > this.#width) throw new Error('the nodes above these hashes were not made');
    const roots: Hash[] = [];
    for (let height = HEIGHT, start = 0; height >= 0; height--) {
      if ((count & (1 << height)) === 0) continue;
      const at = 1 + (start >> height) * HASH;
      roots.push(Buffer.from((this.#heights[height] as Buffer).subarray(at, at + HASH)));
      start += 1 << height;
    }
    return roots;
  }
}
