-- What carries a destruction out begins at its beginning and goes on only where what it says is so, whatever program writes. Until
-- here the guards asked about changes of rows that were there; they now ask about every row that comes, too, so that nothing can be
-- written as done that was not, and what is missing never counts as done.

-- The record whose content an object holds: for a copy that was certified from a record, that record.
create function destruction_source(object uuid) returns uuid language sql stable as $$
  select coalesce((select c.record_id from certified_copies c where c.object_id = object), (select o.record_id from objects o where o.id = object))
$$;

-- The steps of a destruction in their order.
create function destruction_ways() returns text[] language sql immutable as $$
  select array['ledger', 'wraps', 'survivors', 'snapshot', 'keys', 'objects', 'catalogue', 'index', 'traces', 'closure']
$$;

-- Whether every step of a register was taken. Steps that are not there were not.
create function destruction_all_done(register uuid) returns boolean language sql stable as $$
  select count(*) filter (where s.state = 'done') = cardinality(destruction_ways()) from destruction_steps s where s.register_id = register
$$;

create function destruction_step_done(register uuid, named text) returns boolean language sql stable as $$
  select exists (select from destruction_steps s where s.register_id = register and s.step = named and s.state = 'done')
$$;

-- Whether a record is being destroyed by a register, at this moment and free of everything that keeps it.
create function destruction_takes(register uuid, record uuid) returns boolean language sql stable as $$
  select exists (
    select from destruction_registers g
    join destruction_runs u on u.register_id = g.id and u.executed_at is null
    join destruction_items i on i.register_id = g.id and i.record_id = record and i.state = 'destroying'
    join records r on r.id = record and r.state = 'destroying' and not r.held and not r.restricted
    where g.id = register and g.state = 'executing' and not exists (select from hold_records x where x.record_id = record and x.until is null))
$$;

-- Whether the ledger, taken over from outside, says that a register destroyed a record.
create function replayed_by(register uuid, record uuid) returns boolean language sql stable as $$
  select exists (
    select from destruction_ledger l join destruction_ledger_records x on x.number = l.number
    where l.register_id = register and l.replayed and x.replayed and x.record_id = record)
$$;

-- Runs and steps

create function destruction_run_begins() returns trigger language plpgsql as $$
begin
  if new.executed_at is not null or new.report is not null or new.again_at is not null
    or not exists (select from destruction_registers g where g.id = new.register_id and g.state = 'executing')
    or not exists (select from destruction_appointments p
      where p.register_id = new.register_id and p.office = 'executor' and p.ended_at is null and p.person_id = new.executor_person) then
    raise exception 'a destruction is begun by its executor, at its beginning' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger destruction_run_begins before insert on destruction_runs for each row execute function destruction_run_begins();

create function destruction_run_ends() returns trigger language plpgsql as $$
begin
  if old.executed_at is not null and (new.executed_at is distinct from old.executed_at or new.report is distinct from old.report) then
    raise exception 'what was carried out stays so' using errcode = 'restrict_violation';
  end if;
  if old.executed_at is null and new.executed_at is not null and not destruction_all_done(new.register_id) then
    raise exception 'a step of the destruction is not done' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger destruction_run_ends before update of executed_at, report on destruction_runs for each row execute function destruction_run_ends();

create function destruction_step_begins() returns trigger language plpgsql as $$
begin
  if new.state <> 'open' or new.attempts <> 0 or new.step is distinct from (destruction_ways())[new.position]
    or not exists (select from destruction_runs u where u.register_id = new.register_id and u.executed_at is null) then
    raise exception 'the steps of a destruction begin open, each in its place' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger destruction_step_begins before insert on destruction_steps for each row execute function destruction_step_begins();

-- A step is done when what it is for is so, as far as the database can see it.
create function destruction_step_is_done() returns trigger language plpgsql as $$
declare
  keys text := (select k.state from key_destructions k where k.id = new.register_id);
  so boolean := true;
