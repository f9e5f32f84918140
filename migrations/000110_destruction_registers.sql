-- Appraisal 鉴定 of records whose term is over, and the register of what is to be destroyed 销毁清册. What the code decides
-- (who takes part, in which order, over exactly which list) is refused here too, whatever program writes.

create table disposition_numbers (
  kind text not null check (kind in ('appraisal', 'register')),
  year integer not null check (year between 1900 and 9999),
  last integer not null check (last between 1 and 999999),
  primary key (kind, year)
);

create table appraisals (
  id uuid primary key,
  number text not null unique check (number ~ '^J-[0-9]{4}-[0-9]{6}$'),
  state text not null check (state in ('draft', 'signing', 'decided', 'withdrawn')),
  made_by uuid not null,
  made_at timestamptz not null,
  -- the rules under which its group was named
  rules text,
  -- SHA-256 of the list with its proposals: what every member signs
  digest bytea check (octet_length(digest) = 32),
  item_count integer check (item_count > 0),
  submitted_at timestamptz,
  decided_at timestamptz,
  ended_at timestamptz,
  constraint appraisals_submitted check ((state in ('signing', 'decided')) <= (digest is not null and item_count is not null and submitted_at is not null and rules is not null)),
  check ((state = 'decided') = (decided_at is not null)),
  check ((state in ('decided', 'withdrawn')) = (ended_at is not null))
);
create index appraisals_by_time on appraisals (made_at desc, id desc);
create index appraisals_open on appraisals (made_at, id) where state in ('draft', 'signing');
create trigger appraisals_audited after insert or update or delete on appraisals for each statement execute function audit_required();

-- One decision for many records; the last one can be taken back until the appraisal is submitted.
create table appraisal_steps (
  appraisal_id uuid not null references appraisals (id),
  step integer not null check (step >= 1),
  made_by uuid not null,
  made_at timestamptz not null,
  proposal text not null check (proposal in ('destroy', 'extend', 'transfer', 'keep')),
  years integer check (years between 0 and 200),
  months integer check (months between 0 and 11),
  -- permanent keeping names its legal basis
  basis text check (char_length(basis) between 1 and 500),
  reason_sealed bytea not null,
  items integer not null check (items > 0),
  undone_at timestamptz,
  primary key (appraisal_id, step),
  constraint appraisal_steps_new_term check ((proposal = 'extend') = (years is not null) and (years is null) = (months is null) and coalesce(years + months, 1) > 0),
  constraint appraisal_steps_basis check ((proposal = 'keep') <= (basis is not null))
);
create trigger appraisal_steps_audited after insert or update or delete on appraisal_steps for each statement execute function audit_required();

create table appraisal_items (
  appraisal_id uuid not null references appraisals (id),
  record_id uuid not null references records (id),
  position integer not null check (position >= 1),
  department text not null,
  -- the decision that stands; null = none yet
  step integer,
  -- what an extension comes to for this record, counted from its own anchor
  new_until date,
  outcome text check (outcome in ('destroy', 'extended', 'transfer', 'kept', 'open')),
  live boolean not null default true,
  primary key (appraisal_id, record_id),
  unique (appraisal_id, position),
  foreign key (appraisal_id, step) references appraisal_steps (appraisal_id, step)
);
-- a record is under one appraisal at a time
create unique index appraisal_items_one_live on appraisal_items (record_id) where live;
create index appraisal_items_by_record on appraisal_items (record_id);
create index appraisal_items_to_destroy on appraisal_items (record_id) where outcome = 'destroy';
create trigger appraisal_items_audited after insert or update or delete on appraisal_items for each statement execute function audit_required();

-- What a decision took the place of, for taking it back.
create table appraisal_step_items (
  appraisal_id uuid not null,
  step integer not null,
  record_id uuid not null,
  before integer,
  primary key (appraisal_id, step, record_id),
  foreign key (appraisal_id, step) references appraisal_steps (appraisal_id, step),
  foreign key (appraisal_id, record_id) references appraisal_items (appraisal_id, record_id) on delete cascade
);
create trigger appraisal_step_items_audited after insert or update or delete on appraisal_step_items for each statement execute function audit_required();

