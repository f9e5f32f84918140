import { type Queryable, sql, type Tx } from '../../db/index.js';

/** Advisory lock of whoever raises locks: two at once would ask the store for the same. */
export const RAISING = 7_104_345;

/** How many records the store's locks still have to follow, and of how many the store failed so far. */
export function raisesLeft(db: Queryable): Promise<{ waiting: number; failed: number }> {
  return db.one(sql`select count(*)::int as waiting, (count(*) filter (where why is not null))::int as failed from lock_raises`);
}

export interface RaiseRow {
  record: string;
  minimum: string;
  attempts: number;
}

/** Records whose locks are to be raised now, the longest waiting first. */
export function dueRaises(db: Queryable, at: Date, limit: number): Promise<RaiseRow[]> {
  return db.many<RaiseRow>(sql`select record_id as record, minimum, attempts from lock_raises where due_at <= ${at} order by due_at, record_id limit ${limit}`);
}

/** The stored objects of records, but for those that are being destroyed: what is shredded waits for its lock to end. */
export function storedObjects(db: Queryable, records: readonly string[]): Promise<{ record: string; object: string }[]> {
  return db.many<{ record: string; object: string }>(
    sql`select record_id as record, id as object from objects where record_id = any (${[...records]}::uuid[]) and state in ('stored', 'locked')`,
  );
}

export interface RaiseOutcome {
  record: string;
  /** The day up to which was asked. */
  minimum: string;
  /** Code of the failure. */
  why: string | null;
  dueAt: Date;
  locked: { objectId: string; until: Date }[];
}

/** What is done is asked no more, unless the day rose meanwhile; what failed is asked again. */
export async function settleRaises(tx: Tx, outcomes: readonly RaiseOutcome[]): Promise<void> {
  const rows = JSON.stringify(outcomes.map(({ record, minimum, why, dueAt }) => ({ record, minimum, why, dueAt })));
  const from = sql`jsonb_to_recordset(${rows}::jsonb) as o (record uuid, minimum date, why text, "dueAt" timestamptz)`;
  await tx.run(sql`delete from lock_raises x using ${from} where x.record_id = o.record and x.minimum = o.minimum and o.why is null`);
  await tx.run(sql`update lock_raises x set attempts = x.attempts + 1, why = o.why, due_at = o."dueAt" from ${from}
    where x.record_id = o.record and x.minimum = o.minimum and o.why is not null`);
}
