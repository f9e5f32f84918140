-- Certificates that the entries of a log were destroyed: signed documents, sealed objects of their own without a term, like those over
-- records. The supplement says that what was still under lock is gone too. The signed note beside the log stays what verification goes by.
create table log_destruction_certificates (
  id uuid primary key,
  number text not null unique check (number ~ '^ZU-[0-9]{4}-[0-9]{6}(-S)?$'),
  register_id uuid not null references log_destructions (id),
  kind text not null check (kind in ('main', 'supplement')),
  object_id uuid not null unique references objects (id),
  size bigint not null check (size > 0),
  document_digest text not null check (document_digest ~ '^sha256:[0-9a-f]{64}$'),
  data_digest text not null check (data_digest ~ '^sha256:[0-9a-f]{64}$'),
  locked integer not null check (locked >= 0),
  made_at timestamptz not null,
  entry_id uuid not null,
  unique (register_id, kind)
);
create trigger log_destruction_certificates_audited after insert or update or delete on log_destruction_certificates
  for each statement execute function audit_required();

create function log_destruction_certified() returns trigger language plpgsql as $$
declare
  remaining integer := (select count(*) from log_destruction_copies c where c.register_id = new.register_id and c.gone_at is null);
begin
  if not exists (select from log_destructions g join audit_gone a on a.log = g.log where g.id = new.register_id and g.state = 'open' and a.removed_at is not null)
    or (select count(*) from log_destruction_appointments p where p.register_id = new.register_id and p.ended_at is null and p.office = 'supervisor' and p.witnessed_at is not null) <> 2 then
    raise exception 'a destruction is certified once it was carried out and both supervisors have signed' using errcode = 'check_violation';
  end if;
  if new.kind = 'main' and new.locked < remaining then
    raise exception 'a certificate says what is still under lock' using errcode = 'check_violation';
  end if;
  if new.kind = 'supplement' and (remaining > 0 or not exists (select from log_destruction_certificates c where c.register_id = new.register_id and c.kind = 'main')) then
    raise exception 'a supplement follows the certificate, once nothing remains' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger log_destruction_certified before insert on log_destruction_certificates for each row execute function log_destruction_certified();

create function log_destruction_closes_certified() returns trigger language plpgsql as $$
begin
  if not exists (select from log_destruction_certificates c where c.register_id = new.id and c.kind = 'main'
      and (c.locked = 0 or exists (select from log_destruction_certificates x where x.register_id = new.id and x.kind = 'supplement'))) then
    raise exception 'a register is closed once the certificate says that nothing remains' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger log_destruction_closes_certified before update of state on log_destructions for each row
  when (old.state = 'open' and new.state = 'closed') execute function log_destruction_closes_certified();

-- Where each signature stands in the log, for the certificate: the executor's beginning, a supervisor's check and his witness.
alter table log_destructions add column begin_entry uuid;
alter table log_destruction_appointments add column check_entry uuid, add column witness_entry uuid;

grant select, insert on log_destruction_certificates to lantai_app;
grant update (begin_entry) on log_destructions to lantai_app;
grant update (check_entry, witness_entry) on log_destruction_appointments to lantai_app;