-- The group 鉴定小组: a place for each, filled by who signs it.
create table appraisal_members (
  appraisal_id uuid not null references appraisals (id),
  position integer not null check (position >= 0),
  rule text not null,
  role text not null,
  department text,
  person_id uuid,
  account_id uuid,
  answer text check (answer in ('agree', 'dissent')),
  digest bytea check (octet_length(digest) = 32),
  opinion_sealed bytea,
  at timestamptz,
  entry_id uuid,
  primary key (appraisal_id, position),
  constraint appraisal_members_signed check ((answer is null) = (person_id is null) and (answer is null) = (digest is null) and (answer is null) = (at is null) and (answer is null) = (entry_id is null)),
  constraint appraisal_members_dissent_says_why check (answer is distinct from 'dissent' or opinion_sealed is not null)
);
-- nobody signs for two
create unique index appraisal_members_different_persons on appraisal_members (appraisal_id, person_id) where person_id is not null;
create trigger appraisal_members_audited after insert or update or delete on appraisal_members for each statement execute function audit_required();

-- Records on which a member does not agree with the proposal.
create table appraisal_dissents (
  appraisal_id uuid not null,
  position integer not null,
  record_id uuid not null,
  primary key (appraisal_id, position, record_id),
  foreign key (appraisal_id, position) references appraisal_members (appraisal_id, position),
  foreign key (appraisal_id, record_id) references appraisal_items (appraisal_id, record_id)
);
create trigger appraisal_dissents_audited after insert or update or delete on appraisal_dissents for each statement execute function audit_required();

create function appraisal_moves() returns trigger language plpgsql as $$
begin
  if not ((old.state = 'draft' and new.state in ('signing', 'withdrawn')) or (old.state = 'signing' and new.state in ('decided', 'withdrawn'))) then
    raise exception 'an appraisal does not go from % to %', old.state, new.state using errcode = 'check_violation';
  end if;
  if new.state = 'signing' then
    if exists (select from appraisal_items i where i.appraisal_id = new.id and i.step is null) then
      raise exception 'every record of an appraisal needs a proposal' using errcode = 'check_violation';
    end if;
    if new.item_count <> (select count(*) from appraisal_items i where i.appraisal_id = new.id) or not exists (select from appraisal_members m where m.appraisal_id = new.id) then
      raise exception 'an appraisal has records and a group' using errcode = 'check_violation';
    end if;
  elsif new.state = 'decided' and exists (select from appraisal_members m where m.appraisal_id = new.id and m.digest is distinct from old.digest) then
    raise exception 'an appraisal is decided once every member has signed its list' using errcode = 'check_violation';
  end if;
  if old.state = 'signing' and (new.digest is distinct from old.digest or new.item_count is distinct from old.item_count) then
    raise exception 'what is signed does not change' using errcode = 'check_violation';
  end if;
  if new.state in ('decided', 'withdrawn') then
    update appraisal_items set live = false where appraisal_id = new.id;
  end if;
  return new;
end
$$;
create trigger appraisal_moves before update of state, digest, item_count on appraisals for each row execute function appraisal_moves();

create function appraisal_born_draft() returns trigger language plpgsql as $$
begin
  raise exception 'an appraisal begins as a draft' using errcode = 'check_violation';
end
$$;
create trigger appraisal_born_draft before insert on appraisals for each row when (new.state <> 'draft') execute function appraisal_born_draft();

-- List and proposals change in a draft only; outcomes are written while it is signed.
create function appraisal_item_changes() returns trigger language plpgsql as $$
declare
  now_state text;
begin
  select a.state into now_state from appraisals a where a.id = coalesce(new.appraisal_id, old.appraisal_id) for share;
  if tg_op = 'UPDATE' and new.step is not distinct from old.step and new.record_id = old.record_id and new.position = old.position and new.department = old.department then
    if now_state <> 'draft' and new.new_until is distinct from old.new_until or now_state <> 'signing' and new.outcome is distinct from old.outcome then
      raise exception 'an appraisal is changed as a draft' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if now_state <> 'draft' or (tg_op = 'INSERT' and (new.step is not null or new.outcome is not null)) then
    raise exception 'an appraisal is changed as a draft' using errcode = 'check_violation';
  end if;
  return coalesce(new, old);
end
$$;
create trigger appraisal_item_changes before insert or update or delete on appraisal_items for each row execute function appraisal_item_changes();

