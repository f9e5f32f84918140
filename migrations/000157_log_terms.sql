-- The end of the term of a log: its entries are destroyed by a register of its own kind, while the hashes of its leaves, its tiles and its
-- checkpoints stay. What the code decides (who takes part, in which order, over exactly what) is refused here too, whatever program writes.

alter table disposition_numbers drop constraint disposition_numbers_kind_check;
alter table disposition_numbers add constraint disposition_numbers_kind_check check (kind in ('appraisal', 'register', 'log'));

-- A hold over a log keeps its entries, `all` those of every log; one over records keeps the logs that speak of them.
alter table holds add column log text check (log = 'all' or log ~ '^[0-9]{4}[b-z]?$');
alter table holds drop constraint holds_scope_check, add constraint holds_scope_check check (scope in ('list', 'client', 'query', 'log'));
alter table holds add constraint holds_over_a_log check ((scope = 'log') = (log is not null));
create function hold_log_stays() returns trigger language plpgsql as $$
begin
  raise exception 'what a hold is about does not change' using errcode = 'check_violation', constraint = 'holds_stay';
end
$$;
create trigger hold_log_stays before update on holds for each row when (new.log is distinct from old.log) execute function hold_log_stays();

-- Numbers of the holds that keep the entries of a log: over it, or over a record that it speaks of. Empty: none.
create function log_holds(which text) returns text[] language sql stable as $$
  select coalesce(array_agg(h.number order by h.number), '{}') from holds h
    where h.state in ('in_force', 'lifting') and (h.log in (which, 'all')
      or exists (select from hold_records x join audit_entries e on e.record_id = x.record_id::text and e.log = which where x.hold_id = h.id and x.until is null))
$$;

-- `approved`: all agreed, the pause runs; `checked`: the supervisors have checked it; `open`: carried out as far as it goes.
create table log_destructions (
  id uuid primary key,
  number text not null unique check (number ~ '^U-[0-9]{4}-[0-9]{6}$'),
  log text not null check (log ~ '^[0-9]{4}[b-z]?$'),
  state text not null check (state in ('approving', 'approved', 'checked', 'executing', 'open', 'closed', 'rejected', 'voided', 'stopped')),
  made_by_person uuid not null,
  made_by_account uuid not null,
  made_by_pseudonym text not null,
  made_at timestamptz not null,
  -- what goes: every entry and every bundle of the log, up to this size under this root
  size bigint not null check (size > 0),
  root bytea not null check (octet_length(root) = 32),
  bundles bigint not null check (bundles = (size + 255) / 256),
  first_at timestamptz not null,
  last_at timestamptz not null,
  -- by what: rule and version of the schedule, last day of keeping
  rule text not null,
  schedule text not null,
  term_until date not null,
  -- rules of destruction under which it was made
  rules text not null,
  -- SHA-256 of all this: what everybody signs
  digest bytea not null check (octet_length(digest) = 32),
  approved_at timestamptz,
  execute_after timestamptz,
  checked_at timestamptz,
  executing_at timestamptz,
  policy text,
  -- how far it is carried out: bundles that are gone, those that the store still locks; entries that are gone
  bundles_gone bigint not null default 0,
  entries_gone bigint not null default 0,
  attempts integer not null default 0,
  why text,
  again_at timestamptz,
  opened_at timestamptz,
  closed_at timestamptz,
  ended_at timestamptz,
  ended_by uuid,
  end_reason_sealed bytea,
  constraint log_destructions_approved check (state not in ('approved', 'checked', 'executing', 'open', 'closed') or (approved_at is not null and execute_after >= approved_at)),
  constraint log_destructions_wait_out_the_pause check (executing_at is null or executing_at >= execute_after),
  check (state not in ('executing', 'open', 'closed') or (executing_at is not null and policy is not null)),
  check ((state in ('open', 'closed')) = (opened_at is not null)),
  check ((state = 'closed') = (closed_at is not null)),
  check ((state in ('rejected', 'voided', 'stopped')) = (ended_at is not null)),
  constraint log_destructions_stopped_by_somebody check (state not in ('rejected', 'stopped') or (ended_by is not null and end_reason_sealed is not null))
);
create unique index log_destructions_one_live on log_destructions (log) where state not in ('rejected', 'voided', 'stopped');
create index log_destructions_by_time on log_destructions (made_at desc, id desc);
create trigger log_destructions_audited after insert or update or delete on log_destructions for each statement execute function audit_required();

