-- A counted grant that is used up gives nothing any more, not even to be found, from the moment its last reading ends.
create function grant_used_up() returns trigger language plpgsql as $$
begin
  if exists (select from grants g where g.id = new.grant_id and g.state = 'live' and g.readings_left = 0) then
    -- two last readings that end at once wait for each other, so that the second sees both
    perform pg_advisory_xact_lock(7105, hashtext(new.grant_id::text));
    if not exists (select from readings r where r.grant_id = new.grant_id and r.state = 'open') then
      -- rows that somebody holds are just being ended with their grant
      update grant_records set live = false
        where (grant_id, record_id) in (select h.grant_id, h.record_id from grant_records h where h.grant_id = new.grant_id and h.live for update skip locked);
    end if;
  end if;
  return null;
end
$$;
create trigger grant_used_up after update of state on readings for each row
  when (old.state = 'open' and new.state <> 'open' and new.grant_id is not null) execute function grant_used_up();