begin
  if (select count(*) from destruction_steps s where s.register_id = new.register_id and s.position < new.position and s.state = 'done') <> new.position - 1 then
    raise exception 'the steps of a destruction are taken in order' using errcode = 'restrict_violation';
  end if;
  case new.step
    when 'ledger' then
      so := exists (select from destruction_ledger l where l.register_id = new.register_id) and not exists (
        select from destruction_items i where i.register_id = new.register_id and i.state = 'destroying'
          and not exists (select from destruction_ledger_records x where x.record_id = i.record_id));
    when 'wraps' then so := keys in ('forgotten', 'rewrapped', 'snapshotted', 'destroyed');
    when 'survivors' then so := keys in ('rewrapped', 'snapshotted', 'destroyed');
    when 'snapshot' then so := keys in ('snapshotted', 'destroyed');
    when 'keys' then
      so := keys = 'destroyed' and not exists (select from destruction_items i where i.register_id = new.register_id and i.state in ('listed', 'destroying'));
    when 'objects' then so := not exists (select from destruction_copies c where c.register_id = new.register_id and c.state = 'kept');
    when 'catalogue' then
      so := not exists (select from destruction_items i join records r on r.id = i.record_id
        where i.register_id = new.register_id and i.state in ('shredded', 'destroyed') and (r.title <> '' or r.client_number <> '' or r.client_name_sealed is not null));
    else null;
  end case;
  if so is not true then
    raise exception 'the step % is not done', new.step using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger destruction_step_is_done before update on destruction_steps for each row
  when (new.state = 'done' and old.state <> 'done') execute function destruction_step_is_done();

-- Registers

-- Begun over the whole list, ended with all steps, closed with its certificates: on top of what is asked already.
create function destruction_register_of_steps() returns trigger language plpgsql as $$
begin
  if new.state = 'executing' and new.item_count <> (select count(*) from destruction_items i where i.register_id = new.id and i.state = 'listed') then
    raise exception 'a register is carried out over the list that was signed' using errcode = 'check_violation';
  end if;
  if new.state in ('open', 'closed') and (not destruction_all_done(new.id)
      or not exists (select from destruction_runs u where u.register_id = new.id and u.executed_at is not null)
      or exists (select from destruction_items i where i.register_id = new.id and i.state in ('listed', 'destroying'))) then
    raise exception 'a step of the destruction is not done' using errcode = 'check_violation';
  end if;
  if new.state = 'closed' and (exists (select from destruction_copies c where c.register_id = new.id and c.state <> 'gone')
      or not exists (select from destruction_certificates c where c.register_id = new.id and c.kind = 'main'
        and (c.locked = 0 or exists (select from destruction_certificates x where x.register_id = new.id and x.kind = 'supplement')))) then
    raise exception 'a register is closed once nothing remains and the certificate says so' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger destruction_register_of_steps before update of state on destruction_registers for each row
  when (new.state <> old.state and new.state in ('executing', 'open', 'closed')) execute function destruction_register_of_steps();

create function destruction_certified_of_run() returns trigger language plpgsql as $$
declare
  gone integer := (select count(*) from destruction_items i where i.register_id = new.register_id and i.state in ('shredded', 'destroyed'));
begin
  if not exists (select from destruction_registers g join destruction_runs u on u.register_id = g.id
      where g.id = new.register_id and g.state = 'open' and u.executed_at is not null) or new.items <> gone then
    raise exception 'a destruction is certified once it was carried out, over what was destroyed' using errcode = 'check_violation';
  end if;
  if new.kind = 'main' and new.locked < (select count(*) from destruction_items i where i.register_id = new.register_id and i.state = 'shredded') then
    raise exception 'a certificate says what is still under lock' using errcode = 'check_violation';
  end if;
  if new.kind = 'supplement' and not exists (select from destruction_certificates c where c.register_id = new.register_id and c.kind = 'main') then
    raise exception 'a supplement follows the certificate' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger destruction_certified_of_run before insert on destruction_certificates for each row execute function destruction_certified_of_run();

