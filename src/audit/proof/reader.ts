import type { Queryable } from '../../db/index.js';
import type { HashReader } from '../log/proofs.js';
import { completeRoot, type Hash } from '../log/tree.js';
import { hashesOf, TILE } from '../log/tiles.js';
import { partBytes } from '../publish/parts.js';
import { selectTiles } from '../log/store.js';
import { KeptHashes, tileKey } from './kept.js';
import { selectPath, type TilePlace } from './store.js';

const WIDTH = BigInt(TILE);
const kept = new WeakMap<Queryable, KeptHashes>();

/**
 * Hashes of complete subtrees of a stored log, out of its tiles: a proof in a log of ten million entries takes three full tiles and
 * the three at the right edge. With the sequence of an entry all that its path needs and that is not kept comes by one statement:
 * whoever is one of many waits for each.
 */
export function storedHashes(db: Queryable, log: string, size: bigint, sequence?: bigint): HashReader {
  const known = kept.get(db) ?? new KeptHashes();
  kept.set(db, known);
  const tiles = new Map<string, Promise<Hash[]>>();
  const path = sequence === undefined ? undefined : pathOf(db, known, log, size, sequence);
  path?.catch(() => undefined); // told to whoever waits for it
  const tile = (level: number, index: bigint): Promise<Hash[]> => {
    const key = tileKey(log, level, index);
    const found = tiles.get(key) ?? readTile(db, known, log, size, level, index, path);
    tiles.set(key, found);
    return found;
  };
  return async (level, index) => {
    const row = Math.floor(level / 8);
    const wide = level % 8;
    const first = index << BigInt(wide);
    const at = Number(first % WIDTH);
    return completeRoot((await tile(row, first / WIDTH)).slice(at, at + (1 << wide)));
  };
}

/** Of the tiles that the path of an entry needs those that are not kept, and the leaves of the open tile at the end. */
async function pathOf(db: Queryable, known: KeptHashes, log: string, size: bigint, sequence: bigint): Promise<Map<string, Buffer>> {
  const wanted: TilePlace[] = [];
  for (let level = 0; sequence >> BigInt(8 * level) < size >> BigInt(8 * level); level++) {
    const index = sequence >> BigInt(8 * (level + 1));
    const full = (index + 1n) * WIDTH <= size >> BigInt(8 * level);
    if (full && !known.tile(log, level, index)) wanted.push({ level, index });
  }
  return await selectPath(db, log, wanted, { from: (size / WIDTH) * WIDTH, to: size });
}

/**
 * The hashes of an open tile above the leaves: roots of the full tiles below it, which never change. Each costs reading and hashing a
 * whole tile, and there are up to 255 of them, so they are kept. One that is wrong would give a proof that nobody accepts.
 */
async function rootsBelow(db: Queryable, known: KeptHashes, log: string, level: number, index: bigint, width: number): Promise<Hash[]> {
  const there = known.roots(log, level, index);
  if (there.length >= width) return there.slice(0, width);
  const tiles = await selectTiles(db, log, level - 1, index * WIDTH + BigInt(there.length), width - there.length);
  if (tiles.length !== width - there.length) throw new Error('the log is shorter than its head');
  const roots = [...there, ...tiles.map((tile) => completeRoot(hashesOf(tile)))];
  known.keepRoots(log, level, index, roots);
  return roots;
}

async function readTile(
  db: Queryable,
  known: KeptHashes,
  log: string,
  size: bigint,
  level: number,
  index: bigint,
  path: Promise<Map<string, Buffer>> | undefined,
): Promise<Hash[]> {
  const there = (size >> BigInt(8 * level)) - index * WIDTH;
  const width = there < WIDTH ? Number(there) : TILE;
  const mine = width === TILE ? known.tile(log, level, index) : undefined;
  if (mine) return hashesOf(mine);
  const asked = (await path)?.get(tileKey(log, level, index));
  const [full] = asked ? [asked] : width === TILE ? await selectTiles(db, log, level, index, 1) : [];
  if (full && width === TILE) known.keepTile(log, level, index, full);
  if (!full && level > 0) return rootsBelow(db, known, log, level, index, width);
  const hashes = hashesOf(full ?? (await partBytes(db, log, { level, index, width })));
  if (hashes.length < width) throw new Error('the log is shorter than its head');
  return hashes;
}
