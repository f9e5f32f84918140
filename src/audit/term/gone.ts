import type { Db, Queryable } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { selectTiles } from '../log/store.js';
import { hashesOf, TILE } from '../log/tiles.js';
import type { Hash } from '../log/tree.js';
import { findGone, selectGone, type GoneRow } from './store.js';

/** Entries that are gone, as whoever looks for them is told. */
export interface GoneEntries {
  log: string;
  size: bigint;
  /** When they were written. */
  first: Date;
  last: Date;
  /** When they were destroyed, by which procedure, under which version of the schedule. */
  at: Date;
  procedure: string;
  rule: string;
}

const told = ({ log, size, first, last, at, procedure, rule }: GoneRow): GoneEntries => ({ log, size, first, last, at, procedure, rule });

/** Logs whose entries were destroyed at the end of their term and had any within a time, oldest first. */
export async function goneEntries(db: Queryable, time: { from?: Date | undefined; to?: Date | undefined } = {}): Promise<GoneEntries[]> {
  const rows = await selectGone(db);
  return rows.filter((one) => (time.from === undefined || one.last >= time.from) && (time.to === undefined || one.first < time.to)).map(told);
}

/** Refuses what needs an entry that is gone by rule. @throws `entries_gone` */
export async function assertNotGone(db: Db, log: string): Promise<void> {
  const gone = await findGone(db, log);
  if (gone) throw new CodedError('entries_gone', { params: { log, procedure: gone.procedure, day: gone.at.toISOString().slice(0, 10) } });
}

/** The certificate of a log whose entries are gone; `undefined` where they are not. */
export async function goneCertificate(db: Queryable, log: string): Promise<string | undefined> {
  return (await findGone(db, log))?.note;
}

/** Hashes of leaves of a log whose entries are gone: those of full tiles, and those beyond. */
export async function goneLeaves(db: Queryable, gone: Pick<GoneRow, 'log' | 'size' | 'tail'>, from: bigint, width: number): Promise<Hash[]> {
  const full = gone.size / BigInt(TILE);
  if (from / BigInt(TILE) >= full) return hashesOf(gone.tail).slice(Number(from % BigInt(TILE)), Number(from % BigInt(TILE)) + width);
  const [tile] = await selectTiles(db, gone.log, 0, from / BigInt(TILE), 1);
  return tile ? hashesOf(tile).slice(Number(from % BigInt(TILE)), Number(from % BigInt(TILE)) + width) : [];
}
