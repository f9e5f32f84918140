-- Monthly compliance reports: a sealed document each, its figures beside it for comparing. Never changed, never removed.
create table compliance_reports (
  id uuid primary key,
  -- first day of the month it is about
  month date not null check (extract(day from month) = 1),
  -- regular: made by itself on the first working day
  origin text not null check (origin in ('regular', 'by_hand')),
  made_at timestamptz not null,
  made_by uuid references persons (id),
  calendar text not null,
  figures jsonb not null,
  -- SHA-256 of the canonical JSON of the figures, and of the document
  figures_digest text not null check (figures_digest ~ '^sha256:[0-9a-f]{64}$'),
  document_digest text not null check (document_digest ~ '^sha256:[0-9a-f]{64}$'),
  object_id uuid not null unique references objects (id),
  entry_id uuid not null,
  check ((origin = 'by_hand') = (made_by is not null))
);
create unique index compliance_reports_regular on compliance_reports (month) where origin = 'regular';
create index compliance_reports_by_month on compliance_reports (month desc, made_at desc);
create trigger compliance_reports_audited after insert or update or delete on compliance_reports for each statement execute function audit_required();
grant select, insert on compliance_reports to lantai_app;
