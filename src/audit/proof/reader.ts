import type { Queryable } from '../../db/index.js';
import type { HashReader } from '../log/proofs.js';
import { completeRoot, type Hash } from '../log/tree.js';
import { hashesOf, TILE } from '../log/tiles.js';
import { partBytes } from '../publish/parts.js';
import { selectTiles } from '../log/store.js';

/**
 * Hashes of complete subtrees of a stored log, out of its tiles: a proof in a log of ten million entries takes three full tiles and
 * the three at the right edge. Tiles that were read once are kept for the proof that is being made.
 */
export function storedHashes(db: Queryable, log: string, size: bigint): HashReader {
  const tiles = new Map<string, Promise<Hash[]>>();
  const tile = (level: number, index: bigint): Promise<Hash[]> => {
    const key = `${level}/${index}`;
    const found = tiles.get(key) ?? readTile(db, log, size, level, index);
    tiles.set(key, found);
    return found;
  };
  return async (level, index) => {
    const row = Math.floor(level / 8);
    const wide = level % 8;
    const first = index << BigInt(wide);
    const at = Number(first % BigInt(TILE));
    return completeRoot((await tile(row, first / BigInt(TILE))).slice(at, at + (1 << wide)));
  };
}

async function readTile(db: Queryable, log: string, size: bigint, level: number, index: bigint): Promise<Hash[]> {
  const there = (size >> BigInt(8 * level)) - index * BigInt(TILE);
  const width = there < BigInt(TILE) ? Number(there) : TILE;
  const [full] = width === TILE ? await selectTiles(db, log, level, index, 1) : [];
  return hashesOf(full ?? (await partBytes(db, log, { level, index, width })));
}
