import type { Queryable } from '../../db/index.js';
import { completeRoot, type Hash } from '../log/tree.js';
import { hashesOf, TILE } from '../log/tiles.js';
import { selectLeaves, selectTiles } from '../log/store.js';
import { goneLeaves } from '../term/gone.js';
import { findGone } from '../term/store.js';
import { encodeBundle } from './bundle.js';
import type { Part } from './layout.js';
import { selectTexts } from './store.js';

/** The bytes of a part, from the stored log. Throws when the log does not hold that much: its entries may be gone by rule, its hashes never are. */
export async function partBytes(db: Queryable, log: string, { level, index, width }: Part): Promise<Buffer> {
  const first = index * BigInt(TILE);
  if (level === 'entries') {
    const texts = await selectTexts(db, log, first, width);
    if (texts.length !== width) throw new Error('the log is shorter than its head');
    return encodeBundle(texts);
  }
  const hashes =
    level === 0 ? await leavesOf(db, log, first, width) : (await selectTiles(db, log, level - 1, first, width)).map((tile) => completeRoot(hashesOf(tile)));
  if (hashes.length !== width) throw new Error('the log is shorter than its head');
  return Buffer.concat(hashes);
}

async function leavesOf(db: Queryable, log: string, first: bigint, width: number): Promise<Hash[]> {
  const gone = await findGone(db, log);
  return gone ? goneLeaves(db, gone, first, width) : selectLeaves(db, log, first, width);
}
