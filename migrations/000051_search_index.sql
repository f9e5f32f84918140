-- The search index of the embedded engine: masked text, so unlogged throughout. It is in no write-ahead log, no base backup and
-- no statistics, is emptied by a crash, and is built anew from the catalogue. One partition for each month of closing, so that
-- text can be forgotten by rewriting one month, and the newest hits are found without looking at the others.

-- In use since the last rebuild; survives a crash, which the mark beside it does not: that tells that the index is lost.
create table search_generation (
  only_row boolean primary key default true check (only_row),
  generation integer not null
);
insert into search_generation (generation) values (0);
create unlogged table search_mark (generation integer not null);
create sequence search_names;

-- Months that had removals or replacements since they were last rewritten, of the index in use and of one being made beside it.
create table search_purges (beside boolean not null, month date not null, primary key (beside, month));

-- Words of removed documents: after the next purge those that stand in no other document are gone.
create unlogged table search_gone_words (beside boolean not null, word text not null, primary key (beside, word));
alter table search_gone_words alter word set statistics 0;

grant select on search_generation, search_mark to lantai_app;
grant select, insert on search_purges, search_gone_words to lantai_app;

-- Makes the tables of an index that holds nothing, without the indexes that are quicker made when it is full.
create function search_index_create(beside boolean) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  suffix text := case when beside then '_next' else '' end;
begin
  execute format('create table public.search_documents%s (
    id uuid not null, closed_at timestamptz not null, term_until date not null,
    service_type text not null, client_type text not null, department text not null, sensitivity text not null, medium text not null, channel text not null,
    state text not null, restricted boolean not null, fonds text not null, staff_account text not null, year integer not null, evaluation smallint,
    client_number text not null, staff_number text not null, staff_name text not null, tags text[] not null,
    cat tsvector not null, cat_text text not null, words tsvector not null, text text not null,
    title text not null, solution text not null, content text not null, files text not null,
    primary key (closed_at, id)) partition by range (closed_at)', suffix);
  execute format('create unlogged table public.search_words%s (word text primary key, forms text[] not null)', suffix);
  execute format('create unlogged table public.search_entries%s (id uuid primary key, closed_at timestamptz not null, stamp text not null)', suffix);
  -- what is sampled for the planner would be logged and backed up
  execute format('alter table public.search_words%s alter word set statistics 0, alter forms set statistics 0', suffix);
  execute format('grant select, insert, update, delete on public.search_documents%s, public.search_words%1$s, public.search_entries%1$s to lantai_app', suffix);
end
$$;

-- The indexes of one table of documents. A partition that has them already lends them to its parent.
create function search_index_build(documents regclass) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if documents::oid not in (select 'public.search_documents'::regclass union select to_regclass('public.search_documents_next')
      union select inhrelid from pg_inherits where inhparent in ('public.search_documents'::regclass, to_regclass('public.search_documents_next'))) then
    raise exception 'not a table of the search index';
  end if;
  execute format('create index on %s using gin (words) with (fastupdate = off)', documents);
  execute format('create index on %s using gin (cat) with (fastupdate = off)', documents);
  execute format('create index on %s (term_until, closed_at desc, id desc)', documents);
end
$$;

-- Makes an empty table like the partitions of an index; its name.
create function search_partition_create(parent text, month date) returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  name text := format('search_documents_%s_%s', to_char(month, 'YYYYMM'), nextval('public.search_names'));
  col text;
begin
  if parent not in ('search_documents', 'search_documents_next') then raise exception 'not an index'; end if;
  execute format('create unlogged table public.%I (like public.%I including all)', name, parent);
  foreach col in array array['cat', 'cat_text', 'words', 'text', 'title', 'solution', 'content', 'files', 'tags', 'client_number', 'staff_name', 'staff_number', 'staff_account'] loop
    execute format('alter table public.%I alter column %I set statistics 0', name, col);
  end loop;
  return name;
end
$$;

create function search_partition_of(parent text, month date) returns text language sql stable set search_path = pg_catalog, pg_temp as $$
  select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = to_regclass('public.' || parent) and starts_with(c.relname::text, format('search_documents_%s_', to_char(month, 'YYYYMM')));
$$;

-- Makes the partition of a month (its first day) where it is missing.
create function search_month(beside boolean, month date) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  parent text := case when beside then 'search_documents_next' else 'search_documents' end;
  name text;
