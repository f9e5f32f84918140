-- A month of the search index that is rewritten gets its rows first and its indexes afterwards, each in one go: row by row into the
-- indexes of words takes ten times as long, and a month of a large archive would not come to its end within the time of a statement.
create or replace function search_purge_month(month date) returns void language plpgsql security definer
  set search_path = pg_catalog, pg_temp set maintenance_work_mem = '128MB' as $$
declare
  old text;
  name text;
  col text;
begin
  perform pg_advisory_xact_lock(7104251);
  old := public.search_partition_of('search_documents', month);
  if old is not null then
    name := format('search_documents_%s_%s', to_char(month, 'YYYYMM'), nextval('public.search_names'));
    execute format('create unlogged table public.%I (like public.search_documents including all excluding indexes)', name);
    -- what is sampled for the planner would be logged and backed up
    foreach col in array array['cat', 'cat_text', 'words', 'text', 'title', 'solution', 'content', 'files', 'tags', 'client_number', 'staff_name', 'staff_number', 'staff_account'] loop
      execute format('alter table public.%I alter column %I set statistics 0', name, col);
    end loop;
    execute format('insert into public.%I select * from public.%I', name, old);
    -- those of the parent, which takes them over; before the month changes hands, so that searches wait for nothing
    execute format('create index on public.%I (closed_at, id)', name);
    execute format('create index on public.%I using gin (words) with (fastupdate = off)', name);
    execute format('create index on public.%I using gin (cat) with (fastupdate = off)', name);
    execute format('create index on public.%I (term_until, closed_at desc, id desc)', name);
    execute format('alter table public.search_documents detach partition public.%I', old);
    execute format('drop table public.%I', old);
    execute format('alter table public.search_documents attach partition public.%I for values from (%L) to (%L)', name,
      month, (month + interval '1 month')::date);
  end if;
  delete from public.search_purges p where p.month = search_purge_month.month and not p.beside;
end
$$;

-- The same for the vocabulary.
create or replace function search_purge_words() returns void language plpgsql security definer
  set search_path = pg_catalog, pg_temp set maintenance_work_mem = '128MB' as $$
declare
  kept text[];
begin
  perform pg_advisory_xact_lock(7104251);
  if pg_relation_size('public.search_gone_words') = 0 then return; end if;
  delete from public.search_gone_words g where not beside and exists (select from public.search_documents d where d.words @@ ('''' || g.word || '''')::tsquery);
  create unlogged table public.search_words_kept (like public.search_words including all excluding indexes);
  alter table public.search_words_kept alter word set statistics 0, alter forms set statistics 0;
  grant select, insert, update, delete on public.search_words_kept to lantai_app;
  insert into public.search_words_kept select * from public.search_words w where not exists (select from public.search_gone_words g where g.word = w.word and not g.beside);
  alter table public.search_words_kept add primary key (word);
  create index on public.search_words_kept using gin (forms) with (fastupdate = off);
  drop table public.search_words;
  alter table public.search_words_kept rename to search_words;
  kept := array(select word from public.search_gone_words where beside);
  truncate public.search_gone_words;
  insert into public.search_gone_words select true, unnest(kept);
end
$$;
