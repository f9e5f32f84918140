import { type Queryable, sql, type Tx } from '../../../db/index.js';

/**
 * Takes the locks of a destructive step, in id order: first the table's, so that nobody who sets a hold over a client or a query
 * waits for us while we wait for him; then each record's. The ids that are there.
 */
export async function lockRecords(tx: Tx, ids: readonly string[]): Promise<string[]> {
  await tx.run(sql`lock table records in row exclusive mode`);
  const rows = await tx.many<{ id: string }>(sql`select id from records where id = any (${[...ids]}::uuid[]) order by id for update`);
  return rows.map((row) => row.id);
}

/** Which of these records a hold stands over, also one that did not take it yet. */
export async function heldOf(db: Queryable, ids: readonly string[]): Promise<string[]> {
  const rows = await db.many<{ id: string }>(
    sql`select r.id from records r where r.id = any (${[...ids]}::uuid[]) and (r.held or record_is_held(r.id)) order by r.id`,
  );
  return rows.map((row) => row.id);
}

export interface HoldOver {
  record: string;
  hold: string;
  number: string;
  matter: string;
  kind: string;
  since: Date;
  lapsesAt: Date | null;
}

/** The open holds over records. */
export async function openHolds(db: Queryable, ids: readonly string[]): Promise<HoldOver[]> {
  return db.many<HoldOver>(sql`select x.record_id as record, h.id as hold, h.number, h.matter, h.kind, x.since, h.lapses_at as "lapsesAt"
    from hold_records x join holds h on h.id = x.hold_id where x.record_id = any (${[...ids]}::uuid[]) and x.until is null order by x.since, h.number`);
}