create table log_destruction_approvals (
  register_id uuid not null references log_destructions (id),
  position integer not null check (position >= 0),
  step text not null,
  role text not null,
  state text not null check (state in ('waiting', 'open', 'agreed', 'refused', 'dropped')),
  opened_at timestamptz,
  person_id uuid,
  account_id uuid,
  pseudonym text,
  digest bytea check (octet_length(digest) = 32),
  reason_sealed bytea,
  at timestamptz,
  entry_id uuid,
  primary key (register_id, position),
  constraint log_destruction_approvals_signed check (
    (person_id is null) = (digest is null) and (person_id is null) = (at is null) and (person_id is null) = (entry_id is null) and (person_id is null) = (pseudonym is null)
    and (state in ('agreed', 'refused')) = (person_id is not null)),
  constraint log_destruction_refused_with_a_reason check (state <> 'refused' or reason_sealed is not null)
);
create unique index log_destruction_approvals_one_open on log_destruction_approvals (register_id) where state = 'open';
create trigger log_destruction_approvals_audited after insert or update or delete on log_destruction_approvals for each statement execute function audit_required();

create table log_destruction_appointments (
  id uuid primary key,
  register_id uuid not null references log_destructions (id),
  office text not null check (office in ('executor', 'supervisor')),
  seat smallint not null check (seat = 1 or (office = 'supervisor' and seat = 2)),
  person_id uuid not null,
  outside boolean not null,
  appointed_by uuid not null,
  appointed_at timestamptz not null,
  entry_id uuid not null,
  ended_at timestamptz,
  checked_at timestamptz,
  checked_digest bytea check (octet_length(checked_digest) = 32),
  witnessed_at timestamptz,
  check ((checked_at is null) = (checked_digest is null)),
  check (office = 'supervisor' or (checked_at is null and witnessed_at is null)),
  check (witnessed_at is null or checked_at is not null)
);
create unique index log_destruction_appointments_one_a_seat on log_destruction_appointments (register_id, office, seat) where ended_at is null;
create trigger log_destruction_appointments_audited after insert or update or delete on log_destruction_appointments for each statement execute function audit_required();
create trigger log_destruction_supervisor_from_outside before insert on log_destruction_appointments for each row when (new.outside) execute function destruction_supervisor_from_outside();

-- Everybody who takes part in a register, once. Filled by the trigger below alone: the key is what keeps the persons different.
create table log_destruction_persons (
  register_id uuid not null references log_destructions (id),
  person_id uuid not null,
  constraint destruction_of_log_different_persons primary key (register_id, person_id)
);

-- Bundles that the store still locks, each version of each object, until it lets go of them.
create table log_destruction_copies (
  register_id uuid not null references log_destructions (id),
  key text not null,
  version text not null,
  locked_until timestamptz,
  gone_at timestamptz,
  primary key (register_id, key, version)
);
create index log_destruction_copies_waiting on log_destruction_copies (register_id, locked_until) where gone_at is null;
create trigger log_destruction_copies_audited after insert or update or delete on log_destruction_copies for each statement execute function audit_required();

create function log_destruction_takes_part() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_table_name = 'log_destructions' then
    insert into public.log_destruction_persons (register_id, person_id) values (new.id, new.made_by_person);
  elsif tg_op = 'UPDATE' and tg_table_name = 'log_destruction_appointments' then
    delete from public.log_destruction_persons where register_id = new.register_id and person_id = new.person_id;
  else
    insert into public.log_destruction_persons (register_id, person_id) values (new.register_id, new.person_id);
  end if;
  return null;
end
$$;
create trigger log_destruction_maker_takes_part after insert on log_destructions for each row execute function log_destruction_takes_part();
create trigger log_destruction_approver_takes_part after update of person_id on log_destruction_approvals for each row
  when (new.person_id is not null and old.person_id is null) execute function log_destruction_takes_part();
create trigger log_destruction_appointee_takes_part after insert on log_destruction_appointments for each row execute function log_destruction_takes_part();
create trigger log_destruction_appointee_leaves after update of ended_at on log_destruction_appointments for each row
  when (old.ended_at is null and new.ended_at is not null) execute function log_destruction_takes_part();

