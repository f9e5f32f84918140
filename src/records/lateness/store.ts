import { type Queryable, sql, type Sql, type Tx } from '../../db/index.js';
import type { Cursor } from '../catalogue/cursor.js';
import type { CatalogueRecord } from '../catalogue/row.js';
import { COLUMNS } from '../catalogue/store.js';

/** Records that came to the archive later after closing than `hours`, newest archiving first (R1). */
export async function lateRecords(db: Queryable, rights: Sql, hours: number, since: Date, after: Cursor | null, limit: number): Promise<CatalogueRecord[]> {
  const from = after ? sql`and (r.archived_at, r.id) < (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many<CatalogueRecord>(sql`select ${COLUMNS} from records r where r.archived_at >= ${since} and r.archived_at - r.closed_at > make_interval(hours => ${hours}) and (${rights}) ${from}
    order by r.archived_at desc, r.id desc limit ${limit}`);
}

export interface LagRow {
  department: string;
  total: bigint;
  late: bigint;
  median_seconds: number;
  p95_seconds: number;
}

/** Time from closing to archiving by department, for records archived since a day. */
export async function lagByDepartment(db: Queryable, rights: Sql, hours: number, since: Date): Promise<LagRow[]> {
  return db.many<LagRow>(sql`select department, count(*) as total, count(*) filter (where archived_at - closed_at > make_interval(hours => ${hours})) as late,
      percentile_disc(0.5) within group (order by extract(epoch from archived_at - closed_at))::float8 as median_seconds,
      percentile_disc(0.95) within group (order by extract(epoch from archived_at - closed_at))::float8 as p95_seconds
    from records r where r.archived_at >= ${since} and (${rights}) group by department order by department`);
}

/** Feedback and complaints whose return call is not on file within 24 hours of closing (R93). */
export async function missingReturnCalls(db: Queryable, rights: Sql, now: Date, after: Cursor | null, limit: number): Promise<CatalogueRecord[]> {
  const from = after ? sql`and (r.closed_at, r.id) < (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many<CatalogueRecord>(sql`select ${COLUMNS} from records r where r.returns_call and r.closed_at < ${now}::timestamptz - interval '24 hours'
      and (r.return_call_at is null or r.return_call_at > r.closed_at + interval '24 hours') and (${rights}) ${from} order by r.closed_at desc, r.id desc limit ${limit}`);
}

export interface ReportedClosing {
  source_system: string;
  service_no: string;
  closed_at: Date;
  department: string;
}

/** Remembers what a source system says is closed. A later report of the same number replaces the earlier one. */
export async function saveClosings(
  tx: Tx,
  system: string,
  rows: readonly { serviceNo: string; closedAt: string; department: string }[],
  at: Date,
): Promise<void> {
  await tx.run(sql`insert into reported_closings (source_system, service_no, closed_at, department, reported_at)
    select ${system}, r."serviceNo", r."closedAt", r.department, ${at} from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r ("serviceNo" text, "closedAt" timestamptz, department text)
    on conflict (source_system, service_no) do update set closed_at = excluded.closed_at, department = excluded.department, reported_at = excluded.reported_at`);
}

export async function closingDepartments(db: Queryable): Promise<string[]> {
  return (await db.many<{ department: string }>(sql`select distinct department from reported_closings order by department`)).map((row) => row.department);
}

/** What its source says is closed and the archive does not have (R10). */
export async function closedNotArchived(db: Queryable, departments: readonly string[], limit: number): Promise<ReportedClosing[]> {
  return db.many<ReportedClosing>(sql`select c.source_system, c.service_no, c.closed_at, c.department from reported_closings c
    where c.department = any (${[...departments]}::text[])
      and not exists (select from records r where r.source_system = c.source_system and r.service_no = c.service_no and r.archived_at is not null)
    order by c.closed_at desc, c.service_no desc limit ${limit}`);
}

export async function outOfScopeTotals(db: Queryable, since: string): Promise<{ source_system: string; reason: string; count: bigint }[]> {
  return db.many(
    sql`select source_system, reason, sum(count)::bigint as count from out_of_scope_counts where day >= ${since}::date group by source_system, reason order by source_system, reason`,
  );
}
