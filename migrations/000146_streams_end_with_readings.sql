-- Whatever ends a reading ends what still runs under it, at the commit: handed back, ended with a visit or by a restriction.
create function reading_ended() returns trigger language plpgsql as $$
begin
  if exists (select from accesses where reading_id = new.id and ended_at is null) then
    perform pg_notify('lantai_grants', new.id::text);
  end if;
  return null;
end
$$;
create trigger reading_ended after update of state on readings for each row when (old.state = 'open' and new.state <> 'open') execute function reading_ended();

-- The papers of somebody from outside are shown to whoever may answer the open step, and only as long as it is open; a deputy's
-- right ends with the time for which he stands in.
create function paper_right_ended() returns trigger language plpgsql as $$
begin
  perform pg_notify('lantai_grants', case tg_table_name when 'request_steps' then to_jsonb(new) ->> 'request_id' else to_jsonb(new) ->> 'deputy_id' end);
  return null;
end
$$;
create trigger step_ended after update of state on request_steps for each row when (old.state = 'open' and new.state <> 'open') execute function paper_right_ended();
create trigger deputy_ended after update of ended_at on request_deputies for each row when (old.ended_at is null and new.ended_at is not null) execute function paper_right_ended();
