-- Applications for reading 查阅申请: apply, decide in order, read under a grant, hand back.
-- What the code decides (order of the steps, nobody's own application, different persons) is refused here too.

create table request_numbers (
  year integer primary key check (year between 1900 and 9999),
  last integer not null check (last between 1 and 999999)
);

create table requests (
  id uuid primary key,
  number text not null unique check (number ~ '^Q-[0-9]{4}-[0-9]{6}$'),
  kind text not null check (kind in ('internal', 'external', 'confidential')),
  form text not null check (form in ('view', 'print', 'copy', 'paper')),
  state text not null check (state in ('submitted', 'approved', 'expired', 'returned', 'refused', 'lapsed', 'withdrawn')),
  applicant uuid not null,
  account_id uuid not null,
  department text not null,
  purpose text not null,
  -- sealed: why, ticket; who the outsider is; what was typed to name the records
  reason_sealed bytea,
  outsider_sealed bytea,
  named_sealed bytea,
  named_by text not null check (named_by in ('records', 'client', 'search')),
  -- on what it goes to somebody outside
  basis text,
  reference_sealed bytea,
  law text not null default '',
  assessment text not null default '',
  -- names something that the applicant may not find: he is told the outcome alone
  hidden boolean not null,
  -- SHA-256 of the list as it was applied for
  digest text not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
  records integer not null check (records >= 0),
  -- more than an application may name: the oldest are left out
  cut boolean not null,
  acts text[] not null check (acts <@ array['view', 'print', 'download']),
  readings integer check (readings > 0),
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  policy text not null,
  entry_id uuid not null,
  submitted_at timestamptz not null,
  -- what is left of it after the approvers took away
  left_acts text[] not null,
  left_readings integer,
  left_starts_at timestamptz not null,
  left_ends_at timestamptz not null,
  grant_id uuid,
  decided_at timestamptz,
  -- why it came to nothing, where no approver said so
  refused_for text check (refused_for in ('no_approver', 'unanswered', 'withdrawn')),
  ended_at timestamptz,
  result text,
  result_sealed bytea,
  -- reminders sent since its time was over; the archive may ask for it back before
  overdue_reminders integer not null default 0,
  recalled_at timestamptz,
  unique (id, applicant),
  check (kind <> 'external' or (outsider_sealed is not null and basis is not null)),
  check ((state = 'returned') = (result is not null)),
  check (left_acts <@ acts and left_starts_at >= starts_at and left_ends_at <= ends_at),
  check (readings is null or left_readings <= readings)
);
create index requests_by_applicant on requests (applicant, submitted_at desc, id desc);
create index requests_by_time on requests (submitted_at desc, id desc);
create index requests_running on requests (left_ends_at) where state in ('approved', 'expired');
create trigger requests_audited after insert or update or delete on requests for each statement execute function audit_required();

create table request_steps (
  request_id uuid not null,
  position integer not null check (position >= 0),
  applicant uuid not null,
  rule text not null,
  role text not null,
  department text,
  escalate text,
  different boolean not null,
  state text not null check (state in ('waiting', 'open', 'agreed', 'refused', 'unanswered', 'dropped')),
  opened_at timestamptz,
  remind_at timestamptz,
  escalate_at timestamptz,
  due_at timestamptz,
  reminded_at timestamptz,
  escalated_at timestamptz,
  decided_by uuid,
  -- the absent approver for whom a deputy decided
  decided_for uuid,
  decided_as text check (decided_as in ('own', 'deputy', 'escalated')),
  decided_at timestamptz,
  reason_sealed bytea,
  narrowed boolean not null default false,
  primary key (request_id, position),
  foreign key (request_id, applicant) references requests (id, applicant),
  constraint nobody_decides_his_own check (decided_by <> applicant and decided_for <> applicant),
  constraint answered_by_somebody check ((state in ('agreed', 'refused')) = (decided_by is not null)),
  constraint answered_with_a_reason check ((decided_by is null) = (reason_sealed is null)),
  check ((decided_by is null) = (decided_at is null) and (decided_by is null) = (decided_as is null)),
  check ((decided_as = 'deputy') = (decided_for is not null)),
  check (state <> 'open' or (opened_at is not null and due_at is not null))
);
create unique index request_steps_one_open on request_steps (request_id) where state = 'open';
create unique index request_steps_different_persons on request_steps (request_id, decided_by) where decided_by is not null and different;
create index request_steps_open on request_steps (due_at) where state = 'open';
create index request_steps_by_decider on request_steps (decided_by, decided_at desc) where decided_by is not null;
create trigger request_steps_audited after insert or update or delete on request_steps for each statement execute function audit_required();

create function request_steps_in_order() returns trigger language plpgsql as $$
begin
  if exists (select from request_steps s where s.request_id = new.request_id and s.position < new.position and s.state <> 'agreed') then
    raise exception 'the steps of an application are taken in order' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger request_steps_in_order before update of state on request_steps for each row
  when (new.state in ('open', 'agreed', 'refused')) execute function request_steps_in_order();

create function request_agreed_by_all() returns trigger language plpgsql as $$
begin
  if not exists (select from request_steps s where s.request_id = new.id)
    or exists (select from request_steps s where s.request_id = new.id and s.state <> 'agreed') then
    raise exception 'an application is granted once every step agreed' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger request_agreed_by_all before update of state on requests for each row
  when (new.state = 'approved' and old.state <> 'approved') execute function request_agreed_by_all();
create function request_born_open() returns trigger language plpgsql as $$
begin
  raise exception 'no application is granted from the start' using errcode = 'check_violation';
end
$$;
create trigger request_born_open before insert on requests for each row
  when (new.state not in ('submitted', 'refused')) execute function request_born_open();

create table request_records (
  request_id uuid not null references requests (id),
  record_id uuid not null references records (id),
  department text not null,
  -- whether the applicant could find it, and whether it may be granted for the purpose at all
  listed boolean not null,
  fit text not null check (fit in ('fit', 'purpose', 'state', 'restricted')),
  -- false: an approver took it out
  kept boolean not null default true,
  primary key (request_id, record_id)
);
create index request_records_by_record on request_records (record_id);
create trigger request_records_audited after insert or update or delete on request_records for each statement execute function audit_required();

-- Letter and identity of a person from outside: sealed objects like any content.
create table request_papers (
  id uuid primary key,
  request_id uuid not null references requests (id),
  kind text not null check (kind in ('letter', 'identity')),
  object_id uuid not null unique references objects (id),
  name_sealed bytea not null,
  media_type text not null,
  size bigint not null check (size > 0)
);
create index request_papers_by_request on request_papers (request_id);
create trigger request_papers_audited after insert or update or delete on request_papers for each statement execute function audit_required();

-- Who decides while an approver is away, chosen by the approver.
create table request_deputies (
  id uuid primary key,
  person_id uuid not null,
  deputy_id uuid not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  made_at timestamptz not null,
  ended_at timestamptz,
  constraint nobody_is_his_own_deputy check (deputy_id <> person_id),
  check (ends_at > starts_at)
);
create index request_deputies_by_deputy on request_deputies (deputy_id, starts_at, ends_at) where ended_at is null;
create index request_deputies_by_person on request_deputies (person_id, starts_at desc);
create trigger request_deputies_audited after insert or update or delete on request_deputies for each statement execute function audit_required();

-- What people are told of inside the product; to one person, or to whoever holds a role.
create table request_notices (
  id uuid primary key,
  request_id uuid not null references requests (id),
  kind text not null check (kind in ('remind', 'escalate', 'told', 'decided', 'overdue', 'recall')),
  to_person uuid,
  to_role text,
  to_department text,
  made_at timestamptz not null,
  check ((to_person is null) <> (to_role is null))
);
create index request_notices_to_person on request_notices (to_person, made_at desc) where to_person is not null;
create index request_notices_to_role on request_notices (to_role, made_at desc) where to_role is not null;
create index request_notices_by_request on request_notices (request_id, made_at);
create trigger request_notices_audited after insert or update or delete on request_notices for each statement execute function audit_required();

-- Up to when somebody has seen his notices.
create table request_notices_seen (
  person_id uuid primary key,
  seen_to timestamptz not null
);

grant select, insert on request_records, request_papers, request_notices to lantai_app;
grant select, insert, update on request_numbers, request_notices_seen to lantai_app;
grant select, insert on requests, request_steps, request_deputies to lantai_app;
grant update (state, left_acts, left_readings, left_starts_at, left_ends_at, grant_id, decided_at, refused_for, ended_at, result, result_sealed, overdue_reminders, recalled_at) on requests to lantai_app;
grant update (state, opened_at, remind_at, escalate_at, due_at, reminded_at, escalated_at, decided_by, decided_for, decided_as, decided_at, reason_sealed, narrowed) on request_steps to lantai_app;
grant update (kept) on request_records to lantai_app;
grant update (ended_at) on request_deputies to lantai_app;
