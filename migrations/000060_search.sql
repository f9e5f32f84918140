-- What the search index still has to learn. Ids only. Written by the database itself with every change of a record, so that
-- no way of changing one can forget it; emptied by whoever keeps the index.
create table search_outbox (
  seq bigint generated always as identity primary key,
  record_id uuid not null,
  -- new: not in the index yet; changed: the index may know too much; files: texts of files are to be read; ocr: scans are
  kind text not null check (kind in ('new', 'changed', 'files', 'ocr')),
  -- came with an import: what people wait for goes first
  bulk boolean not null default false,
  at timestamptz not null default now(),
  attempts integer not null default 0,
  not_before timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 20000);
create index search_outbox_next on search_outbox (bulk, seq) where kind in ('new', 'changed');
create index search_outbox_files on search_outbox (kind desc, seq) where kind in ('files', 'ocr');
create index search_outbox_by_record on search_outbox (record_id, kind);
grant select, insert, update, delete on search_outbox to lantai_app;

create function search_outbox_inserted() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.search_outbox (record_id, kind, bulk) select id, 'new', import_id is not null from new_rows;
  perform pg_notify('search_outbox', '');
  return null;
end
$$;
create function search_outbox_updated() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.search_outbox (record_id, kind, bulk)
    select n.id, 'changed', n.import_id is not null and o.archived_at is null from new_rows n join old_rows o on o.id = n.id
    where (n.state, n.service_type, n.client_type, n.medium, n.sensitivity, n.channel, n.department, n.restricted, n.fonds, n.staff_account, n.client_number, n.staff_number,
        n.staff_name, n.title, n.tags, n.year, n.closed_at, n.evaluation, n.term_until, n.version_id, n.archival_code, n.file_count)
      is distinct from (o.state, o.service_type, o.client_type, o.medium, o.sensitivity, o.channel, o.department, o.restricted, o.fonds, o.staff_account, o.client_number,
        o.staff_number, o.staff_name, o.title, o.tags, o.year, o.closed_at, o.evaluation, o.term_until, o.version_id, o.archival_code, o.file_count);
  if found then perform pg_notify('search_outbox', ''); end if;
  return null;
end
$$;
revoke all on function search_outbox_inserted(), search_outbox_updated() from public;
create trigger search_outbox_inserted after insert on records referencing new table as new_rows for each statement execute function search_outbox_inserted();
create trigger search_outbox_updated after update on records referencing old table as old_rows new table as new_rows for each statement execute function search_outbox_updated();
insert into search_outbox (record_id, kind, bulk) select id, 'new', true from records order by closed_at desc;

-- Whether the text of a file could be had; the text itself stands in the index only, masked.
create table file_texts (
  file_id uuid primary key references record_files (id),
  record_id uuid not null references records (id),
  state text not null check (state in ('text', 'none', 'waiting')),
  reason text,
  ocr boolean not null default false,
  truncated boolean not null default false,
  at timestamptz not null,
  check ((state = 'text') = (reason is null))
);
create index file_texts_by_record on file_texts (record_id);
grant select, insert, update on file_texts to lantai_app;

-- How much personal data was masked in the texts of a record, by kind. Never values.
create table masked_counts (
  record_id uuid not null references records (id),
  kind text not null,
  count integer not null check (count > 0),
  primary key (record_id, kind)
);
grant select, insert, update, delete on masked_counts to lantai_app;

-- What looked like personal data of a record and is not, as a keyed hash: it is not masked again.
create table false_alarms (
  record_id uuid not null references records (id),
  hash bytea not null check (octet_length(hash) = 32),
  kind text not null,
  reported_by text not null,
  at timestamptz not null,
  primary key (record_id, hash)
);
create trigger false_alarms_audited after insert or update or delete on false_alarms for each statement execute function audit_required();
grant select, insert on false_alarms to lantai_app;

-- One's own searches; what was typed is sealed.
create table recent_searches (
  id uuid primary key,
  account_id uuid not null,
  -- keyed hash of account and text, so that the same search stands there once
  hash bytea not null,
  sealed bytea not null,
  at timestamptz not null,
  unique (account_id, hash)
);
create index recent_searches_by_account on recent_searches (account_id, at desc);
grant select, insert, update, delete on recent_searches to lantai_app;

create table saved_searches (
  id uuid primary key,
  account_id uuid not null,
  sealed bytea not null,
  sort text not null,
  created_at timestamptz not null
);
create index saved_searches_by_account on saved_searches (account_id, created_at desc, id desc);
create trigger saved_searches_audited after insert or update or delete on saved_searches for each statement execute function audit_required();
grant select, insert, delete on saved_searches to lantai_app;