create function appraisal_member_signs() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.answer is not null or not exists (select from appraisals a where a.id = new.appraisal_id and a.state = 'draft') then
      raise exception 'the group is named when an appraisal is submitted' using errcode = 'check_violation';
    end if;
  elsif old.answer is not null or not exists (select from appraisals a where a.id = new.appraisal_id and a.state = 'signing' and a.digest = new.digest) then
    raise exception 'a member signs once, and exactly the list that was submitted' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger appraisal_member_signs before insert or update on appraisal_members for each row execute function appraisal_member_signs();

-- What appraisals gave records beyond their rule: a further term from the original anchor, or keeping on a legal basis.
create table record_extensions (
  id uuid primary key,
  record_id uuid not null references records (id),
  appraisal_id uuid not null references appraisals (id),
  at timestamptz not null,
  years integer,
  months integer,
  permanent boolean not null,
  basis text,
  until date not null,
  entry_id uuid not null,
  check (permanent = (years is null) and (years is null) = (months is null)),
  constraint permanent_keeping_has_a_basis check (not permanent or basis is not null)
);
create index record_extensions_by_record on record_extensions (record_id, at desc);
create trigger record_extensions_audited after insert or update or delete on record_extensions for each statement execute function audit_required();

create function record_extension_decided() returns trigger language plpgsql as $$
begin
  if not exists (select from appraisals a join appraisal_items i on i.appraisal_id = a.id
      where a.id = new.appraisal_id and a.state = 'decided' and i.record_id = new.record_id
        and i.outcome = case when new.permanent then 'kept' else 'extended' end and (new.permanent or i.new_until = new.until)) then
    raise exception 'a term is extended by an appraisal' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger record_extension_decided before insert on record_extensions for each row execute function record_extension_decided();

-- 销毁清册. `approved`: all agreed, the pause runs; `checked`: the supervisors have checked the list; `open`: carried out as far
-- as it goes, not signed as witnessed or copies under lock remain.
create table destruction_registers (
  id uuid primary key,
  number text not null unique check (number ~ '^X-[0-9]{4}-[0-9]{6}$'),
  state text not null check (state in ('draft', 'frozen', 'approving', 'approved', 'checked', 'executing', 'open', 'closed', 'rejected', 'voided', 'stopped')),
  -- a list that lost items to a rejection is signed anew by everybody
  round integer not null default 1 check (round >= 1),
  made_by_person uuid not null,
  made_by_account uuid not null,
  made_at timestamptz not null,
  -- where and how, as form 8 asks
  place text not null default '' check (char_length(place) <= 200),
  -- the rules under which it was frozen
  rules text,
  digest bytea check (octet_length(digest) = 32),
  item_count integer not null default 0 check (item_count >= 0),
  frozen_at timestamptz,
  approved_at timestamptz,
  -- end of the pause in which anyone named may stop it
  execute_after timestamptz,
  checked_at timestamptz,
  executing_at timestamptz,
  opened_at timestamptz,
  closed_at timestamptz,
  stopped_at timestamptz,
  ended_at timestamptz,
  ended_by uuid,
  end_reason_sealed bytea,
  constraint registers_frozen check (state in ('draft', 'stopped') or (digest is not null and frozen_at is not null and rules is not null and item_count > 0)),
  constraint registers_approved check (state not in ('approved', 'checked', 'executing', 'open', 'closed') or (approved_at is not null and execute_after >= approved_at)),
  constraint registers_wait_out_the_pause check (executing_at is null or executing_at >= execute_after),
  check (state not in ('executing', 'open', 'closed') or executing_at is not null),
  check ((state = 'closed') = (closed_at is not null)),
  check ((state = 'stopped') = (stopped_at is not null)),
  check ((state in ('rejected', 'voided', 'stopped')) = (ended_at is not null)),
  constraint registers_stopped_by_somebody check (state not in ('rejected', 'stopped') or (ended_by is not null and end_reason_sealed is not null))
);
create index destruction_registers_by_time on destruction_registers (made_at desc, id desc);
create index destruction_registers_live on destruction_registers (state, made_at, id) where state not in ('closed', 'rejected', 'voided', 'stopped');
create trigger destruction_registers_audited after insert or update or delete on destruction_registers for each statement execute function audit_required();

