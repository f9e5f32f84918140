import { type Queryable, sql, type Sql, type Tx } from '../../../db/index.js';
import { recordsMeeting, type SearchFilters } from '../../../search/index.js';

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

/** Records that came under holds by themselves and that no entry tells of yet; `first`: no other hold is open over it. */
export async function untold(tx: Tx, limit: number): Promise<{ hold_id: string; number: string; record_id: string; first: boolean }[]> {
  return tx.many(sql`select x.hold_id, h.number, x.record_id,
      not exists (select from hold_records y where y.record_id = x.record_id and y.hold_id <> x.hold_id and y.until is null) as first
    from hold_records x join holds h on h.id = x.hold_id where x.entry_id is null order by x.since, x.hold_id, x.record_id limit ${limit} for update of x skip locked`);
}

/** Records that a hold let go of in this transaction; `free`: none is open over it any more. */
export async function letGo(tx: Tx, hold: string, at: Date): Promise<{ id: string; free: boolean }[]> {
  return tx.many(
    sql`select r.id, not r.held as free from hold_records x join records r on r.id = x.record_id where x.hold_id = ${hold} and x.until = ${at} order by r.id`,
  );
}

/** Takes what an open hold speaks of and does not have, which the database takes by itself; how many there were. */
export async function takeMissed(tx: Tx): Promise<number> {
  return tx.run(sql`insert into hold_records (hold_id, record_id, caught)
    select h.id, r.id, true from holds h join records r on (h.scope = 'client' and r.client_number = h.client_number) or (h.scope = 'query' and hold_matches(h.filters, r))
    where h.state in ('in_force', 'lifting') and h.scope <> 'list' and not record_is_gone(r.state)
      and not exists (select from hold_records x where x.hold_id = h.id and x.record_id = r.id)
    on conflict do nothing`);
}
