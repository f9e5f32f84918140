import type { CountedRights } from '../../access/index.js';
import { join, type Queryable, sql, type Sql, TRUE } from '../../db/index.js';
import type { Facets, RecordFilter } from './filter.js';
import type { CatalogueRecord } from './row.js';
import type { Cursor } from './cursor.js';

/** Columns of a record in lists. */
export const COLUMNS = sql`r.id, r.archival_code, r.service_no, r.source_system, r.fonds, r.state, r.complete, r.service_type, r.client_type, r.medium, r.sensitivity,
  r.channel, r.department, r.restricted, r.held, r.client_number, r.client_name_masked, r.client_phone_masked, r.staff_name, r.staff_number, r.title, r.tags, r.year,
  r.opened_at, r.closed_at, r.received_at, r.archived_at, r.evaluation, r.term_until, r.term_rule, r.file_count, r.batch_id, r.special_term`;

/** The filter as a condition on `records r`. Days are days of the archive's zone. */
export function filterCondition(filter: RecordFilter, zone: string, now: Date): Sql {
  const list: Sql[] = [];
  if (filter.type) list.push(sql`r.service_type = ${filter.type}`);
  if (filter.clientType) list.push(sql`r.client_type = ${filter.clientType}`);
  if (filter.client) list.push(sql`r.client_number = ${filter.client}`);
  if (filter.department) list.push(sql`r.department = ${filter.department}`);
  if (filter.channel) list.push(sql`r.channel = ${filter.channel}`);
  if (filter.sensitivity) list.push(sql`r.sensitivity = ${filter.sensitivity}`);
  if (filter.medium) list.push(sql`r.medium = ${filter.medium}`);
  if (filter.state) list.push(sql`r.state = ${filter.state}`);
  if (filter.year !== undefined) list.push(sql`r.year = ${filter.year}`, inYear(filter.year, zone)); // the span lets the index on closing skip the other years
  if (filter.from) list.push(sql`r.closed_at >= (${filter.from}::date::timestamp at time zone ${zone})`);
  if (filter.to) list.push(sql`r.closed_at < ((${filter.to}::date + 1)::timestamp at time zone ${zone})`);
  if (filter.staff) list.push(sql`(r.staff_number = ${filter.staff} or r.staff_name = ${filter.staff})`);
  if (filter.evaluation !== undefined) list.push(sql`r.evaluation = ${filter.evaluation}`);
  if (filter.tag) list.push(sql`${filter.tag} = any (r.tags)`);
  if (filter.term) list.push(sql`r.special_term = ${filter.term}`);
  if (filter.batch) list.push(sql`r.batch_id = ${filter.batch}`);
  if (filter.timeClass) list.push(timeClassCondition(filter.timeClass, zone, now));
  return join(list, ' and ', TRUE);
}

/** Rights, and a condition beside them. */
export function andAlso(rights: Sql, condition: Sql): Sql {
  return sql`(${rights}) and ${condition}`;
}

function inYear(year: number, zone: string): Sql {
  return sql`r.closed_at >= (make_date(${year}::int, 1, 1)::timestamp at time zone ${zone}) and r.closed_at < (make_date(${year}::int + 1, 1, 1)::timestamp at time zone ${zone})`;
}

/** The same rule as `timeClass`: recent up to the end of the day one calendar year after closing. */
function timeClassCondition(timeClass: NonNullable<RecordFilter['timeClass']>, zone: string, now: Date): Sql {
  if (timeClass === 'long_term') return sql`r.state = 'extended'`;
  const recent = sql`(((r.closed_at at time zone ${zone})::date + interval '1 year')::date >= (${now}::timestamptz at time zone ${zone})::date)`;
  return timeClass === 'recent' ? sql`r.state <> 'extended' and ${recent}` : sql`r.state <> 'extended' and not ${recent}`;
}

