-- Every place that ever held the keys, by an identity of its own that lies in the place itself: a destruction of keys asks for each of
-- them, not for as many of them. A place that is gone for good is ended by somebody who answers for it.

create table keystore_places (
  id uuid primary key,
  first_seen timestamptz not null,
  ended_at timestamptz,
  -- what became of the medium
  fate text check (fate in ('destroyed', 'overwritten', 'never_held')),
  check ((ended_at is null) = (fate is null))
);
create trigger keystore_places_audited after insert or update or delete on keystore_places for each statement execute function audit_required();
grant select, insert on keystore_places to lantai_app;
grant update (ended_at, fate) on keystore_places to lantai_app;

create function keystore_place_stays_ended() returns trigger language plpgsql as $$
begin
  if old.ended_at is not null then
    raise exception 'a place of the keystore that was ended stays so' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger keystore_place_stays_ended before update on keystore_places for each row execute function keystore_place_stays_ended();