-- Copies: of what is being destroyed only, and gone only once the key is.

create function destruction_copies_begin() returns trigger language plpgsql as $$
begin
  if exists (select from new_rows n where n.state <> 'kept' or n.locked_until is not null or destruction_source(n.object_id) is distinct from n.record_id
      or not (destruction_takes(n.register_id, n.record_id) or replayed_by(n.register_id, n.record_id))) then
    raise exception 'copies are named of what is being destroyed' using errcode = 'check_violation';
  end if;
  return null;
end
$$;
create trigger destruction_copies_begin after insert on destruction_copies referencing new table as new_rows for each statement execute function destruction_copies_begin();

create function destruction_copy_is_so() returns trigger language plpgsql as $$
begin
  if new.state = 'kept' and old.state <> 'kept' or new.gone_at < old.locked_until then
    raise exception 'a copy under lock is gone once the lock has ended' using errcode = 'restrict_violation';
  end if;
  if new.state <> 'kept' and not exists (select from objects o where o.id = new.object_id and o.state in ('shredded', 'destroyed')) then
    raise exception 'a copy goes once its key is gone' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger destruction_copy_is_so before update on destruction_copies for each row execute function destruction_copy_is_so();

-- Keys: of copies that were named by a register that is carried out, or by the ledger; of a held or restricted record never.

create function key_destruction_begins() returns trigger language plpgsql as $$
begin
  if new.rewrapped <> 0 or new.state = 'named' and (
      not exists (select from destruction_registers g join destruction_runs u on u.register_id = g.id where g.id = new.id and g.state = 'executing' and u.executed_at is null)
      or new.records <> (select count(*) from destruction_items i where i.register_id = new.id and i.state = 'destroying')) then
    raise exception 'keys are destroyed by a register that is carried out' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger key_destruction_begins before insert on key_destructions for each row execute function key_destruction_begins();

create function key_destruction_objects_begin() returns trigger language plpgsql as $$
begin
  if exists (select from new_rows n where not exists (
      select from destruction_copies c join key_destructions k on k.id = c.register_id
      where c.object_id = n.object_id and c.register_id = n.destruction_id
        and (k.state = 'named' and destruction_takes(c.register_id, c.record_id) or k.state = 'destroyed' and replayed_by(c.register_id, c.record_id)))) then
    raise exception 'a key is destroyed with a record that is being destroyed' using errcode = 'check_violation';
  end if;
  return null;
end
$$;
create trigger key_destruction_objects_begin after insert on key_destruction_objects referencing new table as new_rows
  for each statement execute function key_destruction_objects_begin();

create function key_destruction_bucket_closed() returns trigger language plpgsql as $$
begin
  if not exists (select from key_destructions k join key_buckets b on b.id = new.bucket where k.id = new.destruction_id and k.state = 'named' and b.generation = new.through + 1) then
    raise exception 'a generation is closed before its keys are destroyed' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger key_destruction_bucket_closed before insert on key_destruction_buckets for each row execute function key_destruction_bucket_closed();

create function key_destruction_is_so() returns trigger language plpgsql as $$
begin
  if new.state = 'forgotten' and exists (
      select from key_destruction_objects d join objects o on o.id = d.object_id where d.destruction_id = new.id and (o.wrapped_key is not null
        or not exists (select from key_destruction_buckets b where b.destruction_id = new.id and b.bucket = o.bucket and b.through >= o.generation))) then
    raise exception 'a wrap remains, or the generation it was under' using errcode = 'check_violation';
  end if;
  if new.state = 'snapshotted' and exists (select from key_destruction_buckets b where b.destruction_id = new.id
      and not exists (select from key_snapshots s where s.bucket = b.bucket and s.destruction_id = new.id and s.generation > b.through)) then
    raise exception 'the key table of a bucket was not kept' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger key_destruction_is_so before update of state on key_destructions for each row when (new.state <> old.state) execute function key_destruction_is_so();

