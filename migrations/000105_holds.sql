-- Disposal holds 处置冻结 (R34): while one is open over a record, nothing destroys, approves for destruction or transfers it.
-- Whatever the program does, the database keeps `records.held` true exactly while a row of `hold_records` is open.

create table hold_numbers (
  year integer primary key,
  last integer not null
);

-- What a query asks of a record: the filters of the query language, never its words, so that it is answered surely.
create function hold_filters_known(f jsonb) returns boolean language sql immutable as $$
  select jsonb_typeof(f) = 'object' and f <> '{}'::jsonb and (f - array['service_type', 'client_type', 'department', 'channel', 'sensitivity', 'medium', 'state',
    'year', 'evaluation', 'client_number', 'staff', 'tag', 'closed', 'until']) = '{}'::jsonb
$$;

create function hold_matches(f jsonb, r records) returns boolean language sql stable as $$
  select hold_filters_known(f)
    and (f -> 'service_type' is null or f -> 'service_type' ? r.service_type)
    and (f -> 'client_type' is null or f -> 'client_type' ? r.client_type)
    and (f -> 'department' is null or f -> 'department' ? r.department)
    and (f -> 'channel' is null or f -> 'channel' ? r.channel)
    and (f -> 'sensitivity' is null or f -> 'sensitivity' ? r.sensitivity)
    and (f -> 'medium' is null or f -> 'medium' ? r.medium)
    and (f -> 'state' is null or f -> 'state' ? r.state)
    and (f -> 'year' is null or f -> 'year' @> to_jsonb(r.year))
    and (f -> 'evaluation' is null or (r.evaluation is not null and f -> 'evaluation' @> to_jsonb(r.evaluation)))
    and (f -> 'client_number' is null or f -> 'client_number' ? r.client_number)
    and (f -> 'staff' is null or f -> 'staff' ? r.staff_number or f -> 'staff' ? r.staff_name)
    and (f -> 'tag' is null or f -> 'tag' ?| r.tags)
    and (f #>> '{closed,from}' is null or r.closed_at >= (f #>> '{closed,from}')::timestamptz)
    and (f #>> '{closed,before}' is null or r.closed_at < (f #>> '{closed,before}')::timestamptz)
    and (f #>> '{until,from}' is null or r.term_until >= (f #>> '{until,from}')::date)
    and (f #>> '{until,to}' is null or r.term_until <= (f #>> '{until,to}')::date)
$$;

create table holds (
  id uuid primary key,
  number text not null unique,
  -- a freeze is set by the records manager alone and lapses by itself
  kind text not null check (kind in ('hold', 'freeze')),
  matter text not null check (matter in ('lawsuit', 'complaint', 'inspection', 'other')),
  scope text not null check (scope in ('list', 'client', 'query')),
  -- the matter's own number, with a court for instance
  reference_sealed bytea,
  reason_sealed bytea not null,
  client_number text,
  query_sealed bytea,
  filters jsonb check (hold_filters_known(filters)),
  owner uuid not null,
  review_on date,
  -- proposed by somebody who may not set one; it acts once another person agrees
  proposed boolean not null,
  state text not null check (state in ('proposed', 'declined', 'in_force', 'lifting', 'lifted', 'lapsed')),
  made_by uuid not null,
  made_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  decline_reason_sealed bytea,
  in_force_at timestamptz,
  lapses_at timestamptz,
  lift_reason_sealed bytea,
  lift_proposed_by uuid,
  lift_proposed_at timestamptz,
  lifted_by uuid,
  ended_at timestamptz,
  check ((scope = 'client') = (client_number is not null)),
  check ((scope = 'query') = (filters is not null) and (filters is null) = (query_sealed is null)),
  check ((kind = 'freeze') = (lapses_at is not null)),
  check (kind = 'hold' or not proposed),
  constraint holds_freeze_hours check (lapses_at <= in_force_at + interval '72 hours'),
  constraint holds_lapse_in_time check (state <> 'lapsed' or (kind = 'freeze' and ended_at >= lapses_at)),
  check ((kind = 'freeze') = (review_on is null)),
  check (proposed or decided_by is null),
  check ((decided_by is null) = (decided_at is null)),
  check ((state in ('proposed', 'declined')) = (in_force_at is null)),
  check (state not in ('proposed', 'declined') or proposed),
  check (not proposed or (state = 'proposed') = (decided_by is null)),
  check ((state = 'declined') = (decline_reason_sealed is not null)),
  constraint holds_second_person check (state in ('proposed', 'declined') or decided_by <> made_by),
  check ((lift_proposed_by is null) = (lift_proposed_at is null) and (lift_proposed_by is null) = (lift_reason_sealed is null)),
  check (state not in ('lifting', 'lifted') or lift_proposed_by is not null),
  check (state not in ('proposed', 'declined', 'in_force') or lift_proposed_by is null),
  check ((state = 'lifted') = (lifted_by is not null)),
  check ((state in ('lifted', 'lapsed')) = (ended_at is not null)),
  constraint holds_second_person_lifts check (lifted_by <> lift_proposed_by)
);
create index holds_by_time on holds (made_at desc, id desc);
create index holds_of_client on holds (client_number) where scope = 'client' and state in ('in_force', 'lifting');
create index holds_of_query on holds (id) where scope = 'query' and state in ('in_force', 'lifting');
create index holds_waiting on holds (made_at, id) where state in ('proposed', 'lifting');
create index holds_lapsing on holds (lapses_at) where kind = 'freeze' and state in ('in_force', 'lifting');
create index holds_to_review on holds (review_on) where state in ('in_force', 'lifting');
create index holds_of_owner on holds (owner) where state in ('in_force', 'lifting');
create trigger holds_audited after insert or update or delete on holds for each statement execute function audit_required();

-- The records that a hold over a list names, from the proposal on.
create table hold_list (
  hold_id uuid not null references holds (id),
  record_id uuid not null references records (id),
  primary key (hold_id, record_id)
);
create trigger hold_list_audited after insert or update or delete on hold_list for each statement execute function audit_required();

-- The records that a hold took. Once taken a record stays until the hold ends, even where it no longer meets the query.
create table hold_records (
  hold_id uuid not null references holds (id),
  record_id uuid not null references records (id),
  since timestamptz not null default now(),
  -- came or changed while the hold was open already
  caught boolean not null default false,
  -- null: open
  until timestamptz,
  -- the record's own entry in the log
  entry_id uuid,
  primary key (hold_id, record_id)
);
create index hold_records_open on hold_records (record_id) where until is null;
create index hold_records_by_record on hold_records (record_id, since);
create index hold_records_untold on hold_records (hold_id) where entry_id is null;
create trigger hold_records_audited after insert or update or delete on hold_records for each statement execute function audit_required();

-- What the store is to be told of each object, and whether it was.
create table hold_objects (
  object_id uuid primary key references objects (id),
  record_id uuid not null references records (id),
  wanted boolean not null,
  state text not null default 'pending' check (state in ('pending', 'done', 'failed')),
  -- raised with each change, so that an answer of the store is put to what was asked
  turn integer not null default 1,
  attempts integer not null default 0,
  why text,
  due_at timestamptz not null default now(),
  done_at timestamptz
);
create index hold_objects_open on hold_objects (due_at) where state <> 'done';
create index hold_objects_by_record on hold_objects (record_id);
create trigger hold_objects_audited after insert or update or delete on hold_objects for each statement execute function audit_required();

grant select, insert, update on hold_numbers, holds, hold_objects to lantai_app;
grant select, insert on hold_list to lantai_app;
grant select, insert, update (until, entry_id) on hold_records to lantai_app;

create function record_is_gone(state text) returns boolean language sql immutable as $$
  select state in ('destroying', 'shredded', 'destroyed', 'transferred')
$$;

-- Open holds over clients and queries that speak of a record.
create function holds_over(r records) returns setof uuid language sql stable as $$
  select h.id from holds h where h.scope = 'client' and h.client_number = r.client_number and h.state in ('in_force', 'lifting')
  union all
  select h.id from holds h where h.scope = 'query' and h.state in ('in_force', 'lifting') and hold_matches(h.filters, r)
$$;

-- Whether any hold stands over a record: one that took it, or one that would take it now. Asked at every destructive step.
create function record_is_held(record uuid) returns boolean language sql stable as $$
  select exists (select from hold_records where record_id = record and until is null)
    or exists (select from records r, holds_over(r) where r.id = record and not record_is_gone(r.state))
$$;

-- A hold goes its way step by step, and what it is about stays. Before one over a client or a query acts, whoever takes records in or
-- changes them has ended or waits, so that none slips past; also whoever has locked rows only so far, so that nobody waits in a circle.
create function hold_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.state not in ('proposed', 'in_force') then
      raise exception 'a hold begins as proposed or in force' using errcode = 'check_violation', constraint = 'holds_in_order';
    end if;
  else
    if (new.id, new.number, new.kind, new.matter, new.scope, new.proposed, new.made_by, new.made_at) is distinct from
        (old.id, old.number, old.kind, old.matter, old.scope, old.proposed, old.made_by, old.made_at)
      or new.client_number is distinct from old.client_number or new.filters is distinct from old.filters
      or new.query_sealed is distinct from old.query_sealed or new.reason_sealed is distinct from old.reason_sealed
      or (old.lapses_at is not null and new.lapses_at is distinct from old.lapses_at) or (old.in_force_at is not null and new.in_force_at is distinct from old.in_force_at) then
      raise exception 'what a hold is about does not change' using errcode = 'check_violation', constraint = 'holds_stay';
    end if;
    if new.state <> old.state and (old.state, new.state) not in (('proposed', 'in_force'), ('proposed', 'declined'), ('in_force', 'lifting'), ('in_force', 'lapsed'),
        ('lifting', 'in_force'), ('lifting', 'lifted'), ('lifting', 'lapsed')) then
      raise exception 'a hold goes its way step by step' using errcode = 'check_violation', constraint = 'holds_in_order';
    end if;
    if old.state in ('declined', 'lifted', 'lapsed') then
      raise exception 'a hold that has ended stays as it is' using errcode = 'check_violation', constraint = 'holds_stay';
    end if;
  end if;
  if new.scope <> 'list' and new.state = 'in_force' and (tg_op = 'INSERT' or old.state = 'proposed') then
    lock table records in exclusive mode;
  end if;
  return new;
end
$$;
create trigger holds_changed before insert or update on holds for each row execute function hold_changed();

-- With its end a hold lets go of every record it took.
create function hold_ended() returns trigger language plpgsql as $$
begin
  update hold_records set until = new.ended_at where hold_id = new.id and until is null;
  return null;
end
$$;
create trigger holds_ended after update of state on holds for each row when (new.state in ('lifted', 'lapsed') and old.state in ('in_force', 'lifting'))
  execute function hold_ended();

-- Whoever takes a record for a hold waits for one who is ending it, and then leaves it.
create function hold_record_comes() returns trigger language plpgsql as $$
declare
  open boolean;
begin
  select h.state in ('in_force', 'lifting') into open from holds h where h.id = new.hold_id for share;
  if not open and new.caught then
    return null;
  end if;
  if not open or new.until is not null then
    raise exception 'a hold takes records while it is open' using errcode = 'check_violation', constraint = 'hold_records_open_hold';
  end if;
  return new;
end
$$;
create trigger hold_records_come before insert on hold_records for each row execute function hold_record_comes();

create function hold_record_goes() returns trigger language plpgsql as $$
begin
  if old.until is not null or exists (select from holds h where h.id = new.hold_id and h.state in ('in_force', 'lifting')) then
    raise exception 'a record stays under a hold until the hold ends' using errcode = 'check_violation', constraint = 'hold_records_stay';
  end if;
  return new;
end
$$;
create trigger hold_records_go before update of until on hold_records for each row when (new.until is distinct from old.until) execute function hold_record_goes();

create function hold_objects_asked(records uuid[], on_hold boolean) returns void language sql as $$
  insert into hold_objects (object_id, record_id, wanted)
    select o.id, o.record_id, on_hold from objects o
      where o.record_id = any (records) and o.state not in ('shredded', 'destroyed') and (on_hold or exists (select from hold_objects x where x.object_id = o.id))
    on conflict (object_id) do update set wanted = excluded.wanted, state = 'pending', turn = hold_objects.turn + 1, attempts = 0, why = null, due_at = now(), done_at = null
$$;

-- The flag of each record, under the record's own lock: whoever destroys holds the same one.
create function hold_records_taken() returns trigger language plpgsql as $$
declare
  changed uuid[];
begin
  perform from records r where r.id in (select record_id from new_rows) order by r.id for update;
  if exists (select from records r where r.id in (select record_id from new_rows) and record_is_gone(r.state)) then
    raise exception 'what is being destroyed or was transferred is held no more' using errcode = 'check_violation', constraint = 'hold_records_gone';
  end if;
  with flagged as (update records r set held = true where r.id in (select record_id from new_rows) and not r.held returning r.id)
    select array_agg(id) into changed from flagged;
  if changed is not null then
    perform hold_objects_asked(changed, true);
  end if;
  return null;
end
$$;
create trigger hold_records_taken after insert on hold_records referencing new table as new_rows for each statement execute function hold_records_taken();

create function hold_records_left() returns trigger language plpgsql as $$
declare
  gone uuid[];
  changed uuid[];
begin
  select array_agg(record_id) into gone from new_rows where until is not null;
  if gone is null then
    return null;
  end if;
  perform from records r where r.id = any (gone) order by r.id for update;
  with freed as (update records r set held = false where r.id = any (gone) and r.held
      and not exists (select from hold_records x where x.record_id = r.id and x.until is null) returning r.id)
    select array_agg(id) into changed from freed;
  if changed is not null then
    perform hold_objects_asked(changed, false);
  end if;
  return null;
end
$$;
create trigger hold_records_left after update on hold_records referencing new table as new_rows for each statement execute function hold_records_left();

create function record_held_is_true() returns trigger language plpgsql as $$
begin
  if new.held is distinct from exists (select from hold_records x where x.record_id = new.id and x.until is null) then
    raise exception 'a record is held exactly while a hold is open over it' using errcode = 'check_violation', constraint = 'records_held_true';
  end if;
  return new;
end
$$;
create trigger records_held_true before update of held on records for each row when (new.held is distinct from old.held) execute function record_held_is_true();
create trigger records_come_unheld before insert on records for each row when (new.held) execute function record_held_is_true();

-- New records, and records that come to meet a query or to belong to a client, are taken in the same transaction.
create function records_caught() returns trigger language plpgsql as $$
begin
  if exists (select from holds where scope <> 'list' and state in ('in_force', 'lifting')) then
    insert into hold_records (hold_id, record_id, caught)
      select h.id, r.id, true from records r, holds_over(r) as h (id) where r.id in (select id from new_rows) and not record_is_gone(r.state)
      on conflict do nothing;
  end if;
  return null;
end
$$;
create trigger records_caught after insert on records referencing new table as new_rows for each statement execute function records_caught();

create function record_caught() returns trigger language plpgsql as $$
begin
  insert into hold_records (hold_id, record_id, caught)
    select h.id, new.id, true from holds_over(new) as h (id) where not exists (select from hold_records x where x.hold_id = h.id and x.record_id = new.id)
    on conflict do nothing;
  return null;
end
$$;
create trigger record_caught after update on records for each row
  when (not record_is_gone(new.state) and (new.client_number, new.service_type, new.client_type, new.department, new.channel, new.sensitivity, new.medium, new.state, new.year,
      new.evaluation, new.staff_number, new.staff_name, new.tags, new.closed_at, new.term_until) is distinct from
    (old.client_number, old.service_type, old.client_type, old.department, old.channel, old.sensitivity, old.medium, old.state, old.year,
      old.evaluation, old.staff_number, old.staff_name, old.tags, old.closed_at, old.term_until))
  execute function record_caught();

-- Objects that come to a held record (a correction's) are held too.
create function objects_of_held() returns trigger language plpgsql as $$
declare
  owners uuid[];
begin
  select array_agg(distinct r.id) into owners from new_rows n join records r on r.id = n.record_id where r.held;
  if owners is not null then
    insert into hold_objects (object_id, record_id, wanted) select n.id, n.record_id, true from new_rows n where n.record_id = any (owners) on conflict do nothing;
  end if;
  return null;
end
$$;
create trigger objects_of_held after insert on objects referencing new table as new_rows for each statement execute function objects_of_held();

-- No way of any program approves, destroys or transfers what is held, or takes its keys.
create function record_kept_by_hold() returns trigger language plpgsql as $$
begin
  if record_is_held(new.id) then
    raise exception 'a hold stands over this record' using errcode = 'check_violation', constraint = 'records_kept_by_hold';
  end if;
  return new;
end
$$;
create trigger records_kept_by_hold before update of state on records for each row
  when (new.state is distinct from old.state and new.state in ('approved', 'destroying', 'shredded', 'destroyed', 'transferred')) execute function record_kept_by_hold();

create function object_kept_by_hold() returns trigger language plpgsql as $$
begin
  if exists (select from hold_records x where x.record_id = new.record_id and x.until is null) then
    raise exception 'a hold stands over this record' using errcode = 'check_violation', constraint = 'objects_kept_by_hold';
  end if;
  return new;
end
$$;
create trigger objects_kept_by_hold before update of state, wrapped_key on objects for each row
  when ((new.wrapped_key is null and old.wrapped_key is not null) or (new.state is distinct from old.state and new.state in ('destroying', 'shredded', 'destroyed')))
  execute function object_kept_by_hold();

-- What persons are told of holds, until they have seen the hold.
create table hold_notices (
  hold_id uuid not null references holds (id),
  to_person uuid not null,
  kind text not null check (kind in ('proposed', 'accepted', 'declined', 'lift_proposed', 'lifted', 'kept', 'lapsed', 'review', 'overdue')),
  day date not null,
  made_at timestamptz not null,
  seen_at timestamptz,
  primary key (hold_id, to_person, kind, day)
);
create index hold_notices_unseen on hold_notices (to_person, made_at) where seen_at is null;
create trigger hold_notices_audited after insert or update or delete on hold_notices for each statement execute function audit_required();
grant select, insert, update (seen_at) on hold_notices to lantai_app;