-- What became of the entries of a log: destroyed, under a signed certificate that names size and root. The hashes of its leaves stay: in
-- the full tiles of level 0, and those beyond them here.
create table audit_gone (
  log text primary key check (log ~ '^[0-9]{4}[b-z]?$'),
  size bigint not null check (size > 0),
  root bytea not null check (octet_length(root) = 32),
  tail bytea not null check (octet_length(tail) = 32 * (size % 256)),
  first_at timestamptz not null,
  last_at timestamptz not null,
  -- number of the procedure, version of the schedule, when
  procedure text not null,
  rule text not null,
  at timestamptz not null,
  -- the certificate (C2SP signed note), and when it stood in the store
  note text not null,
  published_at timestamptz,
  -- the last entry is gone
  removed_at timestamptz,
  -- taken over from the store, after a restore
  again boolean not null default false
);
create trigger audit_gone_audited after insert or update or delete on audit_gone for each statement execute function audit_required();

create function audit_gone_is_so() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if not new.again and not exists (select from log_destructions d where d.number = new.procedure and d.log = new.log and d.state = 'executing'
        and d.size = new.size and d.root = new.root and d.schedule = new.rule) then
      raise exception 'entries of the log are destroyed by a register that is carried out' using errcode = 'check_violation';
    end if;
    if new.published_at is not null or new.removed_at is not null
      or new.log >= (select max(h.log) from audit_heads h)
      or not exists (select from audit_heads h where h.log = new.log and h.size = new.size and h.root = new.root)
      or exists (select from audit_heads h where h.log = new.log and h.size > new.size)
      or (select count(*) from audit_entries e where e.log = new.log) <> new.size
      or (select count(*) from audit_tiles l where l.log = new.log and l.level = 0) <> new.size / 256
      or new.tail <> coalesce((select string_agg(e.leaf_hash, ''::bytea order by e.sequence) from audit_entries e where e.log = new.log and e.sequence >= new.size / 256 * 256), '') then
      raise exception 'hashes of the log do not stand for its entries' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if (new.log, new.size, new.root, new.tail, new.first_at, new.last_at, new.procedure, new.rule, new.at, new.note, new.again)
      is distinct from (old.log, old.size, old.root, old.tail, old.first_at, old.last_at, old.procedure, old.rule, old.at, old.note, old.again)
    or (old.published_at is not null and new.published_at is distinct from old.published_at) or (old.removed_at is not null and new.removed_at is distinct from old.removed_at) then
    raise exception 'what is certified stays' using errcode = 'check_violation';
  end if;
  if new.removed_at is not null and old.removed_at is null and (new.published_at is null or exists (select from audit_entries e where e.log = new.log)) then
    raise exception 'entries of the log remain' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger audit_gone_is_so before insert or update on audit_gone for each row execute function audit_gone_is_so();

-- Removes the first entries that are left of a log that is certified as gone, with their side rows; how many. No role deletes them in any other way.
create function audit_remove_entries(which text, most integer) returns bigint
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  removed bigint;
begin
  if not exists (select from public.audit_gone g where g.log = which and g.published_at is not null and g.removed_at is null) then
    raise exception 'entries of this log are kept' using errcode = 'check_violation';
  end if;
  -- like every change it needs an entry in its transaction
  insert into public.audit_marks (xact) values (pg_current_xact_id()) on conflict do nothing;
  with doomed as materialized (select e.sequence, e.id from public.audit_entries e where e.log = which order by e.sequence limit most),
    sides as (delete from public.audit_side s using doomed d where s.entry_id = d.id),
    gone as (delete from public.audit_entries e using doomed d where e.log = which and e.sequence = d.sequence returning 1)
    select count(*) into removed from gone;
  return removed;
end
$$;
revoke all on function audit_remove_entries(text, integer) from public;

-- After a restore: what the store certifies as gone is so again, whatever register stands in the catalogue that was restored.
create function audit_gone_again(which text, n bigint, tree bytea, leaves bytea, began timestamptz, ended timestamptz, by_procedure text, by_rule text, since timestamptz, certificate text)
  returns void language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into public.audit_gone (log, size, root, tail, first_at, last_at, procedure, rule, at, note, again)
    values (which, n, tree, leaves, began, ended, by_procedure, by_rule, since, certificate, true);
  update public.log_destructions set state = 'voided', ended_at = now() where log = which and state in ('approving', 'approved', 'checked');
end
$$;
revoke all on function audit_gone_again(text, bigint, bytea, bytea, timestamptz, timestamptz, text, text, timestamptz, text) from public;

