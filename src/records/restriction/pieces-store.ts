import { type Queryable, sql, type Sql, type Tx } from '../../db/index.js';
import type { Cursor } from '../catalogue/cursor.js';

/** Restrictions that are agreed to and not carried out yet, oldest first. */
export async function underWay(db: Queryable): Promise<string[]> {
  const rows = await db.many<{ id: string }>(sql`select s.id from restrictions s where s.state in ('setting', 'releasing') order by s.proposed_at, s.id`);
  return rows.map((row) => row.id);
}

/** Lets records come and go meanwhile, and waits for who keeps them from it before the restriction itself is locked. */
export async function letRecordsMove(tx: Tx): Promise<void> {
  await tx.run(sql`lock table records in row exclusive mode`);
}

/** What a piece still has to mark (`sets`) or to free, of `records r`. */
const todo = (client: string, sets: boolean): Sql =>
  sets
    ? sql`r.client_number = ${client} and not r.restricted and r.state not in ('destroying', 'shredded', 'destroyed')`
    : sql`r.client_number = ${client} and r.restricted and not restriction_covers(r.id, r.client_number)`;

/** The next records of a client, newest first, from a place on; where the piece ends. Locked in the order of their ids. */
export async function nextPiece(tx: Tx, client: string, sets: boolean, after: Cursor | null, limit: number): Promise<{ ids: string[]; end: Cursor | null }> {
  const from = after ? sql`and (r.closed_at, r.id) < (${after.at}, ${after.id}::uuid)` : sql``;
  const rows = await tx.many<{ id: string; closed_at: Date }>(
    sql`select r.id, r.closed_at from records r where ${todo(client, sets)} ${from} order by r.closed_at desc, r.id desc limit ${limit}`,
  );
  const ids = rows.map((row) => row.id);
  if (ids.length > 0) await tx.run(sql`select from records where id = any (${ids}::uuid[]) order by id for update`);
  const last = rows.at(-1);
  return { ids, end: last ? { at: last.closed_at, id: last.id } : null };
}

/** Marks, or frees, what of these records is still to be; the ids. */
export async function changePiece(tx: Tx, client: string, sets: boolean, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.many<{ id: string }>(
    sql`update records r set restricted = ${sets} where r.id = any (${[...ids]}::uuid[]) and ${todo(client, sets)} returning r.id`,
  );
  return rows.map((row) => row.id);
}

/** Notes how many were done and how far it came. */
export async function setPlace(tx: Tx, id: string, records: number, place: Cursor | null): Promise<void> {
  await tx.run(sql`update restrictions set records = ${records}, place_at = ${place?.at ?? null}, place_id = ${place?.id ?? null} where id = ${id}`);
}

/** Whether something of the client is left, wherever the pieces came by. */
export async function leftOf(tx: Tx, id: string, client: string, sets: boolean): Promise<boolean> {
  return (await tx.one<{ yes: boolean }>(sql`select restriction_left(${id}, ${client}, ${sets}) as yes`)).yes;
}

export async function setCarried(tx: Tx, id: string, state: 'live' | 'released'): Promise<void> {
  await tx.run(sql`update restrictions set state = ${state}, place_at = null, place_id = null where id = ${id}`);
}

/** Ends the open readings of everything of a client: what runs under them stops at the commit, in whatever process. */
export async function endReadingsOfClient(tx: Tx, client: string, at: Date): Promise<number> {
  const ended = await tx.many<{ id: string }>(sql`update readings g set state = 'expired', ended_at = ${at} from records r
    where r.id = g.record_id and r.client_number = ${client} and g.state = 'open' returning g.id`);
  await tx.many(sql`select pg_notify('lantai_grants', id) from unnest(${ended.map((one) => one.id)}::text[]) as ended (id)`);
  return ended.length;
}

/** That no restriction over the client of `records r` is just being set or released. */
export const NOT_UNDER_WAY: Sql = sql`not exists (select from restrictions w where w.client_number = r.client_number and w.state in ('setting', 'releasing'))`;

/** That none is just being set. */
export const NOT_BEING_SET: Sql = sql`not exists (select from restrictions w where w.client_number = r.client_number and w.state = 'setting')`;
