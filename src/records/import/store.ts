import { sql, type Db, type DbSession, type Queryable, type Tx } from '../../db/index.js';
import type { FieldError } from '../../errors/index.js';
import type { Counts } from './counts.js';

export const IMPORT_STATES = ['running', 'stopped', 'finished', 'refused'] as const;
export type ImportState = (typeof IMPORT_STATES)[number];

export interface ImportRow {
  id: string;
  state: ImportState;
  reason: string | null;
  reason_params: Record<string, string | number>;
  batch_id: string | null;
  batch_number: string;
  source_system: string;
  format: string;
  encoding: string;
  mapping_name: string;
  mapping_digest: string;
  source_mac: Buffer;
  source_sealed: Buffer;
  spool_key: Buffer | null;
  bytes: bigint;
  rows_total: bigint;
  rows_taken: bigint;
  rows_rejected: bigint;
  captured: bigint;
  received: bigint;
  replayed: bigint;
  position: bigint;
  account_id: string | null;
  pseudonym: string;
  started_at: Date;
  updated_at: Date;
  ended_at: Date | null;
}

export type NewImport = Pick<
  ImportRow,
  | 'id'
  | 'state'
  | 'reason'
  | 'reason_params'
  | 'batch_id'
  | 'batch_number'
  | 'source_system'
  | 'format'
  | 'encoding'
  | 'mapping_name'
  | 'mapping_digest'
  | 'source_mac'
  | 'source_sealed'
  | 'spool_key'
  | 'account_id'
  | 'pseudonym'
> & { bytes: number; rows_total: number; at: Date };

export async function insertImport(tx: Tx, row: NewImport): Promise<void> {
  await tx.run(sql`insert into imports (id, state, reason, reason_params, batch_id, batch_number, source_system, format, encoding, mapping_name, mapping_digest,
      source_mac, source_sealed, spool_key, bytes, rows_total, account_id, pseudonym, started_at, updated_at, ended_at)
    values (${row.id}, ${row.state}, ${row.reason}, ${JSON.stringify(row.reason_params)}::jsonb, ${row.batch_id}, ${row.batch_number}, ${row.source_system}, ${row.format}, ${row.encoding},
      ${row.mapping_name}, ${row.mapping_digest}, ${row.source_mac}, ${row.source_sealed}, ${row.spool_key}, ${row.bytes}, ${row.rows_total}, ${row.account_id}, ${row.pseudonym},
      ${row.at}, ${row.at}, ${row.state === 'running' ? null : row.at})`);
}

/** The newest import of the same file that did not come to its end. */
export async function unfinishedOf(db: Queryable, mac: Buffer): Promise<ImportRow | undefined> {
  return db.maybe<ImportRow>(
    sql`select * from imports where source_mac = ${mac} and state in ('running', 'stopped') order by started_at desc, id desc limit 1`,
  );
}

/** Imports of uploads that did not come to their end and that nobody stopped: what a restart has to go on with. */
export async function interruptedUploads(db: Queryable): Promise<ImportRow[]> {
  return db.many<ImportRow>(
    sql`select * from imports where spool_key is not null and (state = 'running' or (state = 'stopped' and reason not in ('asked', 'upload_gone'))) order by started_at, id`,
  );
}

export async function importById(db: Queryable, id: string): Promise<ImportRow | undefined> {
  return db.maybe<ImportRow>(sql`select * from imports where id = ${id}`);
}

