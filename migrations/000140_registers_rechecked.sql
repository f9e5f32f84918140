-- A record that an appraisal extended, fell due and has a later day again stands as extended as before; never with a day earlier than
-- the one that was signed.
create or replace function record_extended() returns trigger language plpgsql as $$
begin
  if old.state <> 'due' or not exists (select from record_extensions e where e.record_id = new.id and e.until <= new.term_until) then
    raise exception 'a record is extended by an appraisal' using errcode = 'check_violation';
  end if;
  return new;
end
$$;

-- A supervisor from outside is so still when the list counts as checked and when it begins to be carried out, not only when appointed.
create function destruction_supervisor_still_outside() returns trigger language plpgsql as $$
begin
  if not exists (select from destruction_appointments p where p.register_id = new.id and p.ended_at is null and p.office = 'supervisor' and p.outside
      and not exists (select from role_grants g where g.person_id = p.person_id and g.state = 'active' and g.role in ('records_clerk', 'records_manager'))) then
    raise exception 'no supervisor is from outside the archive any more' using errcode = 'check_violation', constraint = 'supervisor_from_outside';
  end if;
  return new;
end
$$;
create trigger destruction_supervisor_still_outside before update of state on destruction_registers for each row
  when (new.state in ('checked', 'executing') and old.state <> new.state) execute function destruction_supervisor_still_outside();
