-- Every version of the classification scheme and of the retention schedule that ever acted here, as canonical JSON.
-- A dated file is superseded, never edited: the same version with another digest is refused at the start.
create table rule_files (
  kind text not null check (kind in ('scheme', 'schedule')),
  name text not null,
  digest text not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
  canonical text not null,
  entry_id uuid not null,
  first_seen timestamptz not null,
  primary key (kind, name)
);
create trigger rule_files_audited after insert or update or delete on rule_files for each statement execute function audit_required();
grant select, insert on rule_files to lantai_app;
