-- Appraisal reports 鉴定工作报告 and destruction registers 销毁清册 as signed documents: sealed objects of their own, kept for good.
create table disposition_papers (
  id uuid primary key,
  kind text not null check (kind in ('appraisal', 'register')),
  -- the appraisal or the register; a register has one for each list that was approved
  subject_id uuid not null,
  list_digest bytea not null check (octet_length(list_digest) = 32),
  object_id uuid not null unique references objects (id),
  document_digest text not null check (document_digest ~ '^sha256:[0-9a-f]{64}$'),
  made_at timestamptz not null,
  entry_id uuid not null,
  unique (kind, subject_id, list_digest)
);
create trigger disposition_papers_audited after insert or update or delete on disposition_papers for each statement execute function audit_required();
grant select, insert on disposition_papers to lantai_app;
