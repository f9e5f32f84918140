-- Erasure before term (PIPL 47): what a decided request marked comes onto a destruction register of its own kind, with approvals of
-- its own, and goes the same way to the end. No appraisal stands behind it, and the term that is not over does not stand against it;
-- the term that law prescribes, holds and restrictions do.
alter table destruction_registers add column kind text not null default 'term' check (kind in ('term', 'erasure'));
alter table destruction_registers add column request_id uuid references privacy_requests (id);
alter table destruction_registers add constraint registers_of_a_request check ((kind = 'erasure') = (request_id is not null));
create index destruction_registers_by_request on destruction_registers (request_id) where request_id is not null;
alter table destruction_items alter column appraisal_id drop not null;

-- A mark that a hold or a term caught up with is bound: the record is restricted instead, on a ground that the letter names.
alter table privacy_erasures add column bound_at timestamptz;
alter table privacy_erasures add column bound_ground text;
alter table privacy_erasures add column bound_entry uuid;
alter table privacy_erasures add constraint erasures_bound_on_a_ground check ((bound_at is null) = (bound_ground is null) and (bound_at is null) = (bound_entry is null));
grant update (bound_at, bound_ground, bound_entry) on privacy_erasures to lantai_app;
alter table privacy_letters drop constraint privacy_letters_kind_check;
alter table privacy_letters add constraint privacy_letters_kind_check check (kind in ('receipt', 'extension', 'fulfilment', 'refusal', 'erased'));
alter table privacy_steps drop constraint privacy_steps_step_check;
alter table privacy_steps add constraint privacy_steps_step_check check (step in ('register', 'identify', 'examine', 'extend', 'decide', 'bind', 'answer', 'close'));

create function privacy_erasure_bound() returns trigger language plpgsql as $$
begin
  if old.bound_at is not null or (new.request_id, new.record_id) is distinct from (old.request_id, old.record_id) then
    raise exception 'what was bound stays so' using errcode = 'check_violation';
  end if;
  if not exists (select from records r where r.id = new.record_id and (r.held or record_is_held(r.id) or r.term_minimum >= current_date - 1)) then
    raise exception 'nothing stands against erasing it' using errcode = 'check_violation';
  end if;
  if exists (select from destruction_items i where i.record_id = new.record_id and i.state in ('listed', 'destroying', 'shredded', 'destroyed')) then
    raise exception 'it stands on a register' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger privacy_erasure_bound before update on privacy_erasures for each row execute function privacy_erasure_bound();

create or replace function privacy_request_closed() returns trigger language plpgsql as $$
begin
  if exists (select from privacy_erasures e join records r on r.id = e.record_id where e.request_id = new.id and r.state <> 'destroyed' and e.bound_at is null) then
    raise exception 'records marked for destruction are still there' using errcode = 'check_violation';
  end if;
  return new;
end
$$;

-- A record that a decided request marked, and nothing bound.
create function erasure_marked(request uuid, record uuid) returns boolean language sql stable as $$
  select exists (select from privacy_erasures e join privacy_requests q on q.id = e.request_id
    where e.request_id = request and e.record_id = record and e.bound_at is null
      and q.kind = 'erasure' and q.outcome in ('fulfil', 'partly') and q.state in ('decided', 'answered'))
$$;

-- Whether a record stands on a register because a request marked it: then its own term does not stand against it.
create function destroyed_before_term(record uuid) returns boolean language sql stable as $$
  select exists (select from destruction_items i join destruction_registers g on g.id = i.register_id
    where i.record_id = record and i.state in ('listed', 'destroying') and g.kind = 'erasure' and erasure_marked(g.request_id, record))
$$;

create function destruction_register_of_request() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    raise exception 'a register keeps what it is for' using errcode = 'check_violation';
  end if;
  if not exists (select from privacy_erasures e where e.request_id = new.request_id and erasure_marked(e.request_id, e.record_id)) then
    raise exception 'nothing of the request is marked for destruction' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger destruction_register_of_request before insert on destruction_registers for each row when (new.kind = 'erasure') execute function destruction_register_of_request();
create trigger destruction_register_keeps_its_kind before update on destruction_registers for each row
  when (new.kind is distinct from old.kind or new.request_id is distinct from old.request_id) execute function destruction_register_of_request();

create or replace function destruction_item_changes() returns trigger language plpgsql as $$
declare
  register destruction_registers;
begin
  select * into register from destruction_registers r where r.id = coalesce(new.register_id, old.register_id) for share;
  if tg_op <> 'UPDATE' then
    if register.state <> 'draft' or (tg_op = 'INSERT' and new.state <> 'listed') then
      raise exception 'the list of a register is frozen' using errcode = 'check_violation';
    end if;
    if tg_op = 'INSERT' and register.kind = 'erasure' and (new.appraisal_id is not null or not erasure_marked(register.request_id, new.record_id)) then
      raise exception 'only what its request marked is put on a register of erasure' using errcode = 'check_violation';
    end if;
    if tg_op = 'INSERT' and register.kind = 'term' and not exists (select from appraisals a join appraisal_items x on x.appraisal_id = a.id
        where a.id = new.appraisal_id and a.state = 'decided' and x.record_id = new.record_id and x.outcome = 'destroy') then
      raise exception 'only what was appraised is put on a register' using errcode = 'check_violation';
    end if;
    return coalesce(new, old);
  end if;
  if register.state <> 'draft' and (new.facts is distinct from old.facts or new.digest is distinct from old.digest)
    or (new.record_id, new.register_id, new.appraisal_id, new.position) is distinct from (old.record_id, old.register_id, old.appraisal_id, old.position) then
    raise exception 'the list of a register is frozen' using errcode = 'check_violation';
  end if;
  if new.state <> old.state and not (
    (old.state = 'listed' and (
      (new.state = 'rejected' and register.state = 'approving') or (new.state = 'released' and register.state not in ('executing', 'open', 'closed'))
      or (new.state = 'struck' and register.state in ('frozen', 'approving', 'approved', 'checked', 'executing')) or (new.state = 'destroying' and register.state = 'executing')))
    or (old.state = 'destroying' and new.state in ('shredded', 'destroyed'))
    or (old.state = 'shredded' and new.state = 'destroyed')) then
    raise exception 'an item of a register that is % does not go from % to %', register.state, old.state, new.state using errcode = 'check_violation';
  end if;
  return new;
