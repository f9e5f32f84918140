-- What went to people outside, and on what (R103): one row for every disclosure, whichever way it was made.
create table disclosures (
  id uuid primary key,
  at timestamptz not null,
  by_person uuid not null,
  -- request: under an approved application; certified_copy, supervised: made or read on site; client_copy: a client's own copy; other: noted by hand
  kind text not null check (kind in ('request', 'certified_copy', 'supervised', 'client_copy', 'other')),
  -- the application, certified copy, grant or privacy request behind it
  source_id uuid,
  -- who got it, sealed
  recipient_sealed bytea not null,
  basis text not null check (basis in ('separate_consent', 'contract', 'legal_duty', 'authority', 'emergency', 'client', 'relatives')),
  -- the paper that shows the basis, sealed: it may name people
  reference_sealed bytea,
  law text not null default '',
  assessment text not null default '',
  records integer not null check (records > 0),
  entry_id uuid not null,
  -- whatever the program does: no disclosure without what its basis demands
  constraint disclosures_law check (basis not in ('legal_duty', 'authority') or law <> ''),
  constraint disclosures_assessment check (basis = 'client' or assessment <> ''),
  constraint disclosures_reference check (basis in ('legal_duty', 'emergency') or reference_sealed is not null)
);
create index disclosures_by_time on disclosures (at desc, id desc);
create index disclosures_by_source on disclosures (source_id) where source_id is not null;
create trigger disclosures_audited after insert or update or delete on disclosures for each statement execute function audit_required();

create table disclosure_records (
  disclosure_id uuid not null references disclosures (id),
  record_id uuid not null references records (id),
  primary key (disclosure_id, record_id)
);
create index disclosure_records_by_record on disclosure_records (record_id);
create trigger disclosure_records_audited after insert or update or delete on disclosure_records for each statement execute function audit_required();
grant select, insert on disclosures, disclosure_records to lantai_app;
