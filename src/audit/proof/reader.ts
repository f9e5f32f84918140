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
export function storedHashes(db: Queryable, log: string, size: bigint, sequence?: bigint): HashReader {
  const tiles = new Map<string, Promise<Hash[]>>();
  const tile = (level: number, index: bigint): Promise<Hash[]> => {
    const key = `${level}/${index}`;
    const found = tiles.get(key) ?? readTile(db, log, size, level, index);
    tiles.set(key, found);
    return found;
  };
  // what the path of an entry needs is asked for at once: waiting for one after the other costs most of a proof
  for (let level = 0; sequence !== undefined && size >> BigInt(8 * level) > 0n; level++) {
    const width = BigInt(8 * (level + 1));
    for (const index of new Set([sequence >> width, size >> width])) {
      if (index << width < (size >> BigInt(8 * level)) << BigInt(8 * level)) tile(level, index).catch(() => undefined); // told to whoever waits for it
    }
  }
  return async (level, index) => {
    const row = Math.floor(level / 8);
    const wide = level % 8;
    const first = index << BigInt(wide);
    const at = Number(first % BigInt(TILE));
    return completeRoot((await tile(row, first / BigInt(TILE))).slice(at, at + (1 << wide)));
  };
}

/** Roots kept of one database: a few for each open tile, so that this many are those of many logs. */
const KEPT = 20_000;
const kept = new WeakMap<Queryable, Map<string, Hash>>();

/**
 * The hashes of an open tile above the leaves: roots of the full tiles below it, which never change. Each costs reading and hashing a
 * whole tile, and there are up to 255 of them, so they are kept. One that is wrong would give a proof that nobody accepts.
 */
async function rootsBelow(db: Queryable, log: string, level: number, index: bigint, width: number): Promise<Hash[]> {
  const known = kept.get(db) ?? new Map<string, Hash>();
  kept.set(db, known);
  const first = index * BigInt(TILE);
  const key = (i: number): string => `${log}/${level}/${first + BigInt(i)}`;
  const from = Array.from({ length: width }, (_, i) => i).findIndex((i) => !known.has(key(i)));
  if (from >= 0) {
    const tiles = await selectTiles(db, log, level - 1, first + BigInt(from), width - from);
    if (tiles.length !== width - from) throw new Error('the log is shorter than its head');
    if (known.size + tiles.length > KEPT) known.clear();
    const read = tiles.map((tile) => completeRoot(hashesOf(tile)));
    if (from > 0 && !known.has(key(0))) return rootsBelow(db, log, level, index, width); // they were let go of just now
    for (const [i, root] of read.entries()) known.set(key(from + i), root);
  }
  return Array.from({ length: width }, (_, i) => known.get(key(i)) as Hash);
}

async function readTile(db: Queryable, log: string, size: bigint, level: number, index: bigint): Promise<Hash[]> {
  const there = (size >> BigInt(8 * level)) - index * BigInt(TILE);
  const width = there < BigInt(TILE) ? Number(there) : TILE;
  const [full] = width === TILE ? await selectTiles(db, log, level, index, 1) : [];
  if (!full && level > 0) return rootsBelow(db, log, level, index, width);
  return hashesOf(full ?? (await partBytes(db, log, { level, index, width })));
}