-- Nothing is forgotten before the ledger says so outside; nothing is destroyed before the step before it was done.
create function key_destruction_by_steps() returns trigger language plpgsql as $$
declare
  before constant jsonb := '{"forgotten": "ledger", "rewrapped": "wraps", "snapshotted": "survivors", "destroyed": "snapshot"}';
begin
  if not destruction_step_done(new.id, before ->> new.state) then
    raise exception 'the steps of a destruction are taken in order' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger key_destruction_by_steps before update of state on key_destructions for each row when (new.state <> old.state) execute function key_destruction_by_steps();

-- Objects: stored at first; a wrap goes once the ledger has the record; called destroyed once the copy is gone.
create function object_begins() returns trigger language plpgsql as $$
begin
  raise exception 'an object begins with its key' using errcode = 'check_violation';
end
$$;
create trigger object_begins before insert on objects for each row
  when (new.wrapped_key is null or new.state not in ('stored', 'locked')) execute function object_begins();

create function object_leaves_by_its_copy() returns trigger language plpgsql as $$
begin
  if old.wrapped_key is not null and new.wrapped_key is null and not exists (
      select from destruction_ledger_records x join destruction_ledger l on l.number = x.number
      where x.record_id = destruction_source(new.id) and (l.replayed or destruction_step_done(l.register_id, 'ledger'))) then
    raise exception 'a key is forgotten once the ledger of destructions says so' using errcode = 'restrict_violation';
  end if;
  if new.state = 'destroyed' and old.state <> 'destroyed' and not exists (select from destruction_copies c where c.object_id = new.id and c.state = 'gone') then
    raise exception 'a copy of the object remains' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger object_leaves_by_its_copy before update of state, wrapped_key on objects for each row
  when ((new.wrapped_key is null and old.wrapped_key is not null) or (new.state = 'destroyed' and old.state <> 'destroyed'))
  execute function object_leaves_by_its_copy();

-- Nothing comes to a record that is being destroyed: its key would stay when the record is called destroyed. The lock waits for
-- whoever is beginning with the record.
create function objects_of_what_stays() returns trigger language plpgsql as $$
begin
  perform from records r where r.id in (select record_id from new_rows) order by r.id for key share;
  if exists (select from records r where r.id in (select record_id from new_rows) and r.state in ('destroying', 'shredded', 'destroyed')) then
    raise exception 'nothing is added to what is being destroyed' using errcode = 'check_violation';
  end if;
  return null;
end
$$;
create trigger objects_of_what_stays after insert on objects referencing new table as new_rows for each statement execute function objects_of_what_stays();

create function certified_copy_of_what_stays() returns trigger language plpgsql as $$
begin
  perform from records r where r.id = new.record_id for key share;
  if exists (select from records r where r.id = new.record_id and r.state in ('destroying', 'shredded', 'destroyed')) then
    raise exception 'nothing is certified of what is being destroyed' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger certified_copy_of_what_stays before insert on certified_copies for each row execute function certified_copy_of_what_stays();

-- Records and items

create function record_born_kept() returns trigger language plpgsql as $$
begin
  raise exception 'no record begins as destroyed' using errcode = 'check_violation';
end
$$;
create trigger record_born_kept before insert on records for each row
  when (new.state in ('approved', 'destroying', 'shredded', 'destroyed')) execute function record_born_kept();

-- What is left of the content of a record: its own objects and what was certified from it.
create function record_remains(record uuid, register uuid, to_the_last boolean) returns boolean language sql stable as $$
  select exists (
    select from (
      select o.id, o.state from objects o where o.record_id = record
      union all
      select o.id, o.state from certified_copies c join objects o on o.id = c.object_id where c.record_id = record) o
    left join destruction_copies d on d.object_id = o.id and d.register_id = register
    where o.state not in ('shredded', 'destroyed')
      or (to_the_last and (o.state <> 'destroyed' or (register is not null and d.state is distinct from 'gone'))))
$$;

create function record_destroyed_to_the_last() returns trigger language plpgsql as $$
declare
  register uuid;
