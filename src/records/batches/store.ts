import { type Db, type Queryable, sql, type Sql, type Tx } from '../../db/index.js';

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

/** Whose batches: `rights` say which records this caller finds, `empty` whether he sees those without any. */
export interface BatchScope {
  caller: string | null;
  /** On `records r`. */
  rights: Sql;
  empty: boolean;
}

/** Batches that the caller opened, and those of which he finds a record; a batch of records that he may not find is none of his. */
function seen({ caller, rights, empty }: BatchScope): Sql {
  const none = empty ? sql`or not exists (select from records r where r.batch_id = b.id)` : sql``;
  return sql`(coalesce(b.opened_by = ${caller}::uuid, false) or exists (select from records r where r.batch_id = b.id and (${rights})) ${none})`;
}

export async function batchById(db: Queryable, id: string, scope: BatchScope): Promise<BatchRow | undefined> {
  return db.maybe<BatchRow>(sql`select b.* from batches b where b.id = ${id} and ${seen(scope)}`);
}

export async function lockBatch(tx: Tx, id: string, scope: BatchScope): Promise<BatchRow | undefined> {
  return tx.maybe<BatchRow>(sql`select b.* from batches b where b.id = ${id} and ${seen(scope)} for update of b`);
}

/** The state of a batch, held so that nobody moves it on before this transaction ends. */
export async function holdBatch(tx: Tx, id: string): Promise<BatchRow['state'] | undefined> {
  return (await tx.maybe<{ state: BatchRow['state'] }>(sql`select state from batches where id = ${id} for key share`))?.state;
}

export async function isBatchOpen(db: Queryable, id: string): Promise<boolean> {
  return (await db.maybe<{ state: BatchRow['state'] }>(sql`select state from batches where id = ${id}`))?.state === 'open';
}

/** Whether a batch has records that this caller does not find. */
export async function hasUnseen(tx: Tx, id: string, rights: Sql): Promise<boolean> {
  return (await tx.maybe(sql`select 1 as one from records r where r.batch_id = ${id} and not (${rights}) limit 1`)) !== undefined;
}

/** Whether records are being put into this batch. */
export async function isFilling(tx: Tx, id: string): Promise<boolean> {
  return (
    (await tx.maybe(sql`select 1 as one from imports where batch_id = ${id} and state = 'running'
    union all select 1 from announcements where batch_id = ${id} limit 1`)) !== undefined
  );
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

export async function listBatches(db: Queryable, scope: BatchScope, after: { at: Date; id: string } | null, limit: number): Promise<BatchRow[]> {
  const from = after ? sql`and (b.opened_at, b.id) < (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many<BatchRow>(sql`select b.* from batches b where ${seen(scope)} ${from} order by b.opened_at desc, b.id desc limit ${limit}`);
}

export interface TransferRow {
  /** Whether the viewer finds this record; of one that he does not, nothing else may be shown. */
  seen: boolean;
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
export function transferRows(db: Db, id: string, rights: Sql): AsyncIterable<TransferRow[]> {
  return db.stream<TransferRow>(
    sql`select (${rights}) as seen, archival_code, title, closed_at, file_count, medium, term_until, term_rule, service_no, state from records r where batch_id = ${id} order by archival_code nulls last, id`,
  );
}
