import { type Queryable, sql, type Tx } from '../../../db/index.js';

/** Advisory lock of whoever tells the store: a late answer of it is never put over a newer one. */
export const TELLING = 7_104_260;

export interface AskedObject {
  id: string;
  wanted: boolean;
  turn: number;
  attempts: number;
  key: string;
  version: string;
}

/** Objects whose legal hold is to be set or lifted in the store, the longest waiting first. */
export async function objectsToTell(db: Queryable, at: Date, limit: number): Promise<AskedObject[]> {
  return db.many<AskedObject>(sql`select x.object_id as id, x.wanted, x.turn, x.attempts, o.store_key as key, o.store_version as version
    from hold_objects x join objects o on o.id = x.object_id where x.state = 'pending' or (x.state = 'failed' and x.due_at <= ${at}) order by x.due_at, x.object_id limit ${limit}`);
}

export interface ToldObject {
  id: string;
  turn: number;
  done: boolean;
  /** Code of the failure. */
  why: string | null;
  dueAt: Date;
}

/** Keeps what the store answered, where it was asked the same thing still. */
export async function setTold(tx: Tx, rows: readonly ToldObject[], at: Date): Promise<void> {
  await tx.run(sql`update hold_objects x set state = case when t.done then 'done' else 'failed' end, why = t.why, attempts = x.attempts + 1, due_at = t."dueAt",
      done_at = case when t.done then ${at}::timestamptz end
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t (id uuid, turn int, done boolean, why text, "dueAt" timestamptz) where x.object_id = t.id and x.turn = t.turn`);
}

/** Objects of held records that nobody was asked to tell the store of; how many there were. */
export async function askMissed(tx: Tx): Promise<number> {
  return tx.run(sql`insert into hold_objects (object_id, record_id, wanted) select o.id, o.record_id, true from records r join objects o on o.record_id = r.id
    where r.held and o.state not in ('shredded', 'destroyed') and not exists (select from hold_objects x where x.object_id = o.id) on conflict do nothing`);
}

/** What the store was told of, by rising id. */
export async function toldObjects(db: Queryable, after: string | null, limit: number): Promise<AskedObject[]> {
  const from = after === null ? sql`` : sql`and x.object_id > ${after}::uuid`;
  return db.many<AskedObject>(sql`select x.object_id as id, x.wanted, x.turn, x.attempts, o.store_key as key, o.store_version as version
    from hold_objects x join objects o on o.id = x.object_id where x.state = 'done' and o.state not in ('shredded', 'destroyed') ${from} order by x.object_id limit ${limit}`);
}

/** Has the store told again of objects. */
export async function askAgain(tx: Tx, ids: readonly string[], at: Date): Promise<void> {
  await tx.run(
    sql`update hold_objects set state = 'pending', turn = turn + 1, attempts = 0, why = null, due_at = ${at}, done_at = null where object_id = any (${[...ids]}::uuid[])`,
  );
}

export async function countObjects(db: Queryable): Promise<{ pending: number; failed: number }> {
  return db.one(
    sql`select (count(*) filter (where state = 'pending'))::int as pending, (count(*) filter (where state = 'failed'))::int as failed from hold_objects where state <> 'done'`,
  );
}

/** Whether flag and holds of the catalogue tell the same; how many records do not. */
export async function wrongFlags(db: Queryable): Promise<number> {
  const { n } = await db.one<{ n: number }>(sql`select count(*)::int as n from records r
    where (r.held or exists (select from hold_records x where x.record_id = r.id and x.until is null)) and not (r.held and exists (select from hold_records x where x.record_id = r.id and x.until is null))`);
  return n;
}