begin
  select i.register_id into register from destruction_items i where i.record_id = new.id and i.state in ('destroying', 'shredded', 'destroyed');
  if register is null and not replayed_record(new.id) then
    raise exception 'a record is destroyed by a register that is carried out' using errcode = 'check_violation';
  end if;
  if record_remains(new.id, null, new.state = 'destroyed') then
    raise exception 'a key or a copy of the record remains' using errcode = 'check_violation';
  end if;
  if new.state = 'destroyed' and not replayed_record(new.id) and (record_remains(new.id, register, true) or not destruction_all_done(register)) then
    raise exception 'a step of the destruction is not done' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger records_destroyed_to_the_last before update of state on records for each row
  when (new.state <> old.state and new.state in ('shredded', 'destroyed')) execute function record_destroyed_to_the_last();

create function destruction_item_to_the_last() returns trigger language plpgsql as $$
begin
  if record_remains(new.record_id, new.register_id, new.state = 'destroyed') or (new.state = 'destroyed' and not destruction_all_done(new.register_id))
    or not exists (select from records r where r.id = new.record_id and (r.state = 'destroyed' or (r.state = 'shredded' and new.state = 'shredded'))) then
    raise exception 'a key or a copy of the record remains' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger destruction_item_to_the_last before update of state on destruction_items for each row
  when (new.state in ('shredded', 'destroyed') and new.state <> old.state) execute function destruction_item_to_the_last();

-- Holds reach what was certified from a held record too; what the ledger says is gone, is gone.
create or replace function object_kept_by_hold() returns trigger language plpgsql as $$
declare
  source uuid := destruction_source(new.id);
begin
  if exists (select from hold_records x where x.record_id = source and x.until is null) and not replayed_record(source) then
    raise exception 'a hold stands over this record' using errcode = 'check_violation', constraint = 'objects_kept_by_hold';
  end if;
  return new;
end
$$;

create or replace function record_kept_by_hold() returns trigger language plpgsql as $$
begin
  if record_is_held(new.id) and not (new.state in ('shredded', 'destroyed') and replayed_record(new.id)) then
    raise exception 'a hold stands over this record' using errcode = 'check_violation', constraint = 'records_kept_by_hold';
  end if;
  return new;
end
$$;

-- The ledger

-- Without a gap over all registers: whoever writes is next, and only what is being destroyed, or what stands outside already.
create function destruction_ledger_goes_on() returns trigger language plpgsql as $$
begin
  if new.number <> (select coalesce(max(l.number), 0) + 1 from destruction_ledger l) then
    raise exception 'the ledger of destructions has no gap' using errcode = 'check_violation';
  end if;
  if not new.replayed and not exists (select from destruction_registers g join destruction_runs u on u.register_id = g.id
      where g.id = new.register_id and g.number = new.register_number and g.state = 'executing' and u.executed_at is null) then
    raise exception 'the ledger has what a register destroys' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger destruction_ledger_goes_on before insert on destruction_ledger for each row execute function destruction_ledger_goes_on();

create function destruction_ledger_records_of_register() returns trigger language plpgsql as $$
begin
  if exists (select from new_rows n join destruction_ledger l on l.number = n.number where n.replayed <> l.replayed
      or (not n.replayed and not exists (select from destruction_items i where i.register_id = l.register_id and i.record_id = n.record_id and i.state = 'destroying'))) then
    raise exception 'the ledger has what a register destroys' using errcode = 'check_violation';
  end if;
  return null;
end
$$;
create trigger destruction_ledger_records_of_register after insert on destruction_ledger_records referencing new table as new_rows
  for each statement execute function destruction_ledger_records_of_register();

-- Nobody who serves says of anything that it was taken over from outside.
revoke insert on destruction_ledger, destruction_ledger_records from lantai_app;
grant insert (number, register_id, register_number, digest, at) on destruction_ledger to lantai_app;
grant insert (record_id, number) on destruction_ledger_records to lantai_app;
