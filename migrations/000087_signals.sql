-- Signals in what was read, and the cases that look into them. Other kinds of rule files live like scheme and schedule.

alter table rule_files drop constraint rule_files_kind_check;
alter table rule_files add constraint rule_files_kind_check check (kind ~ '^[a-z][a-z_]{1,30}$');

-- Free text of a reading under a key, folded: the same words give the same bytes, and nobody without the key can say which words.
create table reading_note_keys (
  reading_id uuid primary key references readings (id),
  note_key bytea not null check (octet_length(note_key) = 32)
);
create trigger reading_note_keys_audited after insert or update or delete on reading_note_keys for each statement execute function audit_required();
grant select, insert on reading_note_keys to lantai_app;

create index readings_by_time on readings (opened_at, id);
create index readings_by_end on readings (ended_at) where ended_at is not null;

-- A case 核查: opened by a signal, worked by somebody else than the person it is about, closed with an outcome.
create table signal_cases (
  id uuid primary key,
  number text not null unique check (number ~ '^C-[0-9]{4}-[0-9]{6}$'),
  -- whom it is about
  person_id uuid not null references persons (id),
  kind text not null,
  opened_at timestamptz not null,
  state text not null check (state in ('open', 'working', 'closed')),
  assignee uuid references persons (id),
  assigned_by uuid references persons (id),
  assigned_at timestamptz,
  outcome text check (outcome in ('justified', 'not_justified', 'rule_too_strict')),
  closed_by uuid references persons (id),
  closed_at timestamptz,
  entry_id uuid not null,
  constraint nobody_works_his_own_case check (assignee <> person_id and assigned_by <> person_id and closed_by <> person_id),
  constraint working_has_assignee check ((state = 'open') = (assignee is null)),
  constraint assigned_by_somebody check ((assignee is null) = (assigned_at is null) and (assignee is null) = (assigned_by is null)),
  constraint closed_with_outcome check ((state = 'closed') = (outcome is not null) and (state = 'closed') = (closed_by is not null) and (state = 'closed') = (closed_at is not null))
);
create unique index signal_cases_one_open on signal_cases (person_id, kind) where state <> 'closed';
create index signal_cases_by_time on signal_cases (opened_at desc, id desc);
create index signal_cases_waiting on signal_cases (opened_at desc, id desc) where state <> 'closed';
create trigger signal_cases_audited after insert or update or delete on signal_cases for each statement execute function audit_required();

-- What is closed stays closed, and nothing of where it came from changes.
create function signal_case_moves_on() returns trigger language plpgsql as $$
begin
  if old.state = 'closed' or (old.state = 'working' and new.state = 'open') then
    raise exception 'a case only moves on' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger signal_case_moves_on before update on signal_cases for each row execute function signal_case_moves_on();
create sequence signal_case_numbers;

-- A signal 异常提示: what one detector saw in one person's day, with its figures and the readings or entries it rests on.
create table signals (
  id uuid primary key,
  kind text not null check (kind in ('volume', 'outside_clients', 'after_complaint', 'refusals', 'outside_hours', 'not_returned', 'same_text')),
  person_id uuid not null references persons (id),
  day date not null,
  -- `signals@2026-01@sha256:…` that it was raised under
  rules text not null,
  figures jsonb not null,
  -- ids of readings, or of audit entries where it rests on refusals; the first hundred
  evidence uuid[] not null check (cardinality(evidence) between 1 and 100),
  case_id uuid not null references signal_cases (id),
  raised_at timestamptz not null,
  entry_id uuid not null,
  unique (kind, person_id, day)
);
create index signals_by_case on signals (case_id, day);
create index signals_by_time on signals (raised_at desc, id desc);
create trigger signals_audited after insert or update or delete on signals for each statement execute function audit_required();

create table signal_case_notes (
  id uuid primary key,
  case_id uuid not null references signal_cases (id),
  written_by uuid not null references persons (id),
  at timestamptz not null,
  text_sealed bytea not null,
  entry_id uuid not null
);
create index signal_case_notes_by_case on signal_case_notes (case_id, at, id);
create trigger signal_case_notes_audited after insert or update or delete on signal_case_notes for each statement execute function audit_required();

create function signal_note_is_anothers() returns trigger language plpgsql as $$
begin
  if exists (select from signal_cases where id = new.case_id and person_id = new.written_by) then
    raise exception 'nobody writes in his own case' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger signal_note_is_anothers before insert on signal_case_notes for each row execute function signal_note_is_anothers();

-- Days that were looked through, under which rules: what makes the daily work repeatable and its gaps visible.
create table signal_days (
  day date primary key,
  rules text not null,
  looked_at timestamptz not null,
  readings integer not null,
  signals integer not null
);
create trigger signal_days_audited after insert or update or delete on signal_days for each statement execute function audit_required();

grant select, insert on signal_cases, signals, signal_case_notes, signal_days to lantai_app;
grant update (state, assignee, assigned_by, assigned_at, outcome, closed_by, closed_at) on signal_cases to lantai_app;
grant usage on sequence signal_case_numbers to lantai_app;
