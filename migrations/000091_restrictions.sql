-- Restriction to storage only 限制利用 (R87): set and released by two persons each, over named records or over a client.
create table restrictions (
  id uuid primary key,
  -- over this client: all records there are, and every one that comes while it stands
  client_number text,
  ground text not null check (ground in ('term', 'hold', 'technical', 'disputed', 'objection', 'consent_withdrawn')),
  reason_sealed bytea not null,
  -- the client's request behind it
  request_id uuid,
  state text not null check (state in ('proposed', 'refused', 'live', 'release_proposed', 'released')),
  -- how many records it took, or freed, when it was last confirmed
  records integer not null default 0,
  proposed_by uuid not null,
  proposed_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  release_reason_sealed bytea,
  release_proposed_by uuid,
  release_proposed_at timestamptz,
  released_by uuid,
  released_at timestamptz,
  check ((state = 'proposed') = (decided_by is null)),
  check ((decided_by is null) = (decided_at is null)),
  check ((state in ('release_proposed', 'released')) = (release_proposed_by is not null)),
  check ((release_proposed_by is null) = (release_proposed_at is null) and (release_proposed_by is null) = (release_reason_sealed is null)),
  check ((state = 'released') = (released_by is not null)),
  check ((released_by is null) = (released_at is null)),
  constraint restrictions_second_person check (state in ('proposed', 'refused') or decided_by <> proposed_by),
  constraint restrictions_second_person_releases check (released_by <> release_proposed_by)
);
create index restrictions_by_time on restrictions (proposed_at desc, id desc);
create index restrictions_of_client on restrictions (client_number) where state in ('live', 'release_proposed') and client_number is not null;
create index restrictions_waiting on restrictions (proposed_at, id) where state in ('proposed', 'release_proposed');
create index restrictions_by_request on restrictions (request_id) where request_id is not null;
create trigger restrictions_audited after insert or update or delete on restrictions for each statement execute function audit_required();

-- The records that a restriction names; one over a client names none.
create table restriction_records (
  restriction_id uuid not null references restrictions (id),
  record_id uuid not null references records (id),
  primary key (restriction_id, record_id)
);
create index restriction_records_by_record on restriction_records (record_id);
create trigger restriction_records_audited after insert or update or delete on restriction_records for each statement execute function audit_required();
grant select, insert, update on restrictions to lantai_app;
grant select, insert on restriction_records to lantai_app;

create function restriction_covers(record uuid, client text) returns boolean language sql stable as $$
  select exists (select from restrictions s where s.client_number = client and s.state in ('live', 'release_proposed'))
    or exists (select from restriction_records x join restrictions s on s.id = x.restriction_id where x.record_id = record and s.state in ('live', 'release_proposed'))
$$;

-- Whatever the program does: a record is restricted exactly while a restriction that two persons agreed to covers it.
create function record_received_restricted() returns trigger language plpgsql as $$
begin
  if exists (select from restrictions s where s.client_number = new.client_number and s.state in ('live', 'release_proposed')) then
    new.restricted := true;
  elsif new.restricted then
    raise exception 'a restriction is set by two persons' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger records_received_restricted before insert on records for each row execute function record_received_restricted();

create function record_restriction_changed() returns trigger language plpgsql as $$
declare
  covered boolean := restriction_covers(new.id, new.client_number);
begin
  if new.client_number is distinct from old.client_number then
    if old.restricted and not covered then
      raise exception 'a restricted record does not leave its client' using errcode = 'check_violation';
    end if;
    new.restricted := covered;
  elsif new.restricted is distinct from covered then
    raise exception 'a restriction is set and released by two persons' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger records_restriction_changed before update of restricted, client_number on records for each row
  when (new.restricted is distinct from old.restricted or new.client_number is distinct from old.client_number) execute function record_restriction_changed();
