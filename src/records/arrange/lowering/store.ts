import { type Queryable, sql, type Sql, type Tx } from '../../../db/index.js';
import type { Cursor } from '../../catalogue/cursor.js';

export interface LoweringRow {
  id: string;
  record_id: string;
  from_level: string;
  to_level: string;
  proposed_by: string;
  proposed_at: Date;
}

/** What waits for a second person on one record. */
export async function waitingLowering(db: Queryable, record: string): Promise<LoweringRow | undefined> {
  return db.maybe<LoweringRow>(
    sql`select id, record_id, from_level, to_level, proposed_by, proposed_at from lowerings where record_id = ${record} and state = 'proposed'`,
  );
}

export async function insertLowering(
  tx: Tx,
  row: { id: string; record: string; from: string; to: string; by: string; at: Date; entry: string },
): Promise<void> {
  await tx.run(sql`insert into lowerings (id, record_id, from_level, to_level, proposed_by, proposed_at, entry_id, state)
    values (${row.id}, ${row.record}, ${row.from}, ${row.to}, ${row.by}, ${row.at}, ${row.entry}, 'proposed')`);
}

/** A proposal gives way to what came later. */
export async function supersedeLowering(tx: Tx, record: string, at: Date): Promise<void> {
  await tx.run(sql`update lowerings set state = 'superseded', decided_at = ${at} where record_id = ${record} and state = 'proposed'`);
}

export async function decideLowering(tx: Tx, id: string, step: { state: 'agreed' | 'refused'; by: string; at: Date }): Promise<void> {
  await tx.run(
    sql`update lowerings set state = ${step.state}, decided_by = ${step.by}, decided_at = ${step.at}, decided_in = pg_current_xact_id() where id = ${id}`,
  );
}

export interface WaitingLoweringRow extends LoweringRow {
  title: string;
  service_no: string;
  archival_code: string | null;
}

/** What waits for a second person, oldest first, on records that this viewer may reclassify. */
export async function waitingLowerings(db: Queryable, rights: Sql, after: Cursor | null, limit: number): Promise<WaitingLoweringRow[]> {
  const from = after ? sql`and (l.proposed_at, l.id) > (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many<WaitingLoweringRow>(sql`select l.id, l.record_id, l.from_level, l.to_level, l.proposed_by, l.proposed_at, r.title, r.service_no, r.archival_code
    from lowerings l join records r on r.id = l.record_id where l.state = 'proposed' and (${rights}) ${from} order by l.proposed_at, l.id limit ${limit}`);
}

/** How many wait that somebody other than this person proposed. */
export async function countLowerings(db: Queryable, rights: Sql, person: string | null): Promise<number> {
  const { n } = await db.one<{ n: number }>(sql`select count(*)::int as n from lowerings l join records r on r.id = l.record_id
    where l.state = 'proposed' and l.proposed_by is distinct from ${person}::uuid and (${rights})`);
  return n;
}
