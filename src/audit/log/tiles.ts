import { completeRoot, Frontier, type Hash } from './tree.js';

/** Hashes in a full tile (height 8), as in C2SP tlog-tiles. */
export const TILE = 256;
/** 8 levels of tiles hold 2^64 entries. */
const LEVELS = 8;

export interface Tile {
  level: number;
  index: bigint;
  hashes: Buffer;
}

/** The open tiles on the right edge of a log, by level; full ones are handed out to be stored. */
export class Edge {
  readonly #open: Hash[][];
  readonly #frontier: Frontier;

  /** @param open the hashes of the open tile of each level, lowest first */
  constructor(size: bigint = 0n, open: readonly (readonly Hash[])[] = []) {
    this.#open = Array.from({ length: LEVELS }, (_, level) => [...(open[level] ?? [])]);
    for (const [level, hashes] of this.#open.entries()) {
      if (BigInt(hashes.length) !== (size >> BigInt(8 * level)) % 256n) throw new Error('edge does not fit its size');
    }
    this.#frontier = new Frontier(size, this.roots());
  }

  get size(): bigint {
    return this.#frontier.size;
  }

  root(): Hash {
    return this.#frontier.root();
  }

  /** The hashes of the open tile of a level. */
  openAt(level: number): readonly Hash[] {
    return this.#open[level] ?? [];
  }

  copy(): Edge {
    return new Edge(this.size, this.#open);
  }

  /** Adds a leaf; the tiles that it filled. */
  append(leaf: Hash): Tile[] {
    this.#frontier.append(leaf);
    const filled: Tile[] = [];
    let hash = leaf;
    for (let level = 0; level < LEVELS; level++) {
      const open = this.#open[level] as Hash[];
      open.push(hash);
      if (open.length < TILE) break;
      filled.push({ level, index: (this.size >> BigInt(8 * (level + 1))) - 1n, hashes: Buffer.concat(open) });
      hash = completeRoot(open);
      open.length = 0;
    }
    return filled;
  }

  /** Roots of the maximal complete subtrees, left to right: from the highest level down, from the largest power of two down. */
  roots(): Hash[] {
    const roots: Hash[] = [];
    for (const hashes of this.#open.toReversed()) {
      let start = 0;
      for (let width = TILE / 2; width > 0; width >>= 1) {
        if ((hashes.length & width) === 0) continue;
        roots.push(completeRoot(hashes.slice(start, start + width)));
        start += width;
      }
    }
    return roots;
  }
}

/** Cuts a stored tile into its hashes. */
export function hashesOf(tile: Buffer): Hash[] {
  return Array.from({ length: tile.length / 32 }, (_, i) => tile.subarray(32 * i, 32 * (i + 1)));
}
