import { type Queryable, sql, type Sql, type Tx } from '../../db/index.js';
import type { Schedule } from '../../retention/index.js';
import { decideSql } from './decide-store.js';

/** States in which a term can still move; what is being destroyed, or is gone, keeps the one it had. */
export const LIVING: Sql = sql`('received', 'sent_back', 'archived', 'due', 'extended', 'approved')`;
/** States that become due, or are. */
export const WAITING: Sql = sql`('archived', 'extended', 'due')`;

/** What a version would do to the records of one service type and department. */
export interface ImpactRow {
  serviceType: string;
  department: string;
  records: number;
  later: number;
  earlier: number;
  dueNow: number;
  dueThen: number;
  /** No rule meets them: they would keep the term they have. */
  unmatched: number;
}

/** Old against new dates of the whole archive, in one statement. */
export function impactRows(tx: Tx, schedule: Schedule, day: string): Promise<ImpactRow[]> {
  return tx.many<ImpactRow>(sql`
    select r.service_type as "serviceType", r.department, count(*)::int as records, count(*) filter (where d.until > r.term_until)::int as later,
      count(*) filter (where d.until < r.term_until)::int as earlier,
      count(*) filter (where r.state in ${WAITING} and not r.held and r.term_until < ${day}::date)::int as "dueNow",
      count(*) filter (where r.state in ${WAITING} and not r.held and coalesce(d.until, r.term_until) < ${day}::date)::int as "dueThen",
      count(*) filter (where d.rule is null)::int as unmatched
    from (${decideSql(schedule, sql`select * from records where state in ${LIVING}`, ['service_type', 'department', 'state', 'held', 'term_until'], true)}) d
      cross join lateral (select d.service_type, d.department, d.state, d.held, d.term_until) r
    group by 1, 2 order by 1, 2`);
}

/** Runs a statement over the whole archive: it may take longer than a page. */
export async function takeTime(tx: Tx): Promise<void> {
  await tx.run(sql`set local statement_timeout = '10min'`);
}

export interface StoredImpact {
  id: string;
  rule_id: string;
  day: string;
  made_at: Date;
  made_by: string;
  milliseconds: number;
  rows: ImpactRow[];
}

export async function insertImpact(tx: Tx, one: Omit<StoredImpact, 'rows'> & { entry: string; rows: readonly ImpactRow[] }): Promise<void> {
  await tx.run(sql`insert into schedule_impacts (id, rule_id, day, made_at, made_by, entry_id, milliseconds, rows)
    values (${one.id}, ${one.rule_id}, ${one.day}::date, ${one.made_at}, ${one.made_by}, ${one.entry}, ${one.milliseconds}, ${JSON.stringify(one.rows)}::jsonb)`);
}

export function newestImpact(db: Queryable, ruleId: string): Promise<StoredImpact | undefined> {
  return db.maybe<StoredImpact>(
    sql`select id, rule_id, day, made_at, made_by, milliseconds, rows from schedule_impacts where rule_id = ${ruleId} order by made_at desc, id desc limit 1`,
  );
}

export interface MovedRow {
  id: string;
  archival_code: string | null;
  service_no: string;
  title: string;
  service_type: string;
  department: string;
  state: string;
  held: boolean;
  closed_at: Date;
  term_until: string;
  until: string;
  rule: string;
}

const MOVED = ['archival_code', 'service_no', 'title', 'service_type', 'department', 'state', 'held', 'closed_at', 'term_until'] as const;

/** Records that a version would move, in the order of their ids. */
export function movedRecords(
  db: Queryable,
  schedule: Schedule,
  asked: { direction: 'later' | 'earlier'; type: string | undefined; department: string | undefined; after: string | undefined; limit: number; rights: Sql },
): Promise<MovedRow[]> {
  const { type, department, after } = asked;
  const source = sql`select * from records r where state in ${LIVING} and (${asked.rights})
    ${type === undefined ? sql`` : sql`and service_type = ${type}`} ${department === undefined ? sql`` : sql`and department = ${department}`}
    ${after === undefined ? sql`` : sql`and id > ${after}::uuid`} order by id`;
  const moved = asked.direction === 'later' ? sql`d.until > d.term_until` : sql`d.until < d.term_until`;
  return db.many<MovedRow>(sql`select d.* from (${decideSql(schedule, source, MOVED)}) d where ${moved} order by d.id limit ${asked.limit}`);
}