begin
  if month <> date_trunc('month', month) or month not between '0001-01-01' and '9999-12-01' then raise exception 'not a month'; end if;
  perform pg_advisory_xact_lock(7104251);
  if public.search_partition_of(parent, month) is not null then return; end if;
  name := public.search_partition_create(parent, month);
  execute format('alter table public.%I attach partition public.%I for values from (%L) to (%L)', parent, name,
    month::timestamp at time zone 'UTC', (month + interval '1 month')::timestamp at time zone 'UTC');
end
$$;

-- Begins an index beside the one in use; what an unfinished rebuild left is dropped.
create function search_rebuild_begin() returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform public.search_rebuild_abandon();
  perform public.search_index_create(true);
end
$$;
create function search_rebuild_abandon() returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  drop table if exists public.search_documents_next, public.search_words_next, public.search_entries_next;
  delete from public.search_purges where beside;
  delete from public.search_gone_words where beside;
end
$$;

-- Partitions of the index beside, to be given their indexes one by one.
create function search_rebuild_partitions() returns setof regclass language sql stable set search_path = pg_catalog, pg_temp as $$
  select inhrelid::regclass from pg_inherits where inhparent = to_regclass('public.search_documents_next') order by 1;
$$;

-- Puts the index beside in the place of the one in use; its generation.
create function search_rebuild_swap() returns integer language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  fresh integer;
  kept text[];
begin
  perform pg_advisory_xact_lock(7104251);
  perform public.search_index_build('public.search_documents_next');
  create index on public.search_words_next using gin (forms) with (fastupdate = off);
  drop table public.search_documents;
  drop table public.search_words, public.search_entries;
  alter table public.search_documents_next rename to search_documents;
  alter table public.search_words_next rename to search_words;
  alter table public.search_entries_next rename to search_entries;
  delete from public.search_purges where not beside;
  update public.search_purges set beside = false;
  kept := array(select word from public.search_gone_words where beside);
  truncate public.search_gone_words;
  insert into public.search_gone_words select false, unnest(kept);
  update public.search_generation set generation = generation + 1 returning generation into fresh;
  delete from public.search_mark;
  insert into public.search_mark (generation) values (fresh);
  return fresh;
end
$$;

-- Rewrites a month without what was removed from it, and drops the files that held it. Searches go on meanwhile.
create function search_purge_month(month date) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
      month::timestamp at time zone 'UTC', (month + interval '1 month')::timestamp at time zone 'UTC');
  end if;
  delete from public.search_purges p where p.month = search_purge_month.month and not p.beside;
end
$$;

-- Rewrites the vocabulary without the words that went with removed documents.
create function search_purge_words() returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  kept text[];
begin
  perform pg_advisory_xact_lock(7104251);
  if pg_relation_size('public.search_gone_words') = 0 then return; end if;
  delete from public.search_gone_words g where not beside and exists (select from public.search_documents d where d.words @@ ('''' || g.word || '''')::tsquery);
  create unlogged table public.search_words_kept (like public.search_words including all);
  alter table public.search_words_kept alter word set statistics 0, alter forms set statistics 0;
  grant select, insert, update, delete on public.search_words_kept to lantai_app;
  insert into public.search_words_kept select * from public.search_words w where not exists (select from public.search_gone_words g where g.word = w.word and not g.beside);
  drop table public.search_words;
  alter table public.search_words_kept rename to search_words;
  kept := array(select word from public.search_gone_words where beside);
  truncate public.search_gone_words;
  insert into public.search_gone_words select true, unnest(kept);
end
$$;

revoke all on function search_index_create(boolean), search_index_build(regclass), search_partition_create(text, date), search_partition_of(text, date),
  search_month(boolean, date), search_rebuild_begin(), search_rebuild_abandon(), search_rebuild_partitions(), search_rebuild_swap(), search_purge_month(date),
  search_purge_words() from public;
grant execute on function search_index_build(regclass), search_month(boolean, date), search_rebuild_begin(), search_rebuild_abandon(), search_rebuild_partitions(),
  search_rebuild_swap(), search_purge_month(date), search_purge_words() to lantai_app;

select search_index_create(false);
select search_index_build('search_documents');
create index on search_words using gin (forms) with (fastupdate = off);
