import { type Queryable, sql, type Sql } from '../../db/index.js';

/** Why a record is still here beyond its maximum, the first that applies. */
export const OVER_REASONS = ['held', 'restricted', 'on_register', 'waits', 'promised', 'not_swept'] as const;
export type OverReason = (typeof OVER_REASONS)[number];

const REASON = sql`case when r.held then 'held' when r.restricted then 'restricted' when r.state in ('approved', 'destroying', 'shredded') then 'on_register'
  when r.state = 'due' then 'waits' when r.term_until > r.term_maximum then 'promised' else 'not_swept' end`;
const OVER = sql`r.state in ('archived', 'extended', 'due', 'approved', 'destroying', 'shredded')`;

export interface OverCount {
  rule: string;
  department: string;
  reason: OverReason;
  n: number;
  oldest: string;
}

/** What is kept beyond its maximum on a day, by rule, department and reason. */
export function countOver(db: Queryable, rights: Sql, day: string): Promise<OverCount[]> {
  return db.many<OverCount>(sql`select r.term_rule as rule, r.department, ${REASON} as reason, count(*)::int as n, min(r.term_maximum) as oldest
    from records r where ${OVER} and r.term_maximum < ${day}::date and (${rights}) group by 1, 2, 3 order by 1, 2, 3`);
}

export interface OverRow {
  id: string;
  archival_code: string | null;
  service_no: string;
  title: string;
  department: string;
  state: string;
  rule: string;
  reason: OverReason;
  maximum: string;
  until: string;
}

export function overPage(
  db: Queryable,
  rights: Sql,
  asked: {
    day: string;
    rule?: string | undefined;
    department?: string | undefined;
    reason?: OverReason | undefined;
    after: { until: string; id: string } | null;
    limit: number;
  },
): Promise<OverRow[]> {
  return db.many<OverRow>(sql`select r.id, r.archival_code, r.service_no, r.title, r.department, r.state, r.term_rule as rule, ${REASON} as reason, r.term_maximum as maximum, r.term_until as until
    from records r where ${OVER} and r.term_maximum < ${asked.day}::date and (${rights})
      ${asked.rule === undefined ? sql`` : sql`and r.term_rule = ${asked.rule}`} ${asked.department === undefined ? sql`` : sql`and r.department = ${asked.department}`}
      ${asked.reason === undefined ? sql`` : sql`and ${REASON} = ${asked.reason}`}
      ${asked.after ? sql`and (r.term_maximum, r.id) > (${asked.after.until}::date, ${asked.after.id}::uuid)` : sql``}
    order by r.term_maximum, r.id limit ${asked.limit}`);
}
