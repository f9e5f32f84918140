-- The catalogue of service records. It holds what listing needs; names are masked or sealed, content stands in sealed objects only.

create table batches (
  id uuid primary key,
  kind text not null check (kind in ('intake', 'import')),
  number text not null unique,
  source_system text not null,
  opened_at timestamptz not null,
  opened_by uuid,
  state text not null check (state in ('open', 'handed_over', 'confirmed')),
  handed_over_by uuid,
  handed_over_at timestamptz,
  received_by uuid,
  received_at timestamptz,
  check ((handed_over_by is null) = (handed_over_at is null)),
  check ((received_by is null) = (received_at is null)),
  check (received_by is null or handed_over_by is null or received_by <> handed_over_by)
);
create unique index batches_one_open on batches (opened_by, source_system) nulls not distinct where state = 'open' and kind = 'intake';
create index batches_by_time on batches (opened_at desc, id desc);
create trigger batches_audited after insert or update or delete on batches for each statement execute function audit_required();

create table records (
  id uuid primary key,
  fonds text not null,
  source_system text not null,
  service_no text not null,
  archival_code text unique,
  state text not null check (state in ('received', 'sent_back', 'archived', 'due', 'extended', 'approved', 'destroying', 'shredded', 'destroyed', 'transferred')),
  complete boolean not null,
  missing jsonb not null default '[]',
  similar_to uuid references records (id),
  sent_back_reason bytea,
  service_type text not null check (service_type in ('routine', 'special', 'complaint', 'survey', 'training')),
  client_type text not null check (client_type in ('enterprise', 'individual', 'government', 'other')),
  medium text not null check (medium in ('electronic', 'paper')),
  sensitivity text not null check (sensitivity in ('public', 'internal', 'sensitive', 'highly_sensitive')),
  channel text not null,
  department text not null,
  restricted boolean not null default false,
  held boolean not null default false,
  client_number text not null,
  client_name_masked text not null default '',
  client_name_sealed bytea,
  client_phone_masked text not null default '',
  client_phone_key bytea,
  staff_number text not null default '',
  staff_name text not null,
  staff_account text not null default '',
  title text not null,
  tags text[] not null default '{}',
  cross_reference text not null default '',
  year integer not null check (year between 1900 and 9999),
  opened_at timestamptz not null,
  closed_at timestamptz not null check (closed_at >= opened_at),
  received_at timestamptz not null,
  archived_at timestamptz,
  return_call_at timestamptz,
  returns_call boolean not null,
  has_feedback boolean not null,
  evaluation smallint check (evaluation between 1 and 5),
  scheme_version text not null,
  schedule_version text not null,
  term_rule text not null,
  term_until date not null,
  term_minimum date not null,
  term_maximum date,
  term_reasons jsonb not null,
  purposes text[] not null,
  special_term text not null default 'none' check (special_term in ('none', 'asked', 'confirmed', 'refused')),
  special_term_asked_by uuid,
  version_id uuid not null,
  version_number integer not null default 1,
  file_count integer not null default 0,
  submitted_by uuid,
  submitted_account uuid,
  batch_id uuid not null references batches (id),
  import_id uuid,
  unique (source_system, service_no),
  check (state in ('received', 'sent_back') or archival_code is not null),
  check ((archival_code is null) = (archived_at is null)),
  check (octet_length(client_phone_key) = 32)
);
create trigger records_audited after insert or update or delete on records for each statement execute function audit_required();
-- a page of the catalogue, newest first: whole archive, and within the columns that rights name
create index records_by_closing on records (closed_at desc, id desc);
create index records_by_department on records (department, closed_at desc, id desc);
create index records_by_client on records (client_number, closed_at desc, id desc);
create index records_by_type on records (service_type, client_type, closed_at desc, id desc);
create index records_by_phone on records (client_phone_key) where client_phone_key is not null;
create index records_by_service_no on records (service_no);
create index records_by_batch on records (batch_id, id);
create index records_by_import on records (import_id) where import_id is not null;
create index records_waiting on records (received_at, id) where state in ('received', 'sent_back');
create index records_sent_back on records (submitted_by) where state = 'sent_back';
create index records_special_term on records (received_at) where special_term = 'asked';
create index records_by_archiving on records (archived_at desc, id desc) where archived_at is not null;
alter table records set (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02, fillfactor = 85);

