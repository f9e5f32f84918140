import { type Queryable, sql, type Sql, type Tx } from '../../../db/index.js';
import { recordsMeeting, type SearchFilters } from '../../../search/index.js';
import type { HoldScope } from '../values.js';

/** What a hold is over. */
export type Over = { list: readonly string[] } | { hold: string } | { client: string } | { filters: SearchFilters };

/** Records that a hold would take, as a condition on `records r`. */
function spokenOf(over: Over): Sql {
  if ('list' in over) return sql`r.id = any (${[...over.list]}::uuid[])`;
  if ('hold' in over) return sql`r.id in (select record_id from hold_list where hold_id = ${over.hold})`;
  if ('client' in over) return sql`r.client_number = ${over.client}`;
  return recordsMeeting(over.filters);
}

/**
 * The records that a hold would take, under their locks, in id order: whoever destroys one of them ends first, or waits. One more
 * than `limit` where there are more.
 */
export async function lockSpokenOf(tx: Tx, over: Over, limit: number): Promise<string[]> {
  const rows = await tx.many<{ id: string }>(
    sql`select r.id from records r where ${spokenOf(over)} and not record_is_gone(r.state) order by r.id limit ${limit + 1} for update`,
  );
  return rows.map((row) => row.id);
}

/** How many records a hold would take, and the newest of them, as far as the viewer may find them. */
export async function previewOf(db: Queryable, over: Over, rights: Sql, limit: number): Promise<{ total: number; ids: string[] }> {
  const found = sql`from records r where ${spokenOf(over)} and not record_is_gone(r.state) and (${rights})`;
  const { total } = await db.one<{ total: number }>(sql`select count(*)::int as total ${found}`);
  const rows = await db.many<{ id: string }>(sql`select r.id ${found} order by r.closed_at desc, r.id desc limit ${limit}`);
  return { total, ids: rows.map((row) => row.id) };
}

/** Which of these records the condition lets this actor have, gone ones told apart. */
export async function namedAmong(db: Queryable, ids: readonly string[], rights: Sql): Promise<{ id: string; gone: boolean }[]> {
  return db.many(sql`select r.id, record_is_gone(r.state) as gone from records r where r.id = any (${[...ids]}::uuid[]) and (${rights})`);
}

export interface Numbered {
  id: string;
  service_no: string;
  archival_code: string | null;
  gone: boolean;
}

/** Records by service number or archival code, as far as the condition lets this actor have them. */
export async function byNumber(db: Queryable, numbers: readonly string[], rights: Sql): Promise<Numbered[]> {
  return db.many<Numbered>(sql`select r.id, r.service_no, r.archival_code, record_is_gone(r.state) as gone from records r
    where (r.service_no = any (${[...numbers]}::text[]) or r.archival_code = any (${[...numbers]}::text[])) and (${rights})`);
}

/** Puts records under a hold; those over which no other one was open. */
export async function takeRecords(tx: Tx, hold: string, ids: readonly string[], at: Date): Promise<string[]> {
  const free = await tx.many<{ id: string }>(sql`select r.id from records r where r.id = any (${[...ids]}::uuid[]) and not r.held`);
  await tx.run(
    sql`insert into hold_records (hold_id, record_id, since) select ${hold}, id, ${at} from unnest(${[...ids]}::uuid[]) as r (id) on conflict (hold_id, record_id) do nothing`,
  );
  return free.map((row) => row.id);
}

/** Keeps which entry of the log tells that a record came under a hold. */
export async function setEntries(tx: Tx, hold: string, entries: readonly { record: string; entry: string }[]): Promise<void> {
  await tx.run(sql`update hold_records x set entry_id = e.entry
    from unnest(${entries.map((one) => one.record)}::uuid[], ${entries.map((one) => one.entry)}::uuid[]) as e (record, entry) where x.hold_id = ${hold} and x.record_id = e.record`);
}

/** Holds under which records came by themselves that no entry tells of yet. */
export async function untoldHolds(db: Queryable, limit: number): Promise<{ id: string; number: string }[]> {
  return db.many(
    sql`select h.id, h.number from holds h where exists (select from hold_records x where x.hold_id = h.id and x.entry_id is null) order by h.id limit ${limit}`,
  );
}

/** Those records of one hold; `first`: no other hold is open over it. */
export async function untold(tx: Tx, hold: string, limit: number): Promise<{ record_id: string; first: boolean }[]> {
  return tx.many(sql`select x.record_id, not exists (select from hold_records y where y.record_id = x.record_id and y.hold_id <> x.hold_id and y.until is null) as first
    from hold_records x where x.hold_id = ${hold} and x.entry_id is null order by x.record_id limit ${limit} for update of x skip locked`);
}

/** Records that a hold let go of in this transaction; `free`: none is open over it any more. */
export async function letGo(tx: Tx, hold: string, at: Date): Promise<{ id: string; free: boolean }[]> {
  return tx.many(
    sql`select r.id, not r.held as free from hold_records x join records r on r.id = x.record_id where x.hold_id = ${hold} and x.until = ${at} order by r.id`,
  );
}

/** Open holds, for looking through them one by one. */
export async function openHolds(db: Queryable): Promise<{ id: string; scope: HoldScope; client_number: string | null; filters: SearchFilters | null }[]> {
  return db.many(sql`select id, scope, client_number, filters from holds where state in ('in_force', 'lifting') order by id`);
}

/**
 * Takes what an open hold speaks of and does not have, which the database takes by itself; how many there were. A list and a client
 * are looked up by their index. A query is asked of the records of one span of ids: `after`, exclusive, up to `to`, inclusive.
 */
export async function takeMissed(tx: Tx, hold: string, over: Over, span?: { after: string | null; to: string }): Promise<number> {
  const within = span === undefined ? sql`` : sql`and r.id <= ${span.to}::uuid ${span.after === null ? sql`` : sql`and r.id > ${span.after}::uuid`}`;
  const missed = await tx.many<{ id: string }>(sql`select r.id from records r where ${spokenOf(over)} and not record_is_gone(r.state) ${within}
    and not exists (select from hold_records x where x.hold_id = ${hold}::uuid and x.record_id = r.id) order by r.id`);
  // nothing is written where nothing is missed, which is the usual case
  if (missed.length === 0) return 0;
  return tx.run(sql`insert into hold_records (hold_id, record_id, caught) select ${hold}::uuid, id, true from unnest(${missed.map(({ id }) => id)}::uuid[]) as r (id)
    on conflict do nothing`);
}

/** The last id of the next span of so many records; `null` where none is left. */
export async function spanEnd(db: Queryable, after: string | null, size: number): Promise<string | null> {
  const from = after === null ? sql`` : sql`where id > ${after}::uuid`;
  return (
    await db.one<{ last: string | null }>(sql`select (select max(id::text) from (select id from records ${from} order by id limit ${size}) s)::uuid as last`)
  ).last;
}

/** Lets a statement of a check take longer than one that somebody waits for. */
export async function takeTime(tx: Tx): Promise<void> {
  await tx.run(sql`set local statement_timeout = '10min'`);
}