create table destruction_items (
  register_id uuid not null references destruction_registers (id),
  position integer not null check (position >= 1),
  record_id uuid not null references records (id),
  appraisal_id uuid not null references appraisals (id),
  -- what was true of it when the list was frozen, and its digest
  facts jsonb,
  digest bytea check (octet_length(digest) = 32),
  -- released: its register came to nothing
  state text not null default 'listed' check (state in ('listed', 'rejected', 'struck', 'destroying', 'shredded', 'destroyed', 'released')),
  -- what had changed when it was struck
  struck_for text[] not null default '{}',
  reason_sealed bytea,
  decided_by uuid,
  decided_at timestamptz,
  primary key (register_id, position),
  unique (register_id, record_id),
  check ((facts is null) = (digest is null)),
  constraint destruction_items_rejected_with_a_reason check (state <> 'rejected' or (reason_sealed is not null and decided_by is not null and decided_at is not null))
);
-- a record stands in one live register at most, and what was destroyed never stands in another
create unique index destruction_items_one_live on destruction_items (record_id) where state in ('listed', 'destroying', 'shredded', 'destroyed');
create index destruction_items_by_record on destruction_items (record_id);
create trigger destruction_items_audited after insert or update or delete on destruction_items for each statement execute function audit_required();

create table destruction_approvals (
  register_id uuid not null references destruction_registers (id),
  round integer not null check (round >= 1),
  position integer not null check (position >= 0),
  step text not null,
  role text not null,
  state text not null check (state in ('waiting', 'open', 'agreed', 'refused', 'dropped')),
  opened_at timestamptz,
  person_id uuid,
  account_id uuid,
  -- the list that was signed
  digest bytea check (octet_length(digest) = 32),
  answer text check (answer in ('agree', 'refuse')),
  reason_sealed bytea,
  at timestamptz,
  entry_id uuid,
  primary key (register_id, round, position),
  constraint destruction_approvals_signed check (
    (answer is null) = (person_id is null) and (answer is null) = (digest is null) and (answer is null) = (at is null) and (answer is null) = (entry_id is null)
    and (state = 'agreed') <= (answer is not distinct from 'agree') and (state = 'refused') <= (answer is not distinct from 'refuse')
    and (state in ('waiting', 'open')) <= (answer is null)),
  constraint destruction_refused_with_a_reason check (answer is distinct from 'refuse' or reason_sealed is not null)
);
create unique index destruction_approvals_one_open on destruction_approvals (register_id) where state = 'open';
create unique index destruction_approvals_different_persons on destruction_approvals (register_id, round, person_id) where person_id is not null;
create index destruction_approvals_by_person on destruction_approvals (person_id, at desc) where person_id is not null;
create index destruction_approvals_open on destruction_approvals (opened_at) where state = 'open';
create trigger destruction_approvals_audited after insert or update or delete on destruction_approvals for each statement execute function audit_required();

-- Who carries it out, and the two who witness it 监销人: one of them at least from outside the archive.
create table destruction_appointments (
  id uuid primary key,
  register_id uuid not null references destruction_registers (id),
  office text not null check (office in ('executor', 'supervisor')),
  seat smallint not null default 1,
  person_id uuid not null,
  outside boolean not null,
  appointed_by uuid not null,
  appointed_at timestamptz not null,
  entry_id uuid not null,
  -- another took the place
  ended_at timestamptz,
  -- a supervisor's signatures: before, that the list was checked; after, that it was witnessed
  checked_at timestamptz,
  checked_digest bytea check (octet_length(checked_digest) = 32),
  check_entry uuid,
  witnessed_at timestamptz,
  witness_entry uuid,
  check (seat = 1 or (office = 'supervisor' and seat = 2)),
  check ((checked_at is null) = (checked_digest is null) and (checked_at is null) = (check_entry is null)),
  check ((witnessed_at is null) = (witness_entry is null)),
  constraint supervisors_sign check (office = 'supervisor' or (checked_at is null and witnessed_at is null)),
  constraint witnessed_after_checked check (witnessed_at is null or checked_at is not null)
);
create unique index destruction_appointments_one_a_seat on destruction_appointments (register_id, office, seat) where ended_at is null;
create index destruction_appointments_by_person on destruction_appointments (person_id, appointed_at desc) where ended_at is null;
create trigger destruction_appointments_audited after insert or update or delete on destruction_appointments for each statement execute function audit_required();

-- Everybody who takes part in a register, once. Filled by the triggers below alone: the key is what keeps the persons different.
create table destruction_persons (
  register_id uuid not null references destruction_registers (id),
  person_id uuid not null,
  office text not null check (office in ('maker', 'approver', 'executor', 'supervisor')),
  round integer not null default 1,
  constraint destruction_different_persons primary key (register_id, person_id)
);

