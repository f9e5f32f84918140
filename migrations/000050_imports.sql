-- Imports and what they rejected. The name of the file and rejected rows stand sealed; counts and codes in plain.

create table imports (
  id uuid primary key,
  state text not null check (state in ('running', 'stopped', 'finished', 'refused')),
  -- why it stopped or was refused; a code, with parameters that quote nothing of the file
  reason text,
  reason_params jsonb not null default '{}',
  batch_id uuid,
  batch_number text not null default '',
  source_system text not null default '',
  format text not null default '',
  encoding text not null default '',
  mapping_name text not null default '',
  mapping_digest text not null default '',
  -- keyed digest of the file and of what was told with it: finds the import to resume, betrays nothing of the file
  source_mac bytea not null check (octet_length(source_mac) = 32),
  source_sealed bytea not null,
  -- key of the sealed upload this import reads, sealed itself; forgotten with the upload when the import has ended
  spool_key bytea,
  bytes bigint not null check (bytes >= 0),
  rows_total bigint not null default 0 check (rows_total >= 0),
  rows_taken bigint not null default 0 check (rows_taken >= 0),
  rows_rejected bigint not null default 0 check (rows_rejected >= 0),
  captured bigint not null default 0 check (captured >= 0),
  received bigint not null default 0 check (received >= 0),
  replayed bigint not null default 0 check (replayed >= 0),
  -- how many units (records or lone rows) of the file are done, in the order in which it yields them
  position bigint not null default 0 check (position >= 0),
  account_id uuid,
  pseudonym text not null,
  started_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz,
  check ((state = 'running') = (ended_at is null)),
  check (spool_key is null or state in ('running', 'stopped')),
  check ((state in ('stopped', 'refused')) = (reason is not null)),
  -- nothing is lost between the file and the books
  check (state <> 'finished' or rows_total = rows_taken + rows_rejected)
);
create index imports_by_time on imports (started_at desc, id desc);
create index imports_by_source on imports (source_mac) where state in ('running', 'stopped');
create trigger imports_audited after insert or update or delete on imports for each statement execute function audit_required();

create table import_rejects (
  import_id uuid not null references imports (id),
  row_number bigint not null check (row_number >= 1),
  code text not null,
  -- [{field, code, params}]
  fields jsonb not null,
  row_sealed bytea,
  primary key (import_id, row_number)
);
create trigger import_rejects_audited after insert or update or delete on import_rejects for each statement execute function audit_required();

-- A day's export of a source system compared with the archive, both ways (migration mode).
create table import_comparisons (
  id uuid primary key,
  source_system text not null,
  window_from timestamptz not null,
  window_to timestamptz not null check (window_to > window_from),
  compared_at timestamptz not null,
  account_id uuid,
  exported bigint not null,
  equal bigint not null,
  only_in_source bigint not null,
  only_in_archive bigint not null,
  different bigint not null,
  unreadable bigint not null
);
create index import_comparisons_by_time on import_comparisons (compared_at desc, id desc);
create trigger import_comparisons_audited after insert or update or delete on import_comparisons for each statement execute function audit_required();

create table import_differences (
  comparison_id uuid not null references import_comparisons (id),
  service_no text not null,
  kind text not null check (kind in ('only_in_source', 'only_in_archive', 'different', 'unreadable')),
  primary key (comparison_id, kind, service_no)
);
create trigger import_differences_audited after insert or update or delete on import_differences for each statement execute function audit_required();

-- Service numbers of an export while it is being compared. Nothing that must survive a crash: a comparison is made again.
create unlogged table import_comparison_keys (
  comparison_id uuid not null,
  service_no text not null,
  kind text not null check (kind in ('equal', 'only_in_source', 'different', 'unreadable')),
  primary key (comparison_id, service_no)
);

grant select, insert, delete on import_comparison_keys to lantai_app;
grant select, insert, update on imports to lantai_app;
grant select, insert, delete on import_rejects to lantai_app;
grant select, insert on import_comparisons, import_differences to lantai_app;
