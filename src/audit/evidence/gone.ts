import type { Queryable } from '../../db/index.js';
import { selectTiles } from '../log/store.js';
import { TILE } from '../log/tiles.js';
import { selectHeadOf } from '../proof/store.js';
import { selectGone } from '../term/store.js';

/** Entries up to which the hashes of a log come along with evidence: 64 MB of them. Beyond, the export of the log has them. */
export const MOST_HASHES = 2_000_000n;
/** Tiles read at once. */
const AT_ONCE = 64;

/** A log of which entries were asked for that are gone by rule, with what stays of it. */
export interface GoneShown {
  log: string;
  size: bigint;
  first: Date;
  last: Date;
  at: Date;
  procedure: string;
  rule: string;
  /** The signed note of the destruction, and the last signed head. */
  note: string;
  head: string;
  /** The hashes of all leaves in order, one behind the other; `null` where there are too many. */
  hashes: (() => AsyncGenerator<Buffer>) | null;
}

/** Logs that had entries within a time and whose entries are gone by rule, oldest first. */
export async function goneShown(db: Queryable, time: { from: Date; to: Date }): Promise<GoneShown[]> {
  const shown: GoneShown[] = [];
  for (const { log, size, tail, first, last, at, procedure, rule, note } of await selectGone(db)) {
    if (last < time.from || first >= time.to) continue;
    const head = await selectHeadOf(db, log);
    if (head?.size !== size) continue; // a log that is not whole is told by its verification
    const hashes = size > MOST_HASHES ? null : () => leavesOf(db, log, size, tail);
    shown.push({ log, size, first, last, at, procedure, rule, note, head: head.note, hashes });
  }
  return shown;
}

async function* leavesOf(db: Queryable, log: string, size: bigint, tail: Buffer): AsyncGenerator<Buffer> {
  for (let from = 0n; from < size / BigInt(TILE); from += BigInt(AT_ONCE)) {
    const rest = Number(size / BigInt(TILE) - from);
    yield* await selectTiles(db, log, 0, from, Math.min(AT_ONCE, rest));
  }
  if (tail.length > 0) yield tail;
}