create function destruction_maker_takes_part() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.destruction_persons (register_id, person_id, office) values (new.id, new.made_by_person, 'maker');
  return null;
end
$$;
create trigger destruction_maker_takes_part after insert on destruction_registers for each row execute function destruction_maker_takes_part();

create function destruction_approver_takes_part() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  -- one who approved an earlier round of the list may approve the next
  update public.destruction_persons set round = new.round where register_id = new.register_id and person_id = new.person_id and office = 'approver' and round < new.round;
  if not found then
    insert into public.destruction_persons (register_id, person_id, office, round) values (new.register_id, new.person_id, 'approver', new.round);
  end if;
  return null;
end
$$;
create trigger destruction_approver_takes_part after update of person_id on destruction_approvals for each row
  when (new.person_id is not null and old.person_id is null) execute function destruction_approver_takes_part();

create function destruction_appointee_takes_part() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    insert into public.destruction_persons (register_id, person_id, office) values (new.register_id, new.person_id, new.office);
  else
    delete from public.destruction_persons where register_id = new.register_id and person_id = new.person_id;
  end if;
  return null;
end
$$;
create trigger destruction_appointee_takes_part after insert on destruction_appointments for each row execute function destruction_appointee_takes_part();
create trigger destruction_appointee_leaves after update of ended_at on destruction_appointments for each row
  when (old.ended_at is null and new.ended_at is not null) execute function destruction_appointee_takes_part();

create function destruction_register_moves() returns trigger language plpgsql as $$
begin
  if old.state <> new.state and not (
    (old.state = 'draft' and new.state in ('frozen', 'stopped'))
    or (old.state = 'frozen' and new.state in ('approving', 'voided', 'stopped'))
    or (old.state = 'approving' and new.state in ('approved', 'rejected', 'voided', 'stopped'))
    or (old.state = 'approved' and new.state in ('checked', 'voided', 'stopped'))
    or (old.state = 'checked' and new.state in ('executing', 'voided', 'stopped'))
    or (old.state = 'executing' and new.state = 'open')
    or (old.state = 'open' and new.state = 'closed')) then
    raise exception 'a destruction register does not go from % to %', old.state, new.state using errcode = 'check_violation';
  end if;
  if new.number <> old.number or new.made_by_person <> old.made_by_person or new.made_by_account <> old.made_by_account then
    raise exception 'a register keeps its number and its maker' using errcode = 'check_violation';
  end if;
  if old.state <> 'draft' and (new.digest is distinct from old.digest or new.item_count <> old.item_count) and not (old.state = 'approving' and new.state = 'approving' and new.round = old.round + 1) then
    raise exception 'the list of a register is frozen' using errcode = 'check_violation';
  end if;
  if new.round <> old.round and (new.round <> old.round + 1 or new.state <> 'approving' or exists (
      select from destruction_approvals a where a.register_id = new.id and a.round = old.round and a.state in ('waiting', 'open', 'agreed'))) then
    raise exception 'a list is signed anew once nothing stands of the former round' using errcode = 'check_violation';
  end if;
  if old.state = 'draft' and new.state = 'frozen' or new.round <> old.round then
    if new.item_count <> (select count(*) from destruction_items i where i.register_id = new.id and i.state = 'listed')
      or exists (select from destruction_items i where i.register_id = new.id and i.state = 'listed' and i.digest is null) then
      raise exception 'a register is frozen over all its items' using errcode = 'check_violation';
    end if;
  end if;
  if old.state = 'approving' and new.state = 'approved' and (
      not exists (select from destruction_approvals a where a.register_id = new.id and a.round = new.round)
      or exists (select from destruction_approvals a where a.register_id = new.id and a.round = new.round and (a.state <> 'agreed' or a.digest <> new.digest))) then
    raise exception 'a register is approved once everybody asked has signed its very list' using errcode = 'check_violation';
  end if;
  if old.state = 'approved' and new.state = 'checked' and (
      (select count(*) from destruction_appointments p where p.register_id = new.id and p.ended_at is null and p.office = 'executor') <> 1
      or (select count(*) from destruction_appointments p where p.register_id = new.id and p.ended_at is null and p.office = 'supervisor' and p.checked_digest = new.digest) <> 2
      or not exists (select from destruction_appointments p where p.register_id = new.id and p.ended_at is null and p.office = 'supervisor' and p.outside)) then
    raise exception 'two supervisors check the list, one of them from outside the archive' using errcode = 'check_violation';
  end if;
  if old.state = 'open' and new.state = 'closed' and (
      (select count(*) from destruction_appointments p where p.register_id = new.id and p.ended_at is null and p.office = 'supervisor' and p.witnessed_at is not null) <> 2
      or exists (select from destruction_items i where i.register_id = new.id and i.state in ('listed', 'destroying', 'shredded'))) then
    raise exception 'a register stays open until both supervisors have signed and nothing remains' using errcode = 'check_violation';
  end if;
  if new.state in ('rejected', 'voided', 'stopped') then
    update destruction_items set state = 'released' where register_id = new.id and state = 'listed';
  end if;
  return new;
