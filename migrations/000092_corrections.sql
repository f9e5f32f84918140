-- Corrections of archived records (R86): proposed by one person with what was verified, put in place by another as a new
-- version. The proposed body is a sealed object of the record; nothing of it stands here.
create table corrections (
  id uuid primary key,
  record_id uuid not null references records (id),
  -- what it was made from, and what it becomes
  from_version uuid not null references record_versions (id),
  new_version uuid not null unique,
  body_object uuid not null unique references objects (id),
  -- names of the fields that change
  fields text[] not null check (cardinality(fields) > 0),
  reason_sealed bytea not null,
  -- the client's request behind it
  request_id uuid,
  proposed_by uuid not null,
  proposed_at timestamptz not null,
  entry_id uuid not null,
  state text not null check (state in ('proposed', 'agreed', 'refused')),
  decided_by uuid,
  decided_at timestamptz,
  check ((state = 'proposed') = (decided_by is null)),
  check ((decided_by is null) = (decided_at is null)),
  constraint corrections_second_person check (state <> 'agreed' or decided_by <> proposed_by)
);
create unique index corrections_one_waits on corrections (record_id) where state = 'proposed';
create index corrections_waiting on corrections (proposed_at, id) where state = 'proposed';
create index corrections_by_request on corrections (request_id) where request_id is not null;
create trigger corrections_audited after insert or update or delete on corrections for each statement execute function audit_required();
grant select, insert, update on corrections to lantai_app;

-- Whatever the program does: a corrected version is just the body that two persons agreed to.
create function correction_agreed() returns trigger language plpgsql as $$
begin
  if not exists (select from corrections c where c.record_id = new.record_id and c.new_version = new.id and c.body_object = new.body_object and c.state = 'agreed') then
    raise exception 'a correction takes a second person' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger record_versions_corrected before insert on record_versions for each row when (new.reason = 'correction') execute function correction_agreed();
