-- Counts of the catalogue by everything that rights and browsing may ask for, so that counting a million records reads a few
-- thousand rows. Writers only append differences (no two of them ever wait for each other); folding adds them up.

create table record_counts (
  service_type text not null,
  client_type text not null,
  year integer not null,
  department text not null,
  sensitivity text not null,
  state text not null,
  restricted boolean not null,
  medium text not null,
  channel text not null,
  fonds text not null,
  n bigint not null,
  primary key (service_type, client_type, year, department, sensitivity, state, restricted, medium, channel, fonds)
);
create table record_count_deltas (like record_counts);
alter table record_count_deltas set (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 10000);

insert into record_counts
  select service_type, client_type, year, department, sensitivity, state, restricted, medium, channel, fonds, count(*) from records group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;

create function record_counts_inserted() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.record_count_deltas
    select service_type, client_type, year, department, sensitivity, state, restricted, medium, channel, fonds, count(*) from new_rows group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;
  return null;
end
$$;
create function record_counts_updated() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.record_count_deltas
    select service_type, client_type, year, department, sensitivity, state, restricted, medium, channel, fonds, sum(d) from (
      select service_type, client_type, year, department, sensitivity, state, restricted, medium, channel, fonds, 1 as d from new_rows
      union all
      select service_type, client_type, year, department, sensitivity, state, restricted, medium, channel, fonds, -1 from old_rows
    ) both_rows group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 having sum(d) <> 0;
  return null;
end
$$;
create function record_counts_deleted() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.record_count_deltas
    select service_type, client_type, year, department, sensitivity, state, restricted, medium, channel, fonds, -count(*) from old_rows group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;
  return null;
end
$$;
create trigger record_counts_inserted after insert on records referencing new table as new_rows for each statement execute function record_counts_inserted();
create trigger record_counts_updated after update on records referencing old table as old_rows new table as new_rows for each statement execute function record_counts_updated();
create trigger record_counts_deleted after delete on records referencing old table as old_rows for each statement execute function record_counts_deleted();
revoke all on function record_counts_inserted(), record_counts_updated(), record_counts_deleted() from public;

-- Adds the differences of committed transactions to the counts; how many. Two at once take different rows.
create function record_counts_fold() returns bigint language sql security definer set search_path = pg_catalog, pg_temp as $$
  with taken as (
    delete from public.record_count_deltas where ctid = any (array(select ctid from public.record_count_deltas limit 200000 for update skip locked)) returning *
  ), sums as (
    select service_type, client_type, year, department, sensitivity, state, restricted, medium, channel, fonds, sum(n)::bigint as n from taken
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 having sum(n) <> 0 order by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
  ), added as (
    insert into public.record_counts as c select * from sums
    on conflict (service_type, client_type, year, department, sensitivity, state, restricted, medium, channel, fonds) do update set n = c.n + excluded.n
  )
  select count(*) from taken;
$$;
revoke all on function record_counts_fold() from public;
grant execute on function record_counts_fold() to lantai_app;
grant select on record_counts, record_count_deltas to lantai_app;