end
$$;
create trigger destruction_register_moves before update on destruction_registers for each row execute function destruction_register_moves();

create function destruction_register_born_draft() returns trigger language plpgsql as $$
begin
  raise exception 'a register begins as a draft' using errcode = 'check_violation';
end
$$;
create trigger destruction_register_born_draft before insert on destruction_registers for each row when (new.state <> 'draft') execute function destruction_register_born_draft();

create function destruction_item_changes() returns trigger language plpgsql as $$
declare
  now_state text;
begin
  select r.state into now_state from destruction_registers r where r.id = coalesce(new.register_id, old.register_id) for share;
  if tg_op <> 'UPDATE' then
    if now_state <> 'draft' or (tg_op = 'INSERT' and new.state <> 'listed') then
      raise exception 'the list of a register is frozen' using errcode = 'check_violation';
    end if;
    if tg_op = 'INSERT' and not exists (select from appraisals a join appraisal_items x on x.appraisal_id = a.id
        where a.id = new.appraisal_id and a.state = 'decided' and x.record_id = new.record_id and x.outcome = 'destroy') then
      raise exception 'only what was appraised is put on a register' using errcode = 'check_violation';
    end if;
    return coalesce(new, old);
  end if;
  if now_state <> 'draft' and (new.facts is distinct from old.facts or new.digest is distinct from old.digest)
    or new.record_id <> old.record_id or new.register_id <> old.register_id or new.appraisal_id <> old.appraisal_id or new.position <> old.position then
    raise exception 'the list of a register is frozen' using errcode = 'check_violation';
  end if;
  if new.state <> old.state and not (
    (old.state = 'listed' and (
      (new.state = 'rejected' and now_state = 'approving') or (new.state = 'released' and now_state not in ('executing', 'open', 'closed'))
      or (new.state = 'struck' and now_state in ('frozen', 'approving', 'approved', 'checked', 'executing')) or (new.state = 'destroying' and now_state = 'executing')))
    or (old.state = 'destroying' and new.state in ('shredded', 'destroyed'))
    or (old.state = 'shredded' and new.state = 'destroyed')) then
    raise exception 'an item of a register that is % does not go from % to %', now_state, old.state, new.state using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger destruction_item_changes before insert or update or delete on destruction_items for each row execute function destruction_item_changes();

create function destruction_approval_in_order() returns trigger language plpgsql as $$
declare
  register destruction_registers;
begin
  select * into register from destruction_registers r where r.id = new.register_id for update;
  if tg_op = 'INSERT' then
    if new.answer is not null or new.state not in ('waiting', 'open') or register.state not in ('frozen', 'approving') then
      raise exception 'the approvals of a register are named when it is frozen' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if old.answer is not null and (new.answer is distinct from old.answer or new.person_id <> old.person_id or new.digest <> old.digest or new.state not in (old.state, 'dropped')) then
    raise exception 'what was signed stays' using errcode = 'check_violation';
  end if;
  if new.answer is not null and old.answer is null then
    if register.state <> 'approving' or old.state <> 'open' or new.round <> register.round or new.digest <> register.digest then
      raise exception 'an approval is given in its turn, over the very list' using errcode = 'check_violation';
    end if;
  end if;
  if new.state in ('open', 'agreed') and exists (
      select from destruction_approvals a where a.register_id = new.register_id and a.round = new.round and a.position < new.position and a.state <> 'agreed') then
    raise exception 'the approvals of a register are given in order' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger destruction_approval_in_order before insert or update on destruction_approvals for each row execute function destruction_approval_in_order();