/** A page of the catalogue, newest closing first. Rights and filter stand inside the query. */
export async function pageOfRecords(db: Queryable, rights: Sql, filter: Sql, after: Cursor | null, limit: number): Promise<CatalogueRecord[]> {
  const from = after ? sql`and (r.closed_at, r.id) < (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many<CatalogueRecord>(
    sql`select ${COLUMNS} from records r where (${rights}) and (${filter}) ${from} order by r.closed_at desc, r.id desc limit ${limit}`,
  );
}

/**
 * The same page, put together from the newest of each combination of facets: what has to be read is bounded, however rare
 * they are together, since each combination stands in the index on its own, in order.
 */
export async function pageByFacets(db: Queryable, facets: Facets, rights: Sql, filter: Sql, after: Cursor | null, limit: number): Promise<CatalogueRecord[]> {
  const from = after ? sql`and (r.closed_at, r.id) < (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many<CatalogueRecord>(sql`
    select newest.* from unnest(${[...facets.types]}::text[]) as t cross join unnest(${[...facets.clientTypes]}::text[]) as c
      cross join unnest(${[...facets.media]}::text[]) as m cross join unnest(${[...facets.channels]}::text[]) as h
      cross join lateral (
        select ${COLUMNS} from records r where r.service_type = t and r.client_type = c and r.medium = m and r.channel = h and (${rights}) and (${filter}) ${from}
        order by r.closed_at desc, r.id desc limit ${limit}) newest
    order by newest.closed_at desc, newest.id desc limit ${limit}`);
}

export interface RecordDetail extends CatalogueRecord {
  missing: { field: string; code: string; params?: Record<string, string | number> }[];
  similar_to: string | null;
  sent_back_reason: Buffer | null;
  cross_reference: string;
  return_call_at: Date | null;
  scheme_version: string;
  schedule_version: string;
  term_minimum: string;
  term_maximum: string | null;
  term_reasons: unknown[];
  purposes: string[];
  version_id: string;
  version_number: number;
  submitted_by: string | null;
  special_term_asked_by: string | null;
  batch_number: string;
  staff_account: string;
  /** What live grants give the viewer on it. */
  granted: string[];
}

/** The record that looks like this one, as far as the viewer may find it; `rights` speak of `s`. */
export const similarSeen = (rights: Sql): Sql => sql`(select s.id from records s where s.id = r.similar_to and (${rights})) as similar_to`;

export async function recordDetail(db: Queryable, id: string, rights: Sql, similar: Sql, granted: Sql): Promise<RecordDetail | undefined> {
  return db.maybe<RecordDetail>(sql`select ${COLUMNS}, r.missing, ${similarSeen(similar)}, r.sent_back_reason, r.cross_reference, r.return_call_at, r.scheme_version, r.schedule_version,
      r.term_minimum, r.term_maximum, r.term_reasons, r.purposes, r.version_id, r.version_number, r.submitted_by, r.special_term_asked_by, b.number as batch_number, r.staff_account, ${granted} as granted
    from records r join batches b on b.id = r.batch_id where r.id = ${id} and (${rights})`);
}

export interface VersionRow {
  number: number;
  reason: string;
  created_at: Date;
}

export async function versionsOf(db: Queryable, id: string): Promise<VersionRow[]> {
  return db.many<VersionRow>(sql`select number, reason, created_at from record_versions where record_id = ${id} order by number`);
}

export interface HistoryRow {
  at: Date;
  field: string;
  old_value: string | null;
  new_value: string | null;
}

export async function historyOf(db: Queryable, id: string): Promise<HistoryRow[]> {
  return db.many<HistoryRow>(sql`select at, field, old_value, new_value from record_history where record_id = ${id} order by id`);
}

export interface ReadingEvent {
  id: string;
  purpose: string;
  opened_at: Date;
  ended_at: Date | null;
  state: string;
  result: string | null;
  own: boolean;
}

export async function readingsOf(db: Queryable, id: string, account: string | null, limit: number): Promise<ReadingEvent[]> {
  return db.many<ReadingEvent>(sql`select id, purpose, opened_at, ended_at, state, result, coalesce(account_id = ${account}::uuid, false) as own
    from readings where record_id = ${id} order by opened_at desc, id desc limit ${limit}`);
}

export interface CountRow {
  service_type: string;
  client_type: string;
  year: number;
  n: bigint;
}

/**
 * Counts by type, client type and year under the viewer's rights. They come from the kept counts, unless the rights of roles
 * speak of a column that is not kept there: then the records themselves are counted. What grants give beyond is counted by
 * the record: it is little.
 */
export async function countRecords(db: Queryable, rights: CountedRights): Promise<CountRow[]> {
  const columns = sql`service_type, client_type, year`;
  const counted =
    rights.reach === 'records'
      ? sql`select ${columns}, count(*) as n from records r where (${rights.roles}) group by ${columns}`
      : sql`select ${columns}, sum(n) as n from (select * from record_counts union all select * from record_count_deltas) r where (${rights.roles}) group by ${columns}`;
  const all =
    rights.beyond === null ? counted : sql`${counted} union all select ${columns}, count(*) as n from records r where ${rights.beyond} group by ${columns}`;
  return db.many<CountRow>(sql`select ${columns}, sum(n)::bigint as n from (${all}) c group by ${columns} having sum(n) <> 0 order by ${columns}`);
}

/** Folds the differences into the kept counts; how many there were. */
export async function foldCounts(db: Queryable): Promise<number> {
  return Number((await db.one<{ n: bigint }>(sql`select record_counts_fold() as n`)).n);
}

/** Orders of what is found by number; within one way of being found. */
export type NumberOrder = 'newest' | 'oldest' | 'until';
const ORDERS: Readonly<Record<NumberOrder, Sql>> = {
  newest: sql`closed_at desc, id desc`,
  oldest: sql`closed_at, id`,
  until: sql`term_until, closed_at desc, id desc`,
};

export interface NumbersAsked {
  forms: readonly string[];
  /** Keyed hash of a phone number. */
  phone: Buffer | undefined;
  /** What else a record must meet; speaks of `r`. */
  meeting: Sql;
  /** What it must meet where it is found by its client. */
  ofClient: Sql;
  order: NumberOrder;
  /** Most of each way of being found. */
  limit: number;
}

/**
 * Exact finds by number: service number, archival code, client number, each compared in its stored form and in upper case, and
 * phone number by its keyed hash. A record that is found in two ways comes twice, by the more telling one first.
 */
export async function findByNumber(
  db: Queryable,
  rights: Sql,
  { forms, phone, meeting, ofClient, order, limit }: NumbersAsked,
): Promise<(CatalogueRecord & { by: string })[]> {
  const list = [...forms];
  const some = (by: string, condition: Sql): Sql =>
    sql`(select ${COLUMNS}, ${by}::text as by from records r where ${condition} and (${rights}) and (${meeting}) order by ${ORDERS[order]} limit ${limit})`;
  const ways = [
    some('serviceNo', sql`r.service_no = any (${list}::text[])`),
    some('archivalCode', sql`r.archival_code = any (${list}::text[])`),
    some('clientNumber', sql`r.client_number = any (${list}::text[]) and ${ofClient}`),
    ...(phone === undefined ? [] : [some('phone', sql`r.client_phone_key = ${phone} and ${ofClient}`)]),
  ];
  return db.many<CatalogueRecord & { by: string }>(sql`select * from (${join(ways, ' union all ', TRUE)}) found
    order by array_position(array['serviceNo', 'archivalCode', 'clientNumber', 'phone'], by), ${ORDERS[order]}`);
}

export async function recordsById(db: Queryable, rights: Sql, ids: readonly string[]): Promise<CatalogueRecord[]> {
  return db.many<CatalogueRecord>(sql`select ${COLUMNS} from records r where r.id = any (${[...ids]}::uuid[]) and (${rights})`);
}

export interface DossierHead {
  total: bigint;
  first: Date | null;
  last: Date | null;
  client_type: string | null;
  name: string | null;
}

export async function dossierHead(db: Queryable, rights: Sql, client: string): Promise<DossierHead> {
  return db.one<DossierHead>(sql`select count(*) as total, min(closed_at) as first, max(closed_at) as last,
      (array_agg(client_type order by closed_at desc))[1] as client_type, (array_agg(client_name_masked order by closed_at desc) filter (where client_name_masked <> ''))[1] as name
    from records r where r.client_number = ${client} and (${rights})`);
}

export async function dossierCounts(db: Queryable, rights: Sql, client: string): Promise<{ service_type: string; channel: string; year: number; n: bigint }[]> {
  return db.many(
    sql`select service_type, channel, year, count(*) as n from records r where r.client_number = ${client} and (${rights}) group by service_type, channel, year order by year`,
  );
}