export async function listImports(db: Queryable, only: string | null, after: { at: Date; id: string } | null, limit: number): Promise<ImportRow[]> {
  const whose = only === null ? sql`true` : sql`pseudonym = ${only}`;
  const from = after ? sql`and (started_at, id) < (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many<ImportRow>(sql`select * from imports where ${whose} ${from} order by started_at desc, id desc limit ${limit}`);
}

/** Holds an import for this process; `false` when another one works on it. Ends with the session. */
export async function tryLock(session: DbSession, id: string): Promise<boolean> {
  const { held } = await session.one<{ held: boolean }>(sql`select pg_try_advisory_lock(7104212, hashtext(${id})) as held`);
  return held;
}

/** Adds what one batch of units came to. */
export async function advance(tx: Tx, id: string, units: number, counts: Counts, at: Date): Promise<void> {
  const done =
    await tx.run(sql`update imports set position = position + ${units}, rows_taken = rows_taken + ${counts.rowsTaken}, rows_rejected = rows_rejected + ${counts.rowsRejected},
    captured = captured + ${counts.captured}, received = received + ${counts.received}, replayed = replayed + ${counts.replayed}, updated_at = ${at}
    where id = ${id} and state = 'running'`);
  if (done !== 1) throw new Error('an import advanced that does not run');
}

export async function setState(tx: Tx, id: string, state: ImportState, reason: string | null, at: Date): Promise<void> {
  await tx.run(
    sql`update imports set state = ${state}, reason = ${reason}, updated_at = ${at}, ended_at = ${state === 'running' ? null : at},
    spool_key = case when ${state === 'finished'} then null else spool_key end where id = ${id}`,
  );
}

/** The batch that the rest of an import goes into. */
export async function setBatch(tx: Tx, id: string, batch: { id: string; number: string }): Promise<void> {
  await tx.run(sql`update imports set batch_id = ${batch.id}, batch_number = ${batch.number} where id = ${id}`);
}

export interface RejectRow {
  row_number: bigint;
  code: string;
  fields: FieldError[];
  row_sealed: Buffer | null;
}

export async function insertRejects(
  tx: Tx,
  id: string,
  rejects: readonly { row: number; code: string; fields: FieldError[]; sealed: Buffer }[],
): Promise<void> {
  if (rejects.length === 0) return;
  await tx.run(sql`insert into import_rejects (import_id, row_number, code, fields, row_sealed)
    select ${id}::uuid, * from unnest(${rejects.map((one) => one.row)}::bigint[], ${rejects.map((one) => one.code)}::text[],
      ${rejects.map((one) => JSON.stringify(one.fields))}::jsonb[], ${rejects.map((one) => one.sealed)}::bytea[])`);
}

export function streamRejects(db: Db, id: string): AsyncIterable<RejectRow[]> {
  return db.stream<RejectRow>(sql`select row_number, code, fields, row_sealed from import_rejects where import_id = ${id} order by row_number`);
}

/** A page of rejects, for the preview on a page. */
export async function listRejects(db: Queryable, id: string, after: number, limit: number): Promise<RejectRow[]> {
  return db.many<RejectRow>(
    sql`select row_number, code, fields, row_sealed from import_rejects where import_id = ${id} and row_number > ${after} order by row_number limit ${limit}`,
  );
}

export async function rejectCounts(db: Queryable, id: string): Promise<{ code: string; rows: number }[]> {
  return db.many(sql`select code, count(*)::int as rows from import_rejects where import_id = ${id} group by code order by rows desc, code`);
}

/** Ids of imports whose upload may still be needed. */
export async function spooledImports(db: Queryable): Promise<Set<string>> {
  const rows = await db.many<{ id: string }>(sql`select id from imports where spool_key is not null`);
  return new Set(rows.map((row) => row.id));
}

/** Gives up uploads of imports that were stopped long ago: their keys are forgotten, and with them what the files hold. */
export async function forgetSpools(tx: Tx, before: Date): Promise<number> {
  return tx.run(sql`update imports set spool_key = null where spool_key is not null and state = 'stopped' and ended_at < ${before}`);
}

/** Forgets the rejected rows of imports that ended long ago; counts and codes of the import stay. */
export async function purgeRejects(tx: Tx, before: Date): Promise<number> {
  return tx.run(sql`delete from import_rejects r using imports i where i.id = r.import_id and i.ended_at < ${before}`);
}
