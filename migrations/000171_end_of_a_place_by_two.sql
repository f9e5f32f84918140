-- That a place of the keystore is gone for good is said by two administrators: asked for by one, confirmed by another; the command on the
-- machine carries out what was confirmed, once. A destruction waits for each place that was not ended so.

create table keystore_place_ends (
  id uuid primary key,
  place_id uuid not null references keystore_places (id),
  fate text not null check (fate in ('destroyed', 'overwritten', 'never_held')),
  -- how it is known, sealed
  words bytea not null,
  proposed_at timestamptz not null,
  proposed_person uuid not null,
  proposed_pseudonym text not null,
  decided_at timestamptz,
  decided_person uuid,
  decided_pseudonym text,
  decision text check (decision in ('confirmed', 'refused')),
  -- made with a key that is not in the database: a row that was written there ends nothing
  seal bytea check (octet_length(seal) = 32),
  executed_at timestamptz,
  check ((decision is null) = (decided_at is null) and (decision is null) = (decided_person is null) and (decision is null) = (decided_pseudonym is null)),
  check ((seal is not null) = (coalesce(decision, '') = 'confirmed')),
  check (executed_at is null or decision = 'confirmed'),
  constraint keystore_place_ends_two_persons check (decision is distinct from 'confirmed' or decided_person <> proposed_person)
);
create unique index keystore_place_ends_one_open on keystore_place_ends (place_id) where decision is null;
create unique index keystore_place_ends_once on keystore_place_ends (place_id) where executed_at is not null;
create index keystore_place_ends_newest on keystore_place_ends (proposed_at desc);

create function keystore_place_end_goes_on() returns trigger
  language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if new.decision is not null or exists (select from keystore_places p where p.id = new.place_id and p.ended_at is not null) then
      raise exception 'the end of a place is confirmed afterwards, by another person' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if old.decision is not null and (new.decision, new.decided_at, new.decided_person, new.decided_pseudonym, new.seal)
      is distinct from (old.decision, old.decided_at, old.decided_person, old.decided_pseudonym, old.seal) or old.executed_at is not null then
    raise exception 'this was decided' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger keystore_place_end_goes_on before insert or update on keystore_place_ends for each row execute function keystore_place_end_goes_on();
create trigger keystore_place_ends_audited after insert or update or delete on keystore_place_ends for each statement execute function audit_required();
grant select, insert, update (decided_at, decided_person, decided_pseudonym, decision, seal, executed_at) on keystore_place_ends to lantai_app;

-- Places that one person ended before there was this rule.
alter table keystore_places add column ended_by_one boolean not null default false;
alter table keystore_places disable trigger user;
update keystore_places set ended_by_one = true where ended_at is not null;
alter table keystore_places enable trigger user;
revoke insert on keystore_places from lantai_app;
grant insert (id, first_seen) on keystore_places to lantai_app;

create function keystore_place_ends_by_two() returns trigger language plpgsql as $$
begin
  if not exists (select from keystore_place_ends e where e.place_id = new.id and e.decision = 'confirmed' and e.fate = new.fate and e.executed_at = new.ended_at) then
    raise exception 'the end of a place is said by two persons' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger keystore_place_ends_by_two before update on keystore_places for each row when (new.ended_at is not null) execute function keystore_place_ends_by_two();
