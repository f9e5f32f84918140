import { type Db, type Queryable, sql, type Tx } from '../../db/index.js';

export interface BatchRow {
  id: string;
  kind: 'intake' | 'import';
  number: string;
  source_system: string;
  opened_at: Date;
  opened_by: string | null;
  state: 'open' | 'handed_over' | 'confirmed';
  handed_over_by: string | null;
  handed_over_at: Date | null;
  received_by: string | null;
  received_at: Date | null;
}

export async function openIntakeBatch(db: Queryable, owner: string | null, system: string): Promise<BatchRow | undefined> {
  return db.maybe<BatchRow>(
    sql`select * from batches where state = 'open' and kind = 'intake' and opened_by is not distinct from ${owner} and source_system = ${system} limit 1`,
  );
}

/** Opens a batch; a second open one of the same caller and source violates `batches_one_open`. */
export async function insertBatch(tx: Tx, row: Pick<BatchRow, 'id' | 'kind' | 'number' | 'source_system' | 'opened_at' | 'opened_by'>): Promise<void> {
  await tx.run(sql`insert into batches (id, kind, number, source_system, opened_at, opened_by, state)
    values (${row.id}, ${row.kind}, ${row.number}, ${row.source_system}, ${row.opened_at}, ${row.opened_by}, 'open')`);
}

export async function batchById(db: Queryable, id: string): Promise<BatchRow | undefined> {
  return db.maybe<BatchRow>(sql`select * from batches where id = ${id}`);
}

export async function lockBatch(tx: Tx, id: string): Promise<BatchRow | undefined> {
  return tx.maybe<BatchRow>(sql`select * from batches where id = ${id} for update`);
}

/** How the records of a batch stand; what is still waiting keeps it from being handed over. */
export async function batchCounts(
  db: Queryable,
  ids: readonly string[],
): Promise<{ batch_id: string; total: number; archived: number; waiting: number; sent_back: number; files: number }[]> {
  return db.many(sql`select batch_id, count(*)::int as total, count(*) filter (where archived_at is not null)::int as archived,
      count(*) filter (where state = 'received')::int as waiting, count(*) filter (where state = 'sent_back')::int as sent_back, coalesce(sum(file_count), 0)::int as files
    from records where batch_id = any (${ids}::uuid[]) group by batch_id`);
}

export async function setBatchState(tx: Tx, id: string, step: { state: 'handed_over' | 'confirmed'; at: Date; by: string }): Promise<void> {
  if (step.state === 'handed_over')
    await tx.run(sql`update batches set state = 'handed_over', handed_over_at = ${step.at}, handed_over_by = ${step.by} where id = ${id}`);
  else await tx.run(sql`update batches set state = 'confirmed', received_at = ${step.at}, received_by = ${step.by} where id = ${id}`);
}

export async function listBatches(db: Queryable, after: { at: Date; id: string } | null, limit: number): Promise<BatchRow[]> {
  const from = after ? sql`where (opened_at, id) < (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many<BatchRow>(sql`select * from batches ${from} order by opened_at desc, id desc limit ${limit}`);
}

export interface TransferRow {
  archival_code: string | null;
  title: string;
  closed_at: Date;
  file_count: number;
  medium: string;
  term_until: string;
  term_rule: string;
  service_no: string;
  state: string;
}

/** The lines of a batch's transfer list, in order of their codes, in bounded portions. */
export function transferRows(db: Db, id: string): AsyncIterable<TransferRow[]> {
  return db.stream<TransferRow>(
    sql`select archival_code, title, closed_at, file_count, medium, term_until, term_rule, service_no, state from records where batch_id = ${id} order by archival_code nulls last, id`,
  );
}
