-- Carrying out a destruction register: resumable steps, the state of every copy, the certificate, the tombstone, and the ledger that a
-- restore replays. What is called destroyed has neither a key nor a copy left, whatever program writes.

create table destruction_runs (
  register_id uuid primary key references destruction_registers (id),
  executor_person uuid not null,
  executor_account uuid not null,
  policy text not null,
  entry_id uuid not null,
  started_at timestamptz not null,
  -- carried out as far as it goes: every step is done
  executed_at timestamptz,
  -- the closure check: what was looked at, and what by nature remains until when
  report jsonb,
  -- after a failure: when it is tried again
  again_at timestamptz,
  check ((executed_at is null) = (report is null))
);
create index destruction_runs_unfinished on destruction_runs (started_at) where executed_at is null;
create trigger destruction_runs_audited after insert or update or delete on destruction_runs for each statement execute function audit_required();

create table destruction_steps (
  register_id uuid not null references destruction_runs (register_id),
  position smallint not null check (position between 1 and 10),
  step text not null check (step in ('ledger', 'wraps', 'survivors', 'snapshot', 'keys', 'objects', 'catalogue', 'index', 'traces', 'closure')),
  -- open: begun, or still to begin; failed: the last attempt failed and it is tried again
  state text not null default 'open' check (state in ('open', 'failed', 'done')),
  attempts integer not null default 0,
  why text,
  facts jsonb not null default '{}',
  tried_at timestamptz,
  done_at timestamptz,
  primary key (register_id, step),
  unique (register_id, position),
  check ((state = 'done') = (done_at is not null)),
  check ((state = 'failed') = (why is not null))
);
create trigger destruction_steps_audited after insert or update or delete on destruction_steps for each statement execute function audit_required();

create function destruction_step_goes_on() returns trigger language plpgsql as $$
begin
  if old.state = 'done' then
    raise exception 'a step that is done stays so' using errcode = 'restrict_violation';
  end if;
  if new.state = 'done' and exists (select from destruction_steps s where s.register_id = new.register_id and s.position < new.position and s.state <> 'done') then
    raise exception 'the steps of a destruction are taken in order' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger destruction_step_goes_on before update on destruction_steps for each row execute function destruction_step_goes_on();

-- The sealed bytes of each object in the store. `locked`: the store refuses to let go of them until the date.
create table destruction_copies (
  object_id uuid primary key references objects (id),
  -- after a restore the register itself may not be there
  register_id uuid not null,
  record_id uuid not null references records (id),
  state text not null default 'kept' check (state in ('kept', 'locked', 'gone')),
  locked_until timestamptz,
  gone_at timestamptz,
  check ((state = 'gone') = (gone_at is not null))
);
create index destruction_copies_by_register on destruction_copies (register_id, record_id);
create index destruction_copies_waiting on destruction_copies (locked_until nulls first) where state <> 'gone';
create index destruction_copies_by_record on destruction_copies (record_id) where state <> 'gone';
create trigger destruction_copies_audited after insert or update or delete on destruction_copies for each statement execute function audit_required();

create function destruction_copy_goes() returns trigger language plpgsql as $$
begin
  if old.state = 'gone' or (new.object_id, new.register_id, new.record_id) is distinct from (old.object_id, old.register_id, old.record_id) then
    raise exception 'a copy that is gone stays so' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger destruction_copy_goes before update on destruction_copies for each row execute function destruction_copy_goes();

-- Certificates of destruction 销毁证明: signed documents, sealed objects of their own without a term. The supplement says that what
-- was still under lock is gone too.
create table destruction_certificates (
  id uuid primary key,
  number text not null unique check (number ~ '^Z-[0-9]{4}-[0-9]{6}(-S)?$'),
  register_id uuid not null references destruction_registers (id),
  kind text not null check (kind in ('main', 'supplement')),
  object_id uuid not null unique references objects (id),
  size bigint not null check (size > 0),
  document_digest text not null check (document_digest ~ '^sha256:[0-9a-f]{64}$'),
  data_digest text not null check (data_digest ~ '^sha256:[0-9a-f]{64}$'),
  items integer not null check (items > 0),
  locked integer not null check (locked >= 0),
  made_at timestamptz not null,
  entry_id uuid not null,
  unique (register_id, kind)
);
create index destruction_certificates_by_time on destruction_certificates (made_at desc, id desc);
create trigger destruction_certificates_audited after insert or update or delete on destruction_certificates
  for each statement execute function audit_required();

create function destruction_certified() returns trigger language plpgsql as $$
begin
  if exists (select from destruction_runs r where r.register_id = new.register_id and r.executed_at is null)
    or (select count(*) from destruction_appointments p where p.register_id = new.register_id and p.ended_at is null and p.office = 'supervisor' and p.witnessed_at is not null) <> 2 then
    raise exception 'a destruction is certified once it was carried out and both supervisors have signed' using errcode = 'check_violation';
  end if;
  if new.kind = 'supplement' and exists (select from destruction_copies c where c.register_id = new.register_id and c.state <> 'gone') then
    raise exception 'copies under lock remain' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger destruction_certified before insert on destruction_certificates for each row execute function destruction_certified();

-- What was destroyed, in an order without gaps; each entry is kept outside the database too, before a key is touched. A catalogue
-- that lacks one is older than the ledger and is not served until it was replayed.
create table destruction_ledger (
  number integer primary key check (number >= 1),
  register_id uuid not null unique,
  register_number text not null,
  digest bytea not null check (octet_length(digest) = 32),
  at timestamptz not null,
  -- taken over from outside, after a restore
  replayed boolean not null default false
);
create trigger destruction_ledger_audited after insert or update or delete on destruction_ledger for each statement execute function audit_required();

