import { hash } from 'node:crypto';
import { TILE } from '../log/tiles.js';
import { BYTES, completeRoot, EMPTY_ROOT, nodeHash, type Hash } from '../log/tree.js';

const HASH = 32;
/** `01 ‖ left ‖ right`, filled anew for every node: a verifier hashes twice as often as it reads. */
const node = Buffer.alloc(1 + 2 * HASH, 1);

/** Root of 256 hashes that lie one behind the other. */
export function tileRoot(tile: Buffer): Hash {
  let level = tile;
  while (level.length > HASH) {
    const up = Buffer.allocUnsafe(level.length / 2);
    for (let at = 0; at < level.length; at += 2 * HASH) {
      level.copy(node, 1, at, at + 2 * HASH);
      up.write(hash('sha256', node, BYTES), at / 2, 'latin1'); // a third of what a digest as a buffer costs
    }
    level = up;
  }
  return level;
}

/** A tile that was filled above the leaves. */
export interface FilledTile {
  level: number;
  index: bigint;
  hashes: Buffer;
}

/** A tree that grows by whole tiles of leaves, one hash for a node: the right edge is joined only when a root is asked for. */
export class Columns {
  /** Of each level from 1 on, the hashes of its open tile. */
  readonly #open: Hash[][] = [[]];
  #tiles = 0n;

  /** Hashes of the open tile of a level from 1 on. */
  openAt(level: number): readonly Hash[] {
    return this.#open[level - 1] ?? [];
  }

  /** Levels from 1 on that have something open. */
  get height(): number {
    return this.#open.length;
  }

  copy(): Columns {
    const twin = new Columns();
    twin.#open.splice(0, 1, ...this.#open.map((row) => [...row]));
    twin.#tiles = this.#tiles;
    return twin;
  }

  /** Adds the root of a full tile of leaves; the tiles that it filled above. */
  add(root: Hash): FilledTile[] {
    this.#tiles++;
    const filled: FilledTile[] = [];
    let carried = root;
    for (let level = 1; ; level++) {
      const row = (this.#open[level - 1] ??= []);
      row.push(carried);
      if (row.length < TILE) return filled;
      const hashes = Buffer.concat(row);
      filled.push({ level, index: (this.#tiles >> BigInt(8 * level)) - 1n, hashes });
      carried = tileRoot(hashes);
      row.length = 0;
    }
  }

  /** Root of the tree with these leaves behind its full tiles. */
  root(leaves: readonly Hash[]): Hash {
    const roots: Hash[] = [];
    for (const row of [leaves, ...this.#open].toReversed()) {
      let start = 0;
      for (let width = TILE / 2; width > 0; width >>= 1) {
        if ((row.length & width) === 0) continue;
        roots.push(completeRoot(row.slice(start, start + width)));
        start += width;
      }
    }
    return roots.length === 0 ? EMPTY_ROOT : roots.reduceRight((right, left) => nodeHash(left, right));
  }
}
