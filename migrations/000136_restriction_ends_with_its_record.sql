-- A record whose keys are gone leaves its client with everything else that speaks of people, also where a restriction stood over the
-- client: there is nothing left that could be restricted.
create or replace function record_restriction_changed() returns trigger language plpgsql as $$
declare
  covered boolean := restriction_covers(new.id, new.client_number);
begin
  if new.client_number is distinct from old.client_number then
    if old.restricted and not covered and not (new.client_number = '' and new.state in ('shredded', 'destroyed')) then
      raise exception 'a restricted record does not leave its client' using errcode = 'check_violation';
    end if;
    new.restricted := covered;
  elsif new.restricted is distinct from covered then
    raise exception 'a restriction is set and released by two persons' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