create table destruction_ledger_records (
  record_id uuid primary key,
  number integer not null references destruction_ledger (number),
  replayed boolean not null default false
);
create trigger destruction_ledger_records_audited after insert or update or delete on destruction_ledger_records
  for each statement execute function audit_required();

grant select, insert on destruction_runs, destruction_steps, destruction_copies, destruction_certificates, destruction_ledger, destruction_ledger_records to lantai_app;
grant update (executed_at, report, again_at) on destruction_runs to lantai_app;
grant update (state, attempts, why, facts, tried_at, done_at) on destruction_steps to lantai_app;
grant update (state, locked_until, gone_at) on destruction_copies to lantai_app;
-- a restored database counts on where the snapshots outside stopped
grant select, update on sequence key_snapshot_numbers to lantai_app;

create function replayed_record(record uuid) returns boolean language sql stable as $$
  select exists (select from destruction_ledger_records where record_id = record and replayed)
$$;

-- Records. Begun only by an executing register that lists them, free of everything that keeps a record; shredded once no key is left,
-- destroyed once no copy is left and every step was taken.
create function record_destroyed_in_order() returns trigger language plpgsql as $$
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
    if new.state = 'destroying' and (new.held or record_is_held(new.id) or new.restricted or greatest(new.term_until, new.term_minimum) > current_date + 1) then
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
create trigger records_destroyed_in_order before update of state on records for each row
  when (new.state <> old.state and (new.state in ('destroying', 'shredded', 'destroyed') or old.state in ('destroying', 'shredded', 'destroyed')))
  execute function record_destroyed_in_order();

create function destruction_item_is_so() returns trigger language plpgsql as $$
begin
  if exists (select from objects o where o.record_id = new.record_id and o.state <> 'destroyed' and (new.state = 'destroyed' or o.state <> 'shredded')) then
    raise exception 'a key or a copy of the record remains' using errcode = 'check_violation';
  end if;
  if new.state = 'destroyed' and (exists (select from destruction_copies c where c.record_id = new.record_id and c.state <> 'gone')
      or exists (select from destruction_steps s where s.register_id = new.register_id and s.state <> 'done' and s.step <> 'closure')) then
    raise exception 'a copy of the record remains' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger destruction_item_is_so before update of state on destruction_items for each row
  when (new.state in ('shredded', 'destroyed') and new.state <> old.state) execute function destruction_item_is_so();

create function destruction_carried_out() returns trigger language plpgsql as $$
begin
  if not exists (select from destruction_runs r where r.register_id = new.id and r.executed_at is not null)
    or exists (select from destruction_steps s where s.register_id = new.id and s.state <> 'done') then
    raise exception 'a step of the destruction is not done' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger destruction_carried_out before update of state on destruction_registers for each row
  when (old.state = 'executing' and new.state = 'open') execute function destruction_carried_out();

-- A destruction of keys begins at its beginning, except where the ledger says that it has ended.
create function key_destruction_born_named() returns trigger language plpgsql as $$
begin
  if not exists (select from destruction_ledger l where l.register_id = new.id and l.replayed) then
    raise exception 'a destruction of keys begins with naming them' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger key_destruction_born_named before insert on key_destructions for each row when (new.state <> 'named') execute function key_destruction_born_named();

-- The tombstone 注销标识: number, class and dates stay; whatever speaks of people or says what it was about goes from the catalogue,
-- its history and what was made for searching. Only of records whose keys are gone.
create function destruction_erase(ids uuid[]) returns integer
  -- triggers of the tables it touches look for their functions in `public`, where nobody but the owner makes any
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  gone uuid[];
  erased integer;
begin
  select array_agg(id order by id) into gone from public.records where id = any (ids) and state in ('shredded', 'destroyed');
  update public.records set title = '', client_number = '', client_name_masked = '', client_name_sealed = null, client_phone_masked = '', client_phone_key = null,
      staff_number = '', staff_name = '', staff_account = '', tags = '{}', cross_reference = '', missing = '[]', sent_back_reason = null, evaluation = null,
      similar_to = null, submitted_by = null, submitted_account = null, special_term_asked_by = null, return_call_at = null
    where id = any (gone);
  get diagnostics erased = row_count;
  update public.records set similar_to = null where similar_to = any (gone);
  update public.record_files set name = '', extension = '', media_type = '', flags = '{}' where record_id = any (gone);
  update public.record_history set old_value = null, new_value = null where record_id = any (gone) and (old_value is not null or new_value is not null);
  update public.corrections set reason_sealed = '\x'::bytea where record_id = any (gone);
  delete from public.file_texts where record_id = any (gone);
  delete from public.false_alarms where record_id = any (gone);
  delete from public.masked_counts where record_id = any (gone);
  return erased;
end
$$;
revoke all on function destruction_erase(uuid[]) from public;
grant execute on function destruction_erase(uuid[]) to lantai_app;

-- Uploads that an import of these records left behind: the rows it rejected, and the key of the file it read.
create function destruction_forget_imports(ids uuid[]) returns integer
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  brought uuid[];
  forgotten integer;
begin
  select array_agg(distinct import_id) into brought from public.records where id = any (ids) and import_id is not null and state in ('shredded', 'destroyed');
  delete from public.import_rejects where import_id = any (brought);
  get diagnostics forgotten = row_count;
  update public.imports set spool_key = null where id = any (brought) and spool_key is not null and state <> 'running';
  return forgotten;
end
$$;
revoke all on function destruction_forget_imports(uuid[]) from public;
grant execute on function destruction_forget_imports(uuid[]) to lantai_app;
