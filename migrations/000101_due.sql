-- What is due on any day: the records in the order in which their terms end, and counts of them kept by month, so that totals over a
-- million records read a few thousand rows. Counts live like those of the catalogue: writers append differences, folding adds them up.

create index records_by_term on records (term_until, id) where state in ('archived', 'extended', 'due');
create index records_by_department_term on records (department, term_until, id) where state in ('archived', 'extended', 'due');

create table term_counts (
  month date not null,
  term_rule text not null,
  service_type text not null,
  department text not null,
  sensitivity text not null,
  state text not null,
  restricted boolean not null,
  held boolean not null,
  n bigint not null,
  primary key (month, term_rule, service_type, department, sensitivity, state, restricted, held)
);
create table term_count_deltas (like term_counts);
alter table term_count_deltas set (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 10000);

insert into term_counts
  select date_trunc('month', term_until)::date, term_rule, service_type, department, sensitivity, state, restricted, held, count(*)
  from records where state in ('archived', 'extended', 'due') group by 1, 2, 3, 4, 5, 6, 7, 8;

create function term_counts_inserted() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.term_count_deltas
    select date_trunc('month', term_until)::date, term_rule, service_type, department, sensitivity, state, restricted, held, count(*)
    from new_rows where state in ('archived', 'extended', 'due') group by 1, 2, 3, 4, 5, 6, 7, 8;
  return null;
end
$$;
create function term_counts_updated() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.term_count_deltas
    select month, term_rule, service_type, department, sensitivity, state, restricted, held, sum(d) from (
      select date_trunc('month', term_until)::date as month, term_rule, service_type, department, sensitivity, state, restricted, held, 1 as d from new_rows
      union all
      select date_trunc('month', term_until)::date, term_rule, service_type, department, sensitivity, state, restricted, held, -1 from old_rows
    ) both_rows where state in ('archived', 'extended', 'due') group by 1, 2, 3, 4, 5, 6, 7, 8 having sum(d) <> 0;
  return null;
end
$$;
create function term_counts_deleted() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.term_count_deltas
    select date_trunc('month', term_until)::date, term_rule, service_type, department, sensitivity, state, restricted, held, -count(*)
    from old_rows where state in ('archived', 'extended', 'due') group by 1, 2, 3, 4, 5, 6, 7, 8;
  return null;
end
$$;
create trigger term_counts_inserted after insert on records referencing new table as new_rows for each statement execute function term_counts_inserted();
create trigger term_counts_updated after update on records referencing old table as old_rows new table as new_rows for each statement execute function term_counts_updated();
create trigger term_counts_deleted after delete on records referencing old table as old_rows for each statement execute function term_counts_deleted();
revoke all on function term_counts_inserted(), term_counts_updated(), term_counts_deleted() from public;

-- Adds the differences of committed transactions to the counts; how many. Two at once take different rows.
create function term_counts_fold() returns bigint language sql security definer set search_path = pg_catalog, pg_temp as $$
  with taken as (
    delete from public.term_count_deltas where ctid = any (array(select ctid from public.term_count_deltas limit 200000 for update skip locked)) returning *
  ), sums as (
    select month, term_rule, service_type, department, sensitivity, state, restricted, held, sum(n)::bigint as n from taken
    group by 1, 2, 3, 4, 5, 6, 7, 8 having sum(n) <> 0 order by 1, 2, 3, 4, 5, 6, 7, 8
  ), added as (
    insert into public.term_counts as c select * from sums
    on conflict (month, term_rule, service_type, department, sensitivity, state, restricted, held) do update set n = c.n + excluded.n
  )
  select count(*) from taken;
$$;
revoke all on function term_counts_fold() from public;
grant execute on function term_counts_fold() to lantai_app;
grant select on term_counts, term_count_deltas to lantai_app;

-- Whatever the program does: the end of a term puts a record on a list, never one under hold, and nothing else does.
create function record_falls_due() returns trigger language plpgsql as $$
begin
  if new.held or old.state not in ('archived', 'extended', 'approved') then
    raise exception 'only what is kept and not under hold falls due' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger records_fall_due before update of state on records for each row
  when (new.state = 'due' and old.state <> 'due') execute function record_falls_due();

-- Told to a department some time before its records fall due.
create table due_reminders (
  id uuid primary key,
  department text not null,
  from_day date not null,
  to_day date not null check (to_day >= from_day),
  records integer not null check (records > 0),
  made_at timestamptz not null,
  entry_id uuid not null,
  seen_by uuid,
  seen_at timestamptz,
  check ((seen_by is null) = (seen_at is null)),
  unique (department, from_day)
);
create index due_reminders_unseen on due_reminders (department, from_day) where seen_at is null;
create trigger due_reminders_audited after insert or update or delete on due_reminders for each statement execute function audit_required();
grant select, insert, update on due_reminders to lantai_app;
