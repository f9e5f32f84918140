-- What is asked for every changed record is asked once for every statement: an update of all records takes what the rows take.

create function records_changed_caught() returns trigger language plpgsql as $$
declare
  changed uuid[];
begin
  if not exists (select from holds where scope <> 'list' and state in ('in_force', 'lifting')) then
    return null;
  end if;
  select array_agg(n.id) into changed from new_rows n join old_rows o on o.id = n.id
    where (n.client_number, n.service_type, n.client_type, n.department, n.channel, n.sensitivity, n.medium, n.state, n.year,
        n.evaluation, n.staff_number, n.staff_name, n.tags, n.closed_at, n.term_until) is distinct from
      (o.client_number, o.service_type, o.client_type, o.department, o.channel, o.sensitivity, o.medium, o.state, o.year,
        o.evaluation, o.staff_number, o.staff_name, o.tags, o.closed_at, o.term_until);
  -- what a hold takes changes records again: without this that would never end
  if changed is not null then
    insert into hold_records (hold_id, record_id, caught)
      select h.id, r.id, true from records r, holds_over(r) as h (id)
      where r.id = any (changed) and not record_is_gone(r.state) and not exists (select from hold_records x where x.hold_id = h.id and x.record_id = r.id)
      on conflict do nothing;
  end if;
  return null;
end
$$;
drop trigger record_caught on records;
drop function record_caught();
create trigger records_changed_caught after update on records referencing old table as old_rows new table as new_rows for each statement
  execute function records_changed_caught();

-- Of what falls due only what must not is looked at.
create or replace function record_falls_due() returns trigger language plpgsql as $$
begin
  raise exception 'only what is kept and not under hold falls due' using errcode = 'check_violation';
end
$$;
drop trigger records_fall_due on records;
create trigger records_fall_due before update of state on records for each row
  when (new.state = 'due' and old.state <> 'due' and (old.state not in ('archived', 'extended', 'approved') or (new.held and old.state <> 'approved'))) execute function record_falls_due();