create function log_destruction_moves() returns trigger
  -- as the owner: it locks the holds while it looks for one
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if new.state <> 'approving' then
      raise exception 'a register of a log begins with its approvals' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if (new.id, new.number, new.log, new.made_by_person, new.made_by_account, new.made_by_pseudonym, new.made_at, new.size, new.root, new.bundles, new.first_at, new.last_at, new.rule,
      new.schedule, new.term_until, new.rules, new.digest) is distinct from (old.id, old.number, old.log, old.made_by_person, old.made_by_account, old.made_by_pseudonym, old.made_at, old.size,
      old.root, old.bundles, old.first_at, old.last_at, old.rule, old.schedule, old.term_until, old.rules, old.digest) then
    raise exception 'what is signed does not change' using errcode = 'check_violation';
  end if;
  if old.state = new.state then
    return new;
  end if;
  if not (
    (old.state = 'approving' and new.state in ('approved', 'rejected', 'voided', 'stopped'))
    or (old.state = 'approved' and new.state in ('checked', 'voided', 'stopped'))
    or (old.state = 'checked' and new.state in ('executing', 'voided', 'stopped'))
    or (old.state = 'executing' and new.state = 'open')
    or (old.state = 'open' and new.state = 'closed')) then
    raise exception 'a destruction register does not go from % to %', old.state, new.state using errcode = 'check_violation';
  end if;
  if new.state = 'approved' and (
      not exists (select from public.log_destruction_approvals a where a.register_id = new.id)
      or exists (select from public.log_destruction_approvals a where a.register_id = new.id and (a.state <> 'agreed' or a.digest <> new.digest))) then
    raise exception 'a register is approved once everybody asked has signed it' using errcode = 'check_violation';
  end if;
  if new.state in ('checked', 'executing') and (
      (select count(*) from public.log_destruction_appointments p where p.register_id = new.id and p.ended_at is null and p.office = 'executor') <> 1
      or (select count(*) from public.log_destruction_appointments p where p.register_id = new.id and p.ended_at is null and p.office = 'supervisor' and p.checked_digest = new.digest) <> 2) then
    raise exception 'two supervisors check the list' using errcode = 'check_violation';
  end if;
  if new.state in ('checked', 'executing') and not exists (select from public.log_destruction_appointments p where p.register_id = new.id and p.ended_at is null and p.office = 'supervisor' and p.outside
      and not exists (select from public.role_grants g where g.person_id = p.person_id and g.state = 'active' and g.role in ('records_clerk', 'records_manager'))) then
    raise exception 'no supervisor is from outside the archive any more' using errcode = 'check_violation', constraint = 'supervisor_from_outside';
  end if;
  if new.state = 'executing' then
    -- a hold that is being set comes before, or waits until this is decided
    lock table public.holds in share row exclusive mode;
    if cardinality(public.log_holds(new.log)) > 0 then
      raise exception 'a hold stands over this log' using errcode = 'check_violation', constraint = 'log_kept_by_hold';
    end if;
    if new.term_until >= (new.executing_at at time zone 'UTC')::date + 1 then
      raise exception 'the term of this log is not over' using errcode = 'check_violation';
    end if;
  end if;
  if new.state = 'open' and not exists (select from public.audit_gone g where g.log = new.log and g.removed_at is not null) then
    raise exception 'entries of the log remain' using errcode = 'check_violation';
  end if;
  if new.state = 'closed' and (
      (select count(*) from public.log_destruction_appointments p where p.register_id = new.id and p.ended_at is null and p.office = 'supervisor' and p.witnessed_at is not null) <> 2
      or exists (select from public.log_destruction_copies c where c.register_id = new.id and c.gone_at is null)) then
    raise exception 'a register stays open until both supervisors have signed and nothing remains' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger log_destruction_moves before insert or update on log_destructions for each row execute function log_destruction_moves();

create function log_destruction_approval_in_order() returns trigger language plpgsql as $$
declare
  register log_destructions;
begin
  select * into register from log_destructions r where r.id = new.register_id for update;
  if register.state <> 'approving' then
    raise exception 'the approvals of a register are given while it asks for them' using errcode = 'check_violation';
  end if;
  if tg_op = 'INSERT' then
    if new.person_id is not null or new.state not in ('waiting', 'open') or exists (select from log_destruction_approvals a where a.register_id = new.register_id and a.person_id is not null) then
      raise exception 'the approvals of a register are named when it is made' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if old.person_id is not null or (new.register_id, new.position, new.step, new.role) is distinct from (old.register_id, old.position, old.step, old.role) then
    raise exception 'what was signed stays' using errcode = 'check_violation';
  end if;
  if new.person_id is not null and (old.state <> 'open' or new.digest <> register.digest) then
    raise exception 'an approval is given in its turn, over the very list' using errcode = 'check_violation';
  end if;
  if new.state in ('open', 'agreed') and exists (
      select from log_destruction_approvals a where a.register_id = new.register_id and a.position < new.position and a.state <> 'agreed') then
    raise exception 'the approvals of a register are given in order' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger log_destruction_approval_in_order before insert or update on log_destruction_approvals for each row execute function log_destruction_approval_in_order();

