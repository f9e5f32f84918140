-- Whoever takes items out of a list has had his part in it like one who approves: he supervises and executes nothing of it.
create function destruction_rejecter_takes_part() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.destruction_persons (register_id, person_id, office, round)
    select r.id, new.decided_by, 'approver', r.round from public.destruction_registers r where r.id = new.register_id
    on conflict do nothing;
  return null;
end
$$;
revoke all on function destruction_rejecter_takes_part() from public;
create trigger destruction_rejecter_takes_part after update of state on destruction_items for each row
  when (new.state = 'rejected' and old.state <> 'rejected') execute function destruction_rejecter_takes_part();
