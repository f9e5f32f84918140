-- A restriction over a client with very many records is carried out in pieces, each a transaction of its own, and so is its release.
-- Meanwhile it stands as `setting` (agreed to: what comes is restricted, nothing of the client can be read, not all of it is marked)
-- or `releasing`. Only what is done to the last record is called live, or released, whatever program writes it.
alter table restrictions
  -- how far the piece that was done last came, along the records of the client, newest first
  add column place_at timestamptz,
  add column place_id uuid,
  add constraint restrictions_place check ((place_at is null) = (place_id is null)),
  drop constraint restrictions_state_check,
  drop constraint restrictions_check2,
  drop constraint restrictions_check4,
  add constraint restrictions_state_check check (state in ('proposed', 'refused', 'setting', 'live', 'release_proposed', 'releasing', 'released')),
  add constraint restrictions_check2 check ((state in ('release_proposed', 'releasing', 'released')) = (release_proposed_by is not null)),
  add constraint restrictions_check4 check ((state in ('releasing', 'released')) = (released_by is not null)),
  add constraint restrictions_in_pieces check (state not in ('setting', 'releasing') or client_number is not null);
drop index restrictions_of_client;
create index restrictions_of_client on restrictions (client_number) where state in ('setting', 'live', 'release_proposed') and client_number is not null;
-- next to empty at all times: asked at every reading that is opened
create index restrictions_under_way on restrictions (client_number) where state in ('setting', 'releasing');

create or replace function restriction_covers(record uuid, client text) returns boolean language sql stable as $$
  select exists (select from restrictions s where s.client_number = client and s.state in ('setting', 'live', 'release_proposed'))
    or exists (select from restriction_records x join restrictions s on s.id = x.restriction_id where x.record_id = record and s.state in ('live', 'release_proposed'))
$$;

create or replace function record_received_restricted() returns trigger language plpgsql as $$
begin
  if exists (select from restrictions s where s.client_number = new.client_number and s.state in ('setting', 'live', 'release_proposed')) then
    new.restricted := true;
  elsif new.restricted then
    raise exception 'a restriction is set by two persons' using errcode = 'check_violation';
  end if;
  return new;
end
$$;

-- Records that a restriction over a client still has to mark, or to free.
create function restriction_left(restriction uuid, client text, sets boolean) returns boolean language sql stable as $$
  select case when sets then exists (select from records r where r.client_number = client and not r.restricted and r.state not in ('destroying', 'shredded', 'destroyed'))
    else exists (select from records r where r.client_number = client and r.restricted and not restriction_covers(r.id, r.client_number)) end
$$;

create function restriction_moves() returns trigger language plpgsql as $$
begin
  if new.client_number is distinct from old.client_number then
    raise exception 'a restriction keeps its client' using errcode = 'restrict_violation';
  end if;
  if (old.state, new.state) not in (('proposed', 'refused'), ('proposed', 'live'), ('proposed', 'setting'), ('setting', 'live'), ('live', 'release_proposed'),
      ('release_proposed', 'live'), ('release_proposed', 'releasing'), ('release_proposed', 'released'), ('releasing', 'released')) then
    raise exception 'no step of a restriction is skipped or taken back' using errcode = 'restrict_violation';
  end if;
  if new.client_number is not null and new.state = 'live' and old.state <> 'release_proposed'
    and (old.state <> 'setting' or restriction_left(new.id, new.client_number, true)) then
    raise exception 'a restriction stands once every record of its client is marked' using errcode = 'check_violation';
  end if;
  if new.client_number is not null and new.state = 'released' and (old.state <> 'releasing' or restriction_left(new.id, new.client_number, false)) then
    raise exception 'a restriction is released once every record of its client is free' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger restrictions_move before update on restrictions for each row
  when (new.state is distinct from old.state or new.client_number is distinct from old.client_number) execute function restriction_moves();
