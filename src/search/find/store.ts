import type { CountedRights } from '../../access/index.js';
import { join, type Queryable, sql, type Sql, TRUE, type Tx } from '../../db/index.js';
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

export type Counted = Exclude<Facet, 'evaluation'>;
const COUNTED: Readonly<Record<Counted, Sql>> = {
  service_type: sql`service_type`,
  client_type: sql`client_type`,
  year: sql`year`,
  department: sql`department`,
  channel: sql`channel`,
  sensitivity: sql`sensitivity`,
  medium: sql`medium`,
  state: sql`state`,
};

/**
 * Counts by some columns, each by itself, under the viewer's rights: only values that the viewer may find somewhere. From the kept
 * counts, unless the rights speak of a column that is not kept there, and by the record for what grants give beyond.
 */
export async function countsOf(db: Queryable, rights: CountedRights, columns: readonly Counted[]): Promise<{ name: Counted; value: string; n: bigint }[]> {
  if (columns.length === 0) return [];
  const list = join(
    columns.map((one) => COUNTED[one]),
    ', ',
    TRUE,
  );
  const values = join(
    columns.map((one) => sql`(${one}::text, ${COUNTED[one]}::text)`),
    ', ',
    TRUE,
  );
  const ofRecords = (where: Sql): Sql =>
    sql`select v.name, v.value, count(*) as n from records r cross join lateral (values ${values}) v (name, value) where ${where} group by 1, 2`;
  // differences that are not folded yet stand beside the counts of both kinds
  const ofCounts = (counts: Sql): Sql => sql`select v.name, v.value, sum(c.n) as n from (
      select ${list}, sum(n) as n from ${counts} r where (${rights.roles}) group by ${list}
    ) c cross join lateral (values ${values}) v (name, value) group by 1, 2`;
  const counted = {
    records: () => ofRecords(rights.roles),
    columns: () => ofCounts(sql`(select * from record_counts union all select * from record_count_deltas)`),
    cells: () => sql`select name, value, sum(n) as n from record_cell_counts r where name = any (${columns}::text[]) and (${rights.roles}) group by 1, 2
      union all ${ofCounts(sql`record_count_deltas`)}`,
  }[rights.reach]();
  const all = rights.beyond === null ? counted : sql`${counted} union all ${ofRecords(rights.beyond)}`;
  return db.many(sql`select name, value, sum(n)::bigint as n from (${all}) c group by 1, 2 having sum(n) > 0 order by 3 desc, 2`);
}

/** What mostly decides over finding a record; indexes of numbers begin with it. */
export interface Cell {
  department: string;
  sensitivity: string;
  state: string;
  restricted: boolean;
}

/** The cells of all records, each found by one step in an index. */
export function cellsOf(db: Queryable): Promise<Cell[]> {
  const cell = sql`r.department, r.sensitivity, r.state, r.restricted`;
  const first = sql`select ${cell} from records r`;
  return db.many<Cell>(sql`with recursive cells as (
      (${first} order by ${cell} limit 1)
      union all
      select n.* from cells c cross join lateral (${first}
        where (${cell}) > (c.department, c.sensitivity, c.state, c.restricted) order by ${cell} limit 1) n
    ) select * from cells`);
}

export interface Beginning {
  /** Cells in which the viewer may find something. */
  cells: readonly Cell[];
  /** What decides in them; speaks of `r`. */
  roles: Sql;
  /** What grants give besides; `null`: nothing. */
  beyond: Sql | null;
  prefix: string;
  limit: number;
}

type NumberColumn = 'service_no' | 'archival_code' | 'client_number';
const NUMBER: Readonly<Record<NumberColumn, Sql>> = { service_no: sql`r.service_no`, archival_code: sql`r.archival_code`, client_number: sql`r.client_number` };

/**
 * Numbers of a kind that begin so, of records that the viewer may find, from step to step: whatever many records have the same number
 * costs one step, and what the viewer may not find none.
 */
function beginning(kind: NumberColumn, { cells, roles, beyond, prefix, limit }: Beginning): Sql {
  const column = sql`${NUMBER[kind]} collate "C"`;
  const end = `${prefix}\u{10FFFF}`;
  const inCell = sql`r.department = c.department and r.sensitivity = c.sensitivity and r.state = c.state and r.restricted = c.restricted`;
  const step = (from: Sql): Sql => sql`select ${column} as value from records r
    where ${inCell} and ${column} ${from} and ${column} < ${end} and (${roles}) order by ${column} limit 1`;
  const byRoles = sql`select n.value from unnest(${cells.map((one) => one.department)}::text[], ${cells.map((one) => one.sensitivity)}::text[],
      ${cells.map((one) => one.state)}::text[], ${cells.map((one) => one.restricted)}::boolean[]) c (department, sensitivity, state, restricted)
    cross join lateral (
      with recursive steps as (
        (${step(sql`>= ${prefix}`)})
        union all
        select next.value from steps s cross join lateral (${step(sql`> s.value`)}) next
      ) select value from steps limit ${limit}) n`;
  // what was granted is little: its records are had first
  const granted =
    beyond === null
      ? null
      : sql`select ${column} as value from (select r.* from records r where ${beyond} offset 0) r where ${column} >= ${prefix} and ${column} < ${end}`;
  return sql`(select distinct value from (${granted === null ? byRoles : sql`${byRoles} union all ${granted}`}) v order by value limit ${limit})`;
}

export const numbersStatement = (asked: Beginning): Sql =>
  sql`select value from (${beginning('service_no', asked)} union ${beginning('archival_code', asked)}) found order by value limit ${asked.limit}`;
export const clientsStatement = (asked: Beginning): Sql => beginning('client_number', asked);

/** Service numbers and archival codes that begin so, of records that the viewer may find; nothing else decides which. */
export async function numbersLike(db: Queryable, asked: Beginning): Promise<string[]> {
  return (await db.many<{ value: string }>(numbersStatement(asked))).map((row) => row.value);
}

/** Client numbers that begin so, of records that the viewer may find. */
export async function clientsLike(db: Queryable, asked: Beginning): Promise<string[]> {
  return (await db.many<{ value: string }>(clientsStatement(asked))).map((row) => row.value);
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
