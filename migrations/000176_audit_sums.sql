-- Sums over the kept counts, for questions that ask for less: acts and purposes taken together, or whole months. A view of a year then
-- adds up some ten thousand rows in place of several hundred thousand. They are made with the counts, in the same transaction.

-- A kind of no act stands for every act and every purpose of its decision, department and hours; counts are never of it, sums are.
insert into audit_kinds (act, decision, purpose, department, outside)
  select distinct '', decision, '', department, outside from audit_kinds on conflict do nothing;

create table audit_sums (
  -- `kinds`: by month and kind, persons taken together; `days`: by day, persons, acts and purposes taken together;
  -- `people`, `months`: by day or month and person, acts and purposes taken together
  sort text not null check (sort in ('kinds', 'days', 'people', 'months')),
  -- local day, or the first of the month
  start date not null check (sort in ('days', 'people') or extract(day from start) = 1),
  -- of audit_actors; 0 where persons are taken together
  actor integer not null check ((actor = 0) = (sort in ('kinds', 'days'))),
  kind integer not null references audit_kinds (id),
  n bigint not null check (n > 0),
  primary key (sort, start, actor, kind)
) with (fillfactor = 80);

with plain as (
  select k.id, p.id as plain from audit_kinds k
  join audit_kinds p on (p.act, p.decision, p.purpose, p.department, p.outside) = ('', k.decision, '', k.department, k.outside) where k.act <> ''
)
insert into audit_sums (sort, start, actor, kind, n)
  select 'kinds', date_trunc('month', day)::date, 0, kind, sum(n) from audit_counts_days group by 2, 4
  union all
  select 'days', c.day, 0, p.plain, sum(c.n) from audit_counts_days c join plain p on p.id = c.kind group by 2, 4
  union all
  select 'people', c.day, c.actor, p.plain, sum(c.n) from audit_counts c join plain p on p.id = c.kind group by 2, 3, 4
  union all
  select 'months', c.month, c.actor, p.plain, sum(c.n) from audit_counts_months c join plain p on p.id = c.kind group by 2, 3, 4;

grant select on audit_sums to lantai_app, lantai_integrator;
grant insert, update, delete on audit_sums to lantai_integrator;
