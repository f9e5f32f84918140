-- What happened to records that terms depend on: contacts and outside events, extensions after appraisal, and days promised
-- earlier that a change of the record must not take back. Rows are only ever added.
create table record_events (
  id bigint generated always as identity primary key,
  record_id uuid not null references records (id),
  kind text not null check (kind in ('contact', 'event', 'extension', 'promised')),
  -- of an outside event, as rules call it
  name text not null default '',
  at timestamptz not null,
  -- of an extension: the whole term, counted from the original day
  months integer check (months > 0),
  -- of a promised day
  until date,
  minimum date,
  -- where it comes from: a system, or the act here
  source text not null,
  entry_id uuid not null,
  recorded_at timestamptz not null,
  recorded_by text not null,
  check ((kind = 'event') = (name <> '')),
  check ((kind = 'extension') = (months is not null)),
  check ((kind = 'promised') = (until is not null)),
  check ((until is null) = (minimum is null))
);
create unique index record_events_once on record_events (record_id, kind, name, at, source);
create trigger record_events_audited after insert or update or delete on record_events for each statement execute function audit_required();
grant select, insert on record_events to lantai_app;

-- A version of the schedule that may shorten terms also needs compliance: a third person, whatever the program does.
alter table rule_files add column shortens boolean not null default false;
alter table rule_files add column consented_by uuid references persons (id);
alter table rule_files add column consented_at timestamptz;
alter table rule_files add constraint shortening_needs_compliance check (state <> 'active' or not shortens or consented_by is not null);
alter table rule_files add constraint compliance_is_a_third_person check (consented_by <> agreed_by and consented_by <> confirmed_by);
grant update (consented_by, consented_at) on rule_files to lantai_app;

-- What a waiting version would do to the archive, as it was shown to those who approve it.
create table schedule_impacts (
  id uuid primary key,
  rule_id uuid not null references rule_files (id),
  -- the day on which it was asked
  day date not null,
  made_at timestamptz not null,
  made_by text not null,
  entry_id uuid not null,
  milliseconds integer not null,
  -- by service type and department: records, later, earlier, due now, due then
  rows jsonb not null
);
create index schedule_impacts_newest on schedule_impacts (rule_id, made_at desc);
create trigger schedule_impacts_audited after insert or update or delete on schedule_impacts for each statement execute function audit_required();
grant select, insert on schedule_impacts to lantai_app;
