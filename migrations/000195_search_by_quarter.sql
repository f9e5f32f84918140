-- One partition of the search index for each quarter of closing, no longer for each month. A search plans every partition, which took
-- up to a third of its time with those of seven years; the newest hits are still found without looking at the rest, and a purge
-- still rewrites a small part. The index is made anew, so it is emptied here and built from the catalogue at the next start.

drop table search_documents;
drop table search_words, search_entries;
select search_rebuild_abandon();
delete from search_purges;
truncate search_gone_words, search_mark;
drop function search_month(boolean, date), search_purge_month(date), search_partition_create(text, date), search_partition_of(text, date);
alter table search_purges rename column month to quarter;

create or replace function search_index_create(beside boolean) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  suffix text := case when beside then '_next' else '' end;
begin
  execute format('create table public.search_documents%s (
    quarter date not null, id uuid not null, closed_at timestamptz not null, term_until date not null,
    service_type text not null, client_type text not null, department text not null, sensitivity text not null, medium text not null, channel text not null,
    state text not null, restricted boolean not null, fonds text not null, staff_account text not null, year integer not null, evaluation smallint,
    client_number text not null, staff_number text not null, staff_name text not null, tags text[] not null,
    cat tsvector not null, cat_text text not null, words tsvector not null, text text not null,
    title text not null, solution text not null, content text not null, files text not null) partition by range (quarter)', suffix);
  -- that an id stands here once follows from the entries; a key would have to hold the quarter
  execute format('create index on public.search_documents%s (closed_at, id)', suffix);
  execute format('create unlogged table public.search_words%s (word text primary key, forms text[] not null)', suffix);
  execute format('create unlogged table public.search_entries%s (id uuid primary key, closed_at timestamptz not null, stamp text not null)', suffix);
  perform public.search_unsampled(format('search_documents%s', suffix));
  execute format('alter table public.search_words%s alter word set statistics 0, alter forms set statistics 0', suffix);
  execute format('grant select, insert, update, delete on public.search_documents%s, public.search_words%1$s, public.search_entries%1$s to lantai_app', suffix);
end
$$;

-- What is sampled for the planner would be logged and backed up; partitions are told the same when they are made.
create function search_unsampled(documents text) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  col text;
begin
  foreach col in array array['cat', 'cat_text', 'words', 'text', 'title', 'solution', 'content', 'files', 'tags', 'client_number', 'staff_name', 'staff_number', 'staff_account'] loop
    execute format('alter table public.%I alter column %I set statistics 0', documents, col);
  end loop;
end
$$;

-- Makes an empty table like the partitions of an index, without what is quicker made when it is full; its name.
create function search_partition_create(parent text, quarter date, indexes boolean) returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  name text := format('search_documents_%s_%s', to_char(quarter, 'YYYY"q"Q'), nextval('public.search_names'));
begin
  if parent not in ('search_documents', 'search_documents_next') then raise exception 'not an index'; end if;
  execute format('create unlogged table public.%I (like public.%I including all %s)', name, parent, case when indexes then '' else 'excluding indexes' end);
  perform public.search_unsampled(name);
  return name;
end
$$;

create function search_partition_of(parent text, quarter date) returns text language sql stable set search_path = pg_catalog, pg_temp as $$
  select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = to_regclass('public.' || parent) and starts_with(c.relname::text, format('search_documents_%s_', to_char(quarter, 'YYYY"q"Q')));
$$;

create function search_partition_attach(parent text, name text, quarter date) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  execute format('alter table public.%I attach partition public.%I for values from (%L) to (%L)', parent, name, quarter, (quarter + interval '3 months')::date);
end
$$;

-- Makes the partition of a quarter (its first day) where it is missing.
create function search_quarter(beside boolean, quarter date) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  parent text := case when beside then 'search_documents_next' else 'search_documents' end;
begin
  if quarter <> date_trunc('quarter', quarter) or quarter not between '0001-01-01' and '9999-10-01' then raise exception 'not a quarter'; end if;
  perform pg_advisory_xact_lock(7104251);
  if public.search_partition_of(parent, quarter) is not null then return; end if;
  perform public.search_partition_attach(parent, public.search_partition_create(parent, quarter, true), quarter);
end
$$;

-- Rewrites a quarter without what was removed from it, and drops the files that held it. Rows come first and indexes afterwards, each
-- in one go, which takes a tenth of the time; all of it before the quarter changes hands, so that searches wait for nothing.
create function search_purge_quarter(quarter date) returns void language plpgsql security definer
  set search_path = pg_catalog, pg_temp set maintenance_work_mem = '128MB' as $$
declare
  old text;
  name text;
begin
  perform pg_advisory_xact_lock(7104251);
  old := public.search_partition_of('search_documents', quarter);
  if old is not null then
    name := public.search_partition_create('search_documents', quarter, false);
    execute format('insert into public.%I select * from public.%I', name, old);
    -- those of the parent, which takes them over
    execute format('create index on public.%I (closed_at, id)', name);
    execute format('create index on public.%I using gin (words) with (fastupdate = off)', name);
    execute format('create index on public.%I using gin (cat) with (fastupdate = off)', name);
    execute format('create index on public.%I (term_until, closed_at desc, id desc)', name);
    execute format('alter table public.search_documents detach partition public.%I', old);
    execute format('drop table public.%I', old);
    perform public.search_partition_attach('search_documents', name, quarter);
  end if;
  delete from public.search_purges p where p.quarter = search_purge_quarter.quarter and not p.beside;
end
$$;

revoke all on function search_unsampled(text), search_partition_create(text, date, boolean), search_partition_of(text, date),
  search_partition_attach(text, text, date), search_quarter(boolean, date), search_purge_quarter(date) from public;
grant execute on function search_quarter(boolean, date), search_purge_quarter(date) to lantai_app;

select search_index_create(false);
select search_index_build('search_documents');
create index on search_words using gin (forms) with (fastupdate = off);
