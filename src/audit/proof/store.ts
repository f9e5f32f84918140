import { prepared, sql, type Queryable } from '../../db/index.js';
import { tileKey } from './kept.js';

/** The newest signed head of a log. */
export function selectHeadOf(db: Queryable, log: string): Promise<{ size: bigint; root: Buffer; note: string } | undefined> {
  return db.maybe(sql`select size, root, note from audit_heads where log = ${log} order by size desc limit 1`);
}

/** An entry as it was hashed. */
export function selectLeaf(db: Queryable, log: string, sequence: bigint): Promise<{ id: string; entry: string; leaf: Buffer } | undefined> {
  return db.maybe(sql`select id, entry, leaf_hash as leaf from audit_entries where log = ${log} and sequence = ${sequence}`);
}

/** A full tile. */
export interface TilePlace {
  level: number;
  index: bigint;
}

/**
 * Full tiles, and the leaves of the open one at the end, each under the key of its tile, by one statement. What is not there is left out.
 * Each is fetched by its place, whatever the planner thinks of how many there are: a table that grew by much is not counted yet.
 */
export async function selectPath(db: Queryable, log: string, tiles: readonly TilePlace[], open: { from: bigint; to: bigint }): Promise<Map<string, Buffer>> {
  const rows = await db.many<{ level: number; index: bigint; hashes: Buffer | null }>(
    prepared(sql`
    select t.level, t.index, t.hashes from unnest(${tiles.map((one) => one.level)}::smallint[], ${tiles.map((one) => one.index)}::bigint[]) w (level, index)
      cross join lateral (select * from audit_tiles t where t.log = ${log} and t.level = w.level and t.index = w.index offset 0) t
    union all
    select 0, ${open.from >> 8n}::bigint, string_agg(leaf_hash, ''::bytea order by sequence) from audit_entries
      where log = ${log} and sequence >= ${open.from} and sequence < ${open.to}`),
  );
  return new Map(rows.flatMap(({ level, index, hashes }) => (hashes ? [[tileKey(log, level, index), hashes] as const] : [])));
}
