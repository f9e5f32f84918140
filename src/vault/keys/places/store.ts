import { type Queryable, sql, type Tx } from '../../../db/index.js';

export const PLACE_FATES = ['destroyed', 'overwritten', 'never_held'] as const;
/** What became of a place that is not registered any more. */
export type PlaceFate = (typeof PLACE_FATES)[number];

export interface PlaceRow {
  id: string;
  first_seen: Date;
  ended_at: Date | null;
  fate: PlaceFate | null;
}

export function placeRows(on: Queryable): Promise<PlaceRow[]> {
  return on.many<PlaceRow>(sql`select id, first_seen, ended_at, fate from keystore_places order by first_seen, id`);
}

/** Notes places that were not known; those that were new. */
export async function insertPlaces(tx: Tx, ids: readonly string[], at: Date): Promise<string[]> {
  const rows = await tx.many<{ id: string }>(sql`
    insert into keystore_places (id, first_seen) select id, ${at}::timestamptz from unnest(${[...ids]}::uuid[]) as t (id) on conflict do nothing returning id`);
  return rows.map((row) => row.id);
}

/** Whether there was such a place to end; the id is what somebody typed. */
export async function endPlace(tx: Tx, id: string, fate: PlaceFate, at: Date): Promise<boolean> {
  return (await tx.run(sql`update keystore_places set ended_at = ${at}, fate = ${fate} where id::text = ${id} and ended_at is null`)) === 1;
}
