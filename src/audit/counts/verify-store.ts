import { sql, type Queryable } from '../../db/index.js';
import type { Quarter } from './store.js';

export async function selectCounted(db: Queryable): Promise<bigint> {
  const { n } = await db.one<{ n: bigint }>(sql`select coalesce(sum(size), 0)::bigint as n from audit_counted`);
  return n;
}

/** The quarters of an hour of all counted entries. */
export async function selectLogQuarters(db: Queryable): Promise<Date[]> {
  const rows = await db.many<{ quarter: Date }>(sql`
    select distinct date_bin('15 minutes', e.t, 'epoch'::timestamptz) as quarter from audit_entries e join audit_counted c on c.log = e.log where e.sequence < c.size`);
  return rows.map((row) => row.quarter);
}

/** Days on which the log counted anew differs from what is kept, in any of the tables. */
export async function selectCompared(db: Queryable, quarters: readonly Quarter[]): Promise<string[]> {
  const rows = await db.many<{ day: string }>(sql`
    with q as (
      select * from unnest(${quarters.map((one) => one.start)}::timestamptz[], ${quarters.map((one) => one.day)}::date[], ${quarters.map((one) => one.outside)}::boolean[])
        as q (start, day, outside)
    ), log as materialized (
      select day, actor, act, decision, purpose, department, outside, sum(n)::bigint as n from (
        select q.day, e.actor, e.act, e.decision, coalesce(e.purpose, '') as purpose, coalesce(e.department, '') as department, q.outside, count(*)::bigint as n
          from audit_entries e join audit_counted c on c.log = e.log and e.sequence < c.size
          join q on q.start = date_bin('15 minutes', e.t, 'epoch'::timestamptz) where e.log not in (select log from audit_gone) group by 1, 2, 3, 4, 5, 6, 7
        union all
        select c.day, a.pseudonym, k.act, k.decision, k.purpose, k.department, k.outside, c.n
          from audit_counts_gone c join audit_kinds k on k.id = c.kind join audit_actors a on a.id = c.actor where c.log in (select log from audit_gone)
      ) every group by 1, 2, 3, 4, 5, 6, 7
    ), kept as materialized (
      select c.day, a.pseudonym as actor, k.act, k.decision, k.purpose, k.department, k.outside, c.kind, c.actor as actor_id, p.id as plain,
        c.n::bigint as n
      from audit_counts c join audit_kinds k on k.id = c.kind join audit_actors a on a.id = c.actor
      left join audit_kinds p on (p.act, p.decision, p.purpose, p.department, p.outside) = ('', k.decision, '', k.department, k.outside)
    ), sums as (
      select 'kinds' as sort, date_trunc('month', day)::date as start, 0 as actor, kind, sum(n)::bigint as n from kept group by 2, 4
      union all select 'days', day, 0, plain, sum(n)::bigint from kept group by 2, 4
      union all select 'people', day, actor_id, plain, sum(n)::bigint from kept group by 2, 3, 4
      union all select 'months', date_trunc('month', day)::date, actor_id, plain, sum(n)::bigint from kept group by 2, 3, 4
    )
    select distinct day::text as day from (
      select coalesce(l.day, k.day) as day from log l full join kept k using (day, actor, act, decision, purpose, department, outside) where l.n is distinct from k.n
      union all
      select coalesce(s.day, d.day) from (select day, kind, sum(n)::bigint as n from kept group by 1, 2) s
        full join audit_counts_days d using (day, kind) where s.n is distinct from d.n
      union all
      select coalesce(s.month, m.month) from (select date_trunc('month', day)::date as month, actor_id as actor, kind, sum(n)::bigint as n from kept group by 1, 2, 3) s
        full join audit_counts_months m using (month, actor, kind) where s.n is distinct from m.n
      union all
      select coalesce(s.start, k.start) from sums s full join audit_sums k using (sort, start, actor, kind) where s.n is distinct from k.n
    ) differing order by 1 limit 100`);
  return rows.map((row) => row.day);
}
