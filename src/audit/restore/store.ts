import { sql, sqlState, type Queryable } from '../../db/index.js';
import { intoEntries, intoTiles } from '../log/store.js';
import type { Planned } from '../log/batch.js';
import type { Tile } from '../log/tiles.js';

const DIVISION_BY_ZERO = '22012';

/** Notes what is about to be written again, so that a kill in the middle hides nothing of it. */
export async function insertReplay(db: Queryable, log: string, from: bigint, to: bigint, at: Date): Promise<void> {
  await db.run(sql`insert into audit_replays (log, from_sequence, to_sequence, at) values (${log}, ${from}, ${to}, ${at}) on conflict do nothing`);
}

/**
 * Writes published entries again, in the newest epoch only. Those among them that a backup still had waiting leave the waiting list and
 * keep their sides: they must not get a second place. Returns whether it happened: all of it or nothing.
 */
export async function insertReplayed(db: Queryable, log: string, entries: readonly Planned[], tiles: readonly Tile[], epoch: bigint): Promise<boolean> {
  try {
    await db.run(sql`
      with e as (${intoEntries(log, entries)}), t as (${intoTiles(log, tiles)}),
      d as (delete from audit_pending where id = any (${entries.map((one) => one.id)}::uuid[]) returning id, sealed),
      s as (insert into audit_side (entry_id, sealed) select id, sealed from d where sealed is not null on conflict do nothing)
      select 1 / (case when (select max(epoch) from audit_epochs) = ${epoch} then 1 else 0 end)`);
    return true;
  } catch (error) {
    if (sqlState(error) === DIVISION_BY_ZERO) return false;
    throw error;
  }
}

export interface ReplayRow {
  log: string;
  from: bigint;
  to: bigint;
}

/** What was written again and has no entry of its own yet. */
export function untoldReplays(db: Queryable): Promise<ReplayRow[]> {
  return db.many(sql`select log, from_sequence as "from", to_sequence as "to" from audit_replays where told_at is null order by log, from_sequence`);
}

export async function markTold(db: Queryable, rows: readonly ReplayRow[], at: Date): Promise<void> {
  await db.run(sql`
    update audit_replays set told_at = ${at} from unnest(${rows.map((one) => one.log)}::text[], ${rows.map((one) => one.from)}::bigint[]) as told (log, sequence)
    where audit_replays.log = told.log and from_sequence = told.sequence`);
}

/** Every range that was written again. */
export function selectReplays(db: Queryable): Promise<ReplayRow[]> {
  return db.many(sql`select log, from_sequence as "from", to_sequence as "to" from audit_replays order by log, from_sequence`);
}
