import type { Hash } from '../log/tree.js';

/** Full tiles above the leaves that are kept, of 8 KiB each: a log of ten million entries has 153. */
const TILES = 512;
/** Open tiles whose roots are kept: one for each level of a log. */
const OPEN = 64;

/** By what a tile is known. */
export const tileKey = (log: string, level: number, index: bigint): string => `${log}/${level}/${index}`;

/** What proofs need again and again, and what never changes: full tiles above the leaves, and the roots that an open one begins with. Bounded. */
export class KeptHashes {
  readonly #tiles = new Map<string, Buffer>();
  readonly #roots = new Map<string, readonly Hash[]>();

  tile(log: string, level: number, index: bigint): Buffer | undefined {
    return this.#tiles.get(tileKey(log, level, index));
  }

  /** Keeps a full tile; those of leaves are too many, and each is asked for seldom. */
  keepTile(log: string, level: number, index: bigint, tile: Buffer): void {
    if (level > 0) put(this.#tiles, tileKey(log, level, index), tile, TILES);
  }

  /** The first roots of an open tile, as many as are known. */
  roots(log: string, level: number, index: bigint): readonly Hash[] {
    return this.#roots.get(tileKey(log, level, index)) ?? [];
  }

  keepRoots(log: string, level: number, index: bigint, roots: readonly Hash[]): void {
    if (roots.length >= this.roots(log, level, index).length) put(this.#roots, tileKey(log, level, index), roots, OPEN);
  }
}

/** The oldest goes where there are too many. */
function put<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key);
  map.set(key, value);
  const [first] = map.keys();
  if (map.size > most && first !== undefined) map.delete(first);
}
