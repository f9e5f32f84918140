-- What touches a record on a list that stands (a hold, an event, a grant, a loan, a correction, another class) has the lists looked at
-- as soon as it is committed: the database itself queues the look, in the same transaction, whatever program made the change. Looking
-- is what decides; this only says when. The regular look stays as a net.

-- One job for each transaction, under a key of its own: transactions that touch lists never wait for each other here.
create function registers_touched() returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if to_regnamespace('graphile_worker') is null then return; end if;
  execute 'select 1 from graphile_worker.add_job(identifier := ''watchRegisters'', payload := ''{}''::json, max_attempts := 3, job_key := $1)'
    using 'watch:' || pg_current_xact_id()::text;
end
$$;

-- Whether one of these records stands on a list that a change would void.
create function on_a_standing_list(records uuid[]) returns boolean language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (select from public.destruction_items i join public.destruction_registers g on g.id = i.register_id
    where i.record_id = any (records) and i.state = 'listed' and g.state in ('frozen', 'approving', 'approved', 'checked'));
$$;
revoke all on function registers_touched(), on_a_standing_list(uuid[]) from public;

create function records_listed_changed() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  changed uuid[];
begin
  -- where no list stands nothing is compared: an update of all records takes what the rows take
  if not exists (select from public.destruction_registers where state in ('frozen', 'approving', 'approved', 'checked')) then
    return null;
  end if;
  select array_agg(n.id) into changed from new_rows n join old_rows o on o.id = n.id
    where (n.held, n.restricted, n.archival_code, n.service_no, n.fonds, n.service_type, n.client_type, n.sensitivity, n.medium, n.department, n.opened_at, n.closed_at,
        n.archived_at, n.term_until, n.term_minimum, n.term_maximum, n.term_rule, n.version_id, n.version_number, n.file_count) is distinct from
      (o.held, o.restricted, o.archival_code, o.service_no, o.fonds, o.service_type, o.client_type, o.sensitivity, o.medium, o.department, o.opened_at, o.closed_at,
        o.archived_at, o.term_until, o.term_minimum, o.term_maximum, o.term_rule, o.version_id, o.version_number, o.file_count)
      -- 'due' and 'approved' are what a list itself makes of its records
      or (n.state is distinct from o.state and n.state not in ('due', 'approved'));
  if changed is not null and public.on_a_standing_list(changed) then perform public.registers_touched(); end if;
  return null;
end
$$;
create trigger records_listed_changed after update on records referencing old table as old_rows new table as new_rows for each statement
  execute function records_listed_changed();

-- Grants, corrections: what stands against a record without changing it.
create function record_spoken_for() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if public.on_a_standing_list(array[new.record_id]) then perform public.registers_touched(); end if;
  return null;
end
$$;
create trigger grant_of_listed after insert or update of live, ends_at on grant_records for each row when (new.live) execute function record_spoken_for();
create trigger correction_of_listed after insert or update of state on corrections for each row when (new.state = 'proposed') execute function record_spoken_for();

-- Loans: paper that an approved application asked for.
create function loan_of_listed() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if public.on_a_standing_list(array(select record_id from public.request_records where request_id = new.id and kept)) then
    perform public.registers_touched();
  end if;
  return null;
end
$$;
create trigger loan_of_listed after update of state on requests for each row
  when (new.form = 'paper' and new.state in ('approved', 'expired') and new.state is distinct from old.state) execute function loan_of_listed();
revoke all on function records_listed_changed(), record_spoken_for(), loan_of_listed() from public;
