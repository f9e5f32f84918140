-- The counts of the catalogue once more, each column by itself, within the cells that rights mostly speak of: what is typed in the
-- search box is completed from some thousand rows, however many combinations of all columns there are.

create table record_cell_counts (
  department text not null,
  sensitivity text not null,
  state text not null,
  restricted boolean not null,
  name text not null,
  value text not null,
  n bigint not null,
  primary key (name, value, department, sensitivity, state, restricted)
);
grant select on record_cell_counts to lantai_app;

-- Adds the differences of committed transactions to the counts of both kinds; how many. Two at once take different rows.
create or replace function record_counts_fold() returns bigint language sql security definer set search_path = pg_catalog, pg_temp as $$
  with taken as (
    delete from public.record_count_deltas where ctid = any (array(select ctid from public.record_count_deltas limit 200000 for update skip locked)) returning *
  ), sums as (
    select service_type, client_type, year, department, sensitivity, state, restricted, medium, channel, fonds, sum(n)::bigint as n from taken
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 having sum(n) <> 0 order by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
  ), added as (
    insert into public.record_counts as c select * from sums
    on conflict (service_type, client_type, year, department, sensitivity, state, restricted, medium, channel, fonds) do update set n = c.n + excluded.n
  ), cells as (
    insert into public.record_cell_counts as c
    select s.department, s.sensitivity, s.state, s.restricted, v.name, v.value, sum(s.n)::bigint
    from sums s cross join lateral (values ('service_type', s.service_type), ('client_type', s.client_type), ('year', s.year::text), ('department', s.department),
      ('sensitivity', s.sensitivity), ('state', s.state), ('medium', s.medium), ('channel', s.channel)) v (name, value)
    group by 5, 6, 1, 2, 3, 4 having sum(s.n) <> 0 order by 5, 6, 1, 2, 3, 4
    on conflict (name, value, department, sensitivity, state, restricted) do update set n = c.n + excluded.n
  )
  select count(*) from taken;
$$;

-- Counts all records anew, where they came past the triggers: for the owner of the schema alone.
create function record_counts_anew() returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  truncate public.record_counts, public.record_cell_counts, public.record_count_deltas;
  insert into public.record_count_deltas
    select service_type, client_type, year, department, sensitivity, state, restricted, medium, channel, fonds, count(*) from public.records group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;
  while public.record_counts_fold() > 0 loop
  end loop;
end
$$;
revoke all on function record_counts_anew() from public;

-- what was folded before
insert into record_cell_counts
  select s.department, s.sensitivity, s.state, s.restricted, v.name, v.value, sum(s.n)::bigint
  from record_counts s cross join lateral (values ('service_type', s.service_type), ('client_type', s.client_type), ('year', s.year::text), ('department', s.department),
    ('sensitivity', s.sensitivity), ('state', s.state), ('medium', s.medium), ('channel', s.channel)) v (name, value)
  group by 5, 6, 1, 2, 3, 4 having sum(s.n) <> 0;
