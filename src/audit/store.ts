import { prepared, sql, type Queryable, type Sql } from '../db/index.js';
import type { IntegratedEntry } from './types.js';

export interface PendingRow {
  id: string;
  entry: string;
  sealed: Buffer | null;
}

/** Inserts entries in one statement; a single one, the usual case, in the statement that is planned fastest. The number of the transaction. */
export async function insertPending(tx: Queryable, rows: readonly [PendingRow, ...PendingRow[]]): Promise<string> {
  const [first, ...others] = rows;
  const insertion =
    others.length === 0
      ? sql`insert into audit_pending (id, entry, sealed) values (${first.id}, ${first.entry}, ${first.sealed})`
      : sql`insert into audit_pending (id, entry, sealed)
          select * from unnest(${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.entry)}::text[], ${rows.map((row) => row.sealed)}::bytea[])`;
  const { xact } = await tx.one<{ xact: string }>(prepared(sql`with inserted as (${insertion}) select pg_current_xact_id()::text as xact`));
  return xact;
}

/** The insertion of one entry as part of another statement: it takes place where `from` has its one row. */
export function pendingFrom(row: PendingRow, from: Sql): Sql {
  return sql`insert into audit_pending (id, entry, sealed) select ${row.id}::uuid, ${row.entry}::text, ${row.sealed}::bytea from ${from}`;
}

/** Those of the entries that stand under a signed head. */
export function selectSettled(db: Queryable, ids: readonly string[]): Promise<IntegratedEntry[]> {
  return db.many<IntegratedEntry & { id: string }>(sql`
    select e.id, e.log, e.sequence from audit_entries e
    where e.id = any (${ids}::uuid[])
      and exists (select from audit_heads h where h.log = e.log and h.size > e.sequence)`);
}

/** Tells the integrator of another process that there is work. Outside of any transaction: a notification serialises commits. */
export async function notifyPending(db: Queryable): Promise<void> {
  await db.run(sql`select pg_notify('audit_pending', '')`);
}

export async function countPending(db: Queryable): Promise<number> {
  const { n } = await db.one<{ n: number }>(sql`select count(*)::int as n from audit_pending`);
  return n;
}

/** Time of the entry that waits longest; `null` where none does, or what waits is not the program's. */
export async function oldestPending(db: Queryable): Promise<Date | null> {
  const row = await db.maybe<{ t: string | null }>(sql`
    select substring(entry from '"t":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z)","v":1') as t from audit_pending order by xact, id limit 1`);
  const at = row?.t === null || row?.t === undefined ? NaN : Date.parse(row.t);
  return Number.isNaN(at) ? null : new Date(at);
}

export async function selectNewestHead(db: Queryable): Promise<{ log: string; size: bigint; root: Buffer; signed_at: Date; note: string } | undefined> {
  return await db.maybe(sql`select log, size, root, signed_at, note from audit_heads order by log desc, size desc limit 1`);
}