end
$$;

-- Legal or compliance agrees to every erasure. Whoever decided on the request gives that signature at most, and takes no other part.
create function destruction_erasure_approved() returns trigger language plpgsql as $$
begin
  if not exists (select from destruction_approvals a where a.register_id = new.id and a.round = new.round and a.state = 'agreed' and a.role in ('legal', 'compliance_officer')) then
    raise exception 'legal or compliance agrees to an erasure' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger destruction_erasure_approved before update of state on destruction_registers for each row
  when (new.kind = 'erasure' and new.state = 'approved' and old.state <> 'approved') execute function destruction_erasure_approved();

create function destruction_decider_stays_out() returns trigger language plpgsql as $$
declare
  register uuid;
  person uuid;
begin
  if tg_table_name = 'destruction_registers' then
    register := new.id;
    person := new.made_by_person;
  else
    register := new.register_id;
    person := new.person_id;
    if tg_table_name = 'destruction_approvals' then
      if new.role in ('legal', 'compliance_officer') then
        return null;
      end if;
    end if;
  end if;
  if exists (select from destruction_registers g join privacy_requests q on q.id = g.request_id where g.id = register and q.decided_by = person) then
    raise exception 'who decided on the request takes no part in carrying it out' using errcode = 'check_violation', constraint = 'destruction_decider_different_persons';
  end if;
  return null;
end
$$;
create trigger destruction_decider_makes_none after insert on destruction_registers for each row when (new.kind = 'erasure') execute function destruction_decider_stays_out();
create trigger destruction_decider_approves_as_counsel after update of person_id on destruction_approvals for each row
  when (new.person_id is not null and old.person_id is null) execute function destruction_decider_stays_out();
create trigger destruction_decider_holds_no_office after insert on destruction_appointments for each row execute function destruction_decider_stays_out();

-- Records: approved before their term only on such a register, and kept again where it comes to nothing.
create or replace function record_approved() returns trigger language plpgsql as $$
begin
  if new.held or new.restricted or not exists (
      select from destruction_items i join destruction_registers r on r.id = i.register_id
      where i.record_id = new.id and i.state = 'listed' and r.state = 'approved' and (
        (r.kind = 'term' and old.state = 'due' and (r.approved_at at time zone 'UTC')::date >= greatest(new.term_until, new.term_minimum))
        or (r.kind = 'erasure' and old.state in ('archived', 'extended', 'due') and erasure_marked(r.request_id, new.id) and (r.approved_at at time zone 'UTC')::date >= new.term_minimum))) then
    raise exception 'a record is approved for destruction by its register' using errcode = 'check_violation';
  end if;
  return new;
end
$$;

create or replace function record_extended() returns trigger language plpgsql as $$
begin
  if old.state not in ('due', 'approved') or not exists (select from record_extensions e where e.record_id = new.id and e.until <= new.term_until) then
    raise exception 'a record is extended by an appraisal' using errcode = 'check_violation';
  end if;
  return new;
end
$$;

create trigger records_kept_again before update of state on records for each row
  when (old.state = 'approved' and new.state in ('archived', 'extended')) execute function record_back_to_due();

create or replace function record_destroyed_in_order() returns trigger language plpgsql as $$
declare
  register uuid;
begin
  if replayed_record(new.id) then
    if new.state = 'destroying' or old.state = 'destroyed' then
      raise exception 'what was destroyed stays so' using errcode = 'check_violation';
    end if;
  else
    if (old.state, new.state) not in (('approved', 'destroying'), ('destroying', 'shredded'), ('shredded', 'destroyed')) then
      raise exception 'a record does not go from % to %', old.state, new.state using errcode = 'check_violation';
    end if;
    select i.register_id into register from destruction_items i join destruction_registers g on g.id = i.register_id
      where i.record_id = new.id and i.state in ('destroying', 'shredded', 'destroyed') and g.state in ('executing', 'open');
    if register is null then
      raise exception 'a record is destroyed by a register that is carried out' using errcode = 'check_violation';
    end if;
    if new.state = 'destroying' and (new.held or record_is_held(new.id) or new.restricted or new.term_minimum > current_date + 1
        or (new.term_until > current_date + 1 and not destroyed_before_term(new.id))) then
      raise exception 'a record that is held, restricted or within its term is not destroyed' using errcode = 'check_violation';
    end if;
    if new.state = 'destroyed' and exists (select from destruction_steps s where s.register_id = register and s.state <> 'done' and s.step <> 'closure') then
      raise exception 'a step of the destruction is not done' using errcode = 'check_violation';
    end if;
  end if;
  if new.state in ('shredded', 'destroyed') and exists (select from objects o where o.record_id = new.id and o.state not in ('shredded', 'destroyed')) then
    raise exception 'a key of the record remains' using errcode = 'check_violation';
  end if;
  if new.state = 'destroyed' and exists (select from objects o where o.record_id = new.id and o.state <> 'destroyed') then
    raise exception 'a copy of the record remains' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
