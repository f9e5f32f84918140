-- The month becomes a column of its own that names the partition and that no index has: a search is led to one month by it, and
-- from there by words alone. The index is made anew, so it is emptied here and built from the catalogue at the next start.

drop table search_documents;
drop table search_words, search_entries;
select search_rebuild_abandon();
delete from search_purges;
truncate search_gone_words, search_mark;

create or replace function search_index_create(beside boolean) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  suffix text := case when beside then '_next' else '' end;
  col text;
begin
  execute format('create table public.search_documents%s (
    month date not null, id uuid not null, closed_at timestamptz not null, term_until date not null,
    service_type text not null, client_type text not null, department text not null, sensitivity text not null, medium text not null, channel text not null,
    state text not null, restricted boolean not null, fonds text not null, staff_account text not null, year integer not null, evaluation smallint,
    client_number text not null, staff_number text not null, staff_name text not null, tags text[] not null,
    cat tsvector not null, cat_text text not null, words tsvector not null, text text not null,
    title text not null, solution text not null, content text not null, files text not null) partition by range (month)', suffix);
  -- that an id stands here once follows from the entries; a key would have to hold the month
  execute format('create index on public.search_documents%s (closed_at, id)', suffix);
  execute format('create unlogged table public.search_words%s (word text primary key, forms text[] not null)', suffix);
  execute format('create unlogged table public.search_entries%s (id uuid primary key, closed_at timestamptz not null, stamp text not null)', suffix);
  -- what is sampled for the planner would be logged and backed up; partitions are told the same when they are made
  foreach col in array array['cat', 'cat_text', 'words', 'text', 'title', 'solution', 'content', 'files', 'tags', 'client_number', 'staff_name', 'staff_number', 'staff_account'] loop
    execute format('alter table public.search_documents%s alter column %I set statistics 0', suffix, col);
  end loop;
  execute format('alter table public.search_words%s alter word set statistics 0, alter forms set statistics 0', suffix);
  execute format('grant select, insert, update, delete on public.search_documents%s, public.search_words%1$s, public.search_entries%1$s to lantai_app', suffix);
end
$$;

create or replace function search_month(beside boolean, month date) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  parent text := case when beside then 'search_documents_next' else 'search_documents' end;
  name text;
begin
  if month <> date_trunc('month', month) or month not between '0001-01-01' and '9999-12-01' then raise exception 'not a month'; end if;
  perform pg_advisory_xact_lock(7104251);
  if public.search_partition_of(parent, month) is not null then return; end if;
  name := public.search_partition_create(parent, month);
  execute format('alter table public.%I attach partition public.%I for values from (%L) to (%L)', parent, name,
    month, (month + interval '1 month')::date);
end
$$;

create or replace function search_purge_month(month date) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  old text;
  name text;
begin
  perform pg_advisory_xact_lock(7104251);
  old := public.search_partition_of('search_documents', month);
  if old is not null then
    name := public.search_partition_create('search_documents', month);
    execute format('insert into public.%I select * from public.%I', name, old);
    execute format('alter table public.search_documents detach partition public.%I', old);
    execute format('drop table public.%I', old);
    execute format('alter table public.search_documents attach partition public.%I for values from (%L) to (%L)', name,
      month, (month + interval '1 month')::date);
  end if;
  delete from public.search_purges p where p.month = search_purge_month.month and not p.beside;
end
$$;

select search_index_create(false);
select search_index_build('search_documents');
create index on search_words using gin (forms) with (fastupdate = off);
