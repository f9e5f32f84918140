import { TILE } from '../log/tiles.js';
import { EMPTY_ROOT, Frontier, nodeHash, type Hash } from '../log/tree.js';
import { TileHashes } from './tile.js';

/** A tile that was filled above the leaves. */
export interface FilledTile {
  level: number;
  index: bigint;
  hashes: Buffer;
}

/** A tree that grows by whole tiles of leaves: the hashes of its open tiles, and its right edge, from which a root takes a few hashes. */
export class Columns {
  /** Of each level from 1 on, the hashes of its open tile. */
  readonly #open: Hash[][] = [[]];
  #edge = new Frontier();
  readonly #filling = new TileHashes();

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
    twin.#edge = this.#edge.copy();
    return twin;
  }

  /** Adds the root of a full tile of leaves; the tiles that it filled above. */
  add(root: Hash): FilledTile[] {
    this.#edge.append(root);
    const filled: FilledTile[] = [];
    let carried = root;
    for (let level = 1; ; level++) {
      const row = (this.#open[level - 1] ??= []);
      row.push(carried);
      if (row.length < TILE) return filled;
      const hashes = Buffer.concat(row);
      filled.push({ level, index: (this.#edge.size >> BigInt(8 * level)) - 1n, hashes });
      this.#filling.fill(hashes, 0, TILE);
      this.#filling.grow(TILE);
      carried = this.#filling.roots(TILE)[0] as Hash;
      row.length = 0;
    }
  }

  /** Root of the tree with these complete subtrees of leaves, left to right, behind its full tiles. */
  root(behind: readonly Hash[]): Hash {
    const roots = [...this.#edge.roots, ...behind];
    return roots.length === 0 ? EMPTY_ROOT : roots.reduceRight((right, left) => nodeHash(left, right));
  }
}