create function destruction_appointment_changes() returns trigger language plpgsql as $$
declare
  register destruction_registers;
begin
  select * into register from destruction_registers r where r.id = new.register_id for update;
  if tg_op = 'INSERT' then
    if register.state not in ('frozen', 'approving', 'approved') or new.checked_at is not null or new.witnessed_at is not null or new.ended_at is not null then
      raise exception 'nobody is appointed now' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if new.person_id <> old.person_id or new.office <> old.office or new.seat <> old.seat or new.outside <> old.outside or new.register_id <> old.register_id then
    raise exception 'an appointment is ended, not changed' using errcode = 'check_violation';
  end if;
  if new.ended_at is distinct from old.ended_at and (old.ended_at is not null or register.state not in ('frozen', 'approving', 'approved') or old.checked_at is not null) then
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
create trigger destruction_appointment_changes before insert or update on destruction_appointments for each row execute function destruction_appointment_changes();

-- Whoever is of the archive is no supervisor from outside.
create function destruction_supervisor_from_outside() returns trigger language plpgsql as $$
begin
  if exists (select from role_grants g where g.person_id = new.person_id and g.state = 'active' and g.role in ('records_clerk', 'records_manager')) then
    raise exception 'a person of the archive is not from outside' using errcode = 'check_violation', constraint = 'supervisor_from_outside';
  end if;
  return new;
end
$$;
create trigger destruction_supervisor_from_outside before insert on destruction_appointments for each row when (new.outside) execute function destruction_supervisor_from_outside();

-- Records: extended by an appraisal, approved by a register that everybody signed, back to due only when nothing lists them any more.
create function record_extended() returns trigger language plpgsql as $$
begin
  if old.state <> 'due' or not exists (select from record_extensions e where e.record_id = new.id and e.until = new.term_until) then
    raise exception 'a record is extended by an appraisal' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger records_extended before update of state on records for each row
  when (new.state = 'extended' and old.state <> 'extended') execute function record_extended();

create function record_approved() returns trigger language plpgsql as $$
begin
  if old.state <> 'due' or new.held or new.restricted or not exists (
      select from destruction_items i join destruction_registers r on r.id = i.register_id
      where i.record_id = new.id and i.state = 'listed' and r.state = 'approved'
        and (r.approved_at at time zone 'UTC')::date >= greatest(new.term_until, new.term_minimum)) then
    raise exception 'a record is approved for destruction by its register' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger records_approved before update of state on records for each row
  when (new.state = 'approved' and old.state <> 'approved') execute function record_approved();

create function record_back_to_due() returns trigger language plpgsql as $$
begin
  if exists (select from destruction_items i where i.record_id = new.id and i.state = 'listed') then
    raise exception 'a record stands on a live register' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger records_back_to_due before update of state on records for each row
  when (old.state = 'approved' and new.state = 'due') execute function record_back_to_due();

grant select, insert on appraisal_dissents, record_extensions to lantai_app;
grant select, insert, update on disposition_numbers to lantai_app;
grant select, insert, delete on appraisal_step_items to lantai_app;
grant select, insert on appraisals, appraisal_steps, appraisal_members, destruction_registers, destruction_approvals, destruction_appointments to lantai_app;
grant select, insert, delete on appraisal_items, destruction_items to lantai_app;
grant select on destruction_persons to lantai_app;
grant update (state, rules, digest, item_count, submitted_at, decided_at, ended_at) on appraisals to lantai_app;
grant update (undone_at) on appraisal_steps to lantai_app;
grant update (step, new_until, outcome, live) on appraisal_items to lantai_app;
grant update (person_id, account_id, answer, digest, opinion_sealed, at, entry_id) on appraisal_members to lantai_app;
grant update (state, round, place, rules, digest, item_count, frozen_at, approved_at, execute_after, checked_at, executing_at, opened_at, closed_at, stopped_at, ended_at, ended_by, end_reason_sealed) on destruction_registers to lantai_app;
grant update (facts, digest, state, struck_for, reason_sealed, decided_by, decided_at) on destruction_items to lantai_app;
grant update (state, opened_at, person_id, account_id, digest, answer, reason_sealed, at, entry_id) on destruction_approvals to lantai_app;
grant update (ended_at, checked_at, checked_digest, check_entry, witnessed_at, witness_entry) on destruction_appointments to lantai_app;