create function log_destruction_appointment_changes() returns trigger language plpgsql as $$
declare
  register log_destructions;
begin
  select * into register from log_destructions r where r.id = new.register_id for update;
  if tg_op = 'INSERT' then
    if register.state not in ('approving', 'approved') or new.checked_at is not null or new.witnessed_at is not null or new.ended_at is not null then
      raise exception 'nobody is appointed now' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if (new.person_id, new.office, new.seat, new.outside, new.register_id) is distinct from (old.person_id, old.office, old.seat, old.outside, old.register_id) then
    raise exception 'an appointment is ended, not changed' using errcode = 'check_violation';
  end if;
  if new.ended_at is distinct from old.ended_at and (old.ended_at is not null or register.state not in ('approving', 'approved') or old.checked_at is not null) then
    raise exception 'nobody leaves now' using errcode = 'check_violation';
  end if;
  if new.checked_at is distinct from old.checked_at and (old.checked_at is not null or register.state <> 'approved' or new.checked_digest <> register.digest or old.ended_at is not null) then
    raise exception 'a supervisor checks the approved list, once' using errcode = 'check_violation';
  end if;
  if new.witnessed_at is distinct from old.witnessed_at and (old.witnessed_at is not null or register.state <> 'open' or old.ended_at is not null) then
    raise exception 'a destruction is witnessed after it was carried out, once' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger log_destruction_appointment_changes before insert or update on log_destruction_appointments for each row execute function log_destruction_appointment_changes();

create function log_destruction_copy_goes() returns trigger language plpgsql as $$
begin
  if old.gone_at is not null then
    raise exception 'a copy that is gone stays so' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger log_destruction_copy_goes before update on log_destruction_copies for each row execute function log_destruction_copy_goes();

-- What is published of a log may be removed where it is a partial part, or a bundle of entries that are certified as gone.
alter table audit_published drop constraint audit_published_check1;
alter table audit_published add constraint audit_published_removed check (removed_at is null or full_at is not null or key like '%/tile/entries/%');
create function audit_published_stays() returns trigger language plpgsql as $$
begin
  if new.full_at is null and not exists (select from audit_gone g where g.log = new.log and g.published_at is not null) then
    raise exception 'entries of this log are kept' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger audit_published_stays before update of removed_at on audit_published for each row when (new.removed_at is not null) execute function audit_published_stays();

-- Sums over entries that are gone: counted for the last time before they went, so that all counts can be made anew and compared.
create table audit_counts_gone (
  log text not null,
  day date not null,
  actor integer not null,
  kind integer not null,
  n integer not null,
  primary key (log, day, actor, kind)
);

grant select, insert on log_destructions, log_destruction_approvals, log_destruction_appointments, log_destruction_copies to lantai_app;
grant select on log_destruction_persons to lantai_app;
grant update (state, approved_at, execute_after, checked_at, executing_at, policy, bundles_gone, entries_gone, attempts, why, again_at, opened_at, closed_at, ended_at, ended_by, end_reason_sealed) on log_destructions to lantai_app;
grant update (state, opened_at, person_id, account_id, pseudonym, digest, reason_sealed, at, entry_id) on log_destruction_approvals to lantai_app;
grant update (ended_at, checked_at, checked_digest, witnessed_at) on log_destruction_appointments to lantai_app;
grant update (locked_until, gone_at) on log_destruction_copies to lantai_app;
grant select, insert (log, size, root, tail, first_at, last_at, procedure, rule, at, note), update (published_at, removed_at) on audit_gone to lantai_app;
grant select on audit_gone to lantai_integrator;
grant select, insert, delete on audit_counts_gone to lantai_integrator;
grant select on audit_counts_gone to lantai_app;
grant execute on function audit_remove_entries(text, integer) to lantai_app;
grant execute on function audit_gone_again(text, bigint, bytea, bytea, timestamptz, timestamptz, text, text, timestamptz, text) to lantai_replay;
grant select on audit_gone to lantai_replay;
