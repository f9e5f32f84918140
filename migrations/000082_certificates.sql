-- The archive's own certificates: its authority and those it signs documents with. Their keys are derived from the keystore's root
-- and stand nowhere else; a certificate is public. What was issued stays, so that every document's signature can be explained.
create table certificates (
  kind text not null check (kind in ('authority', 'signing')),
  generation integer not null check (generation >= 1),
  der bytea not null,
  -- SHA-256 of the DER
  fingerprint text not null,
  from_at timestamptz not null,
  until_at timestamptz not null check (until_at > from_at),
  primary key (kind, generation)
);
create trigger certificates_audited after insert or update or delete on certificates for each statement execute function audit_required();
grant select, insert on certificates to lantai_app;
