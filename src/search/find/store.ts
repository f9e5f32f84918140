import { type Queryable, sql, type Sql, type Tx } from '../../db/index.js';
import type { Facet } from '../port.js';

export interface OwnSearch {
  id: string;
  sealed: Buffer;
  at: Date;
}

/** Keeps a search of one's own, newest first, at most `limit` of them. */
export async function keepRecent(tx: Tx, row: { id: string; account: string; hash: Buffer; sealed: Buffer; at: Date }, limit: number): Promise<void> {
  await tx.run(sql`insert into recent_searches (id, account_id, hash, sealed, at) values (${row.id}, ${row.account}, ${row.hash}, ${row.sealed}, ${row.at})
    on conflict (account_id, hash) do update set at = excluded.at, id = excluded.id, sealed = excluded.sealed`);
  await tx.run(sql`delete from recent_searches where account_id = ${row.account}
    and id in (select id from recent_searches where account_id = ${row.account} order by at desc, id desc offset ${limit})`);
}

export async function recentOf(db: Queryable, account: string, limit: number): Promise<OwnSearch[]> {
  return db.many<OwnSearch>(sql`select id, sealed, at from recent_searches where account_id = ${account} order by at desc, id desc limit ${limit}`);
}

export async function dropRecent(tx: Tx, account: string): Promise<number> {
  return tx.run(sql`delete from recent_searches where account_id = ${account}`);
}

export interface SavedRow extends OwnSearch {
  sort: string;
}

export async function savedOf(db: Queryable, account: string, limit: number): Promise<SavedRow[]> {
  return db.many<SavedRow>(
    sql`select id, sealed, sort, created_at as at from saved_searches where account_id = ${account} order by created_at desc, id desc limit ${limit}`,
  );
}

export async function insertSaved(tx: Tx, row: { id: string; account: string; sealed: Buffer; sort: string; at: Date }): Promise<void> {
  await tx.run(
    sql`insert into saved_searches (id, account_id, sealed, sort, created_at) values (${row.id}, ${row.account}, ${row.sealed}, ${row.sort}, ${row.at})`,
  );
}

export async function deleteSaved(tx: Tx, account: string, id: string): Promise<number> {
  return tx.run(sql`delete from saved_searches where id = ${id} and account_id = ${account}`);
}

/**
 * Counts by one column under the viewer's rights: only values that the viewer may find somewhere. From the kept counts,
 * unless the rights speak of a column that is not kept there, and by the record for what grants give beyond.
 */
export async function countsOf(
  db: Queryable,
  rights: { roles: Sql; staff: boolean; beyond: Sql | null },
  column: Exclude<Facet, 'evaluation'>,
): Promise<{ value: string; n: bigint }[]> {
  const columns = {
    service_type: sql`service_type`,
    client_type: sql`client_type`,
    year: sql`year`,
    department: sql`department`,
    channel: sql`channel`,
    sensitivity: sql`sensitivity`,
    medium: sql`medium`,
    state: sql`state`,
  } as const;
  const value = sql`${columns[column]}::text as value`;
  const counted = rights.staff
    ? sql`select ${value}, count(*) as n from records r where (${rights.roles}) group by 1`
    : sql`select ${value}, sum(n) as n from (select * from record_counts union all select * from record_count_deltas) r where (${rights.roles}) group by 1`;
  const all = rights.beyond === null ? counted : sql`${counted} union all select ${value}, count(*) as n from records r where ${rights.beyond} group by 1`;
  return db.many(sql`select value, sum(n)::bigint as n from (${all}) c group by 1 having sum(n) > 0 order by 2 desc, 1`);
}

/** Numbers that begin so, of records that the viewer may find; nothing else decides which. */
export async function numbersLike(db: Queryable, rights: Sql, prefix: string, limit: number): Promise<string[]> {
  const end = `${prefix}\u{10FFFF}`;
  const rows = await db.many<{ value: string }>(sql`select value from (
      (select r.service_no as value from records r where r.service_no >= ${prefix} and r.service_no < ${end} and (${rights}) order by r.service_no limit ${limit})
      union
      (select r.archival_code as value from records r where r.archival_code >= ${prefix} and r.archival_code < ${end} and (${rights}) order by r.archival_code limit ${limit})
    ) found order by value limit ${limit}`);
  return rows.map((row) => row.value);
}

/** Client numbers that begin so, among the first records of such clients that the viewer may find. */
export async function clientsLike(db: Queryable, rights: Sql, prefix: string, limit: number): Promise<string[]> {
  const end = `${prefix}\u{10FFFF}`;
  const rows = await db.many<{ value: string }>(sql`select distinct value from (
      select r.client_number as value from records r where r.client_number >= ${prefix} and r.client_number < ${end} and (${rights}) order by r.client_number limit 200
    ) found order by value limit ${limit}`);
  return rows.map((row) => row.value);
}

export interface FileSearchState {
  id: string;
  state: 'text' | 'none' | 'waiting';
  reason: string | null;
  ocr: boolean;
}

export async function fileStates(db: Queryable, record: string): Promise<FileSearchState[]> {
  return db.many<FileSearchState>(sql`select f.id, coalesce(t.state, 'waiting') as state, t.reason, coalesce(t.ocr, false) as ocr
    from record_files f left join file_texts t on t.file_id = f.id where f.record_id = ${record} order by f.position`);
}

export async function maskedOf(db: Queryable, record: string): Promise<{ kind: string; count: number }[]> {
  return db.many(sql`select kind, count from masked_counts where record_id = ${record} order by kind`);
}

/** How many files of these records could not be searched. */
export async function unsearchableOf(db: Queryable, records: readonly string[]): Promise<Map<string, number>> {
  const rows = await db.many<{ record_id: string; n: bigint }>(
    sql`select record_id, count(*) as n from file_texts where record_id = any (${[...records]}::uuid[]) and state = 'none' group by record_id`,
  );
  return new Map(rows.map((row) => [row.record_id, Number(row.n)]));
}

export async function insertAlarm(tx: Tx, row: { record: string; hash: Buffer; kind: string; by: string; at: Date }): Promise<number> {
  return tx.run(sql`insert into false_alarms (record_id, hash, kind, reported_by, at) values (${row.record}, ${row.hash}, ${row.kind}, ${row.by}, ${row.at})
    on conflict do nothing`);
}

export async function mayRead(db: Queryable, rights: Sql, record: string): Promise<boolean> {
  return (await db.maybe(sql`select from records r where r.id = ${record} and (${rights})`)) !== undefined;
}

/** Those of the records that the viewer may read. */
export async function readableAmong(db: Queryable, rights: Sql, records: readonly string[]): Promise<Set<string>> {
  if (records.length === 0) return new Set();
  const rows = await db.many<{ id: string }>(sql`select r.id from records r where r.id = any (${[...records]}::uuid[]) and (${rights})`);
  return new Set(rows.map((row) => row.id));
}