create table record_versions (
  id uuid primary key,
  record_id uuid not null references records (id),
  number integer not null check (number >= 1),
  body_object uuid not null unique references objects (id),
  reason text not null check (reason in ('capture', 'completion', 'correction')),
  created_at timestamptz not null,
  created_by uuid,
  unique (record_id, number)
);
create trigger record_versions_audited after insert or update or delete on record_versions for each statement execute function audit_required();

create table record_files (
  id uuid primary key,
  record_id uuid not null references records (id),
  object_id uuid not null unique references objects (id),
  position integer not null check (position >= 0),
  first_version integer not null,
  name text not null,
  extension text not null,
  media_type text not null,
  size bigint not null check (size >= 0),
  flags text[] not null default '{}',
  unique (record_id, position)
);
create trigger record_files_audited after insert or update or delete on record_files for each statement execute function audit_required();

create table record_history (
  id bigint generated always as identity primary key,
  record_id uuid not null references records (id),
  at timestamptz not null,
  by_pseudonym text not null,
  entry_id uuid not null,
  field text not null,
  old_value text,
  new_value text
);
create index record_history_by_record on record_history (record_id, id);
create trigger record_history_audited after insert or update or delete on record_history for each statement execute function audit_required();

-- A reading 查阅: opened with a purpose, holds every access made under it, ends by hand-back or expiry (R44).
create table readings (
  id uuid primary key,
  record_id uuid not null references records (id),
  version_id uuid not null references record_versions (id),
  account_id uuid not null,
  person_id uuid,
  pseudonym text not null,
  purpose text not null,
  note_sealed bytea,
  may_download boolean not null,
  policy text not null,
  entry_id uuid not null,
  opened_at timestamptz not null,
  last_used_at timestamptz not null,
  expires_at timestamptz not null,
  state text not null check (state in ('open', 'returned', 'expired')),
  ended_at timestamptz,
  result text,
  result_sealed bytea,
  check ((state = 'open') = (ended_at is null)),
  check ((state = 'returned') = (result is not null))
);
create index readings_by_account on readings (account_id, opened_at desc, id desc);
create index readings_by_record on readings (record_id, opened_at desc, id desc);
create index readings_to_expire on readings (expires_at) where state = 'open';
create trigger readings_audited after insert or update or delete on readings for each statement execute function audit_required();

create table accesses (
  id uuid primary key,
  reading_id uuid not null references readings (id),
  object_id uuid not null references objects (id),
  file_id uuid references record_files (id),
  kind text not null check (kind in ('view', 'download')),
  range_start bigint not null,
  range_end bigint not null check (range_end >= range_start),
  began_at timestamptz not null,
  begin_entry uuid not null,
  ended_at timestamptz,
  end_entry uuid,
  bytes_sent bigint,
  whole boolean,
  check ((ended_at is null) = (end_entry is null))
);
create index accesses_by_reading on accesses (reading_id, began_at);
create index accesses_running on accesses (began_at) where ended_at is null;
create trigger accesses_audited after insert or update or delete on accesses for each statement execute function audit_required();

-- Keys a caller sent so that a repeated request acts once.
create table idempotency_keys (
  account_id uuid not null,
  route text not null,
  key text not null,
  subject_id uuid not null,
  created_at timestamptz not null,
  primary key (account_id, route, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);

-- What a source system says is closed (R10), so that what never arrived can be reported.
create table reported_closings (
  source_system text not null,
  service_no text not null,
  closed_at timestamptz not null,
  department text not null,
  reported_at timestamptz not null,
  primary key (source_system, service_no)
);
create index reported_closings_by_time on reported_closings (closed_at, source_system, service_no);
create trigger reported_closings_audited after insert or update or delete on reported_closings for each statement execute function audit_required();

-- What the filing scope kept out, counted by day and reason (R95).
create table out_of_scope_counts (
  day date not null,
  source_system text not null,
  reason text not null,
  count bigint not null check (count > 0),
  primary key (day, source_system, reason)
);

grant select, insert, update on batches, records, readings, accesses, reported_closings, out_of_scope_counts to lantai_app;
grant select, insert on record_versions, record_files, record_history to lantai_app;
grant select, insert, delete on idempotency_keys to lantai_app;
