-- Requests of clients about their personal data (PIPL articles 44 to 50): who asked what, when it is due, who did which step.
create table privacy_requests (
  id uuid primary key,
  year integer not null,
  serial integer not null check (serial > 0),
  kind text not null check (kind in ('copy', 'correction', 'erasure', 'restriction', 'explanation', 'withdrawal')),
  channel text not null,
  client_number text not null,
  received_at timestamptz not null,
  -- what is asked, who asks and how to reach them, sealed
  asked_sealed bytea not null,
  state text not null check (state in ('received', 'identified', 'examined', 'decided', 'answered', 'closed')),
  due date not null,
  extended_to date,
  policy text not null,
  two_persons boolean not null,
  registered_by uuid not null,
  registered_at timestamptz not null,
  identity_method text check (identity_method in ('document', 'call_back', 'account', 'agent')),
  outcome text check (outcome in ('fulfil', 'partly', 'restrict', 'refuse')),
  ground text,
  decided_by uuid,
  decided_at timestamptz,
  answered_at timestamptz,
  closed_at timestamptz,
  unique (year, serial),
  check (extended_to > due),
  check ((outcome is null) = (decided_by is null) and (decided_by is null) = (decided_at is null)),
  check ((state in ('decided', 'answered', 'closed')) = (outcome is not null)),
  check ((outcome in ('partly', 'restrict', 'refuse')) = (ground is not null) or outcome is null and ground is null),
  check ((state in ('answered', 'closed')) = (answered_at is not null)),
  check ((state = 'closed') = (closed_at is not null)),
  constraint privacy_second_person check (not two_persons or decided_by is null or decided_by <> registered_by)
);
create index privacy_requests_by_time on privacy_requests (received_at desc, id desc);
create index privacy_requests_open on privacy_requests (coalesce(extended_to, due), id) where state not in ('answered', 'closed');
create index privacy_requests_by_client on privacy_requests (client_number, received_at desc);
create trigger privacy_requests_audited after insert or update or delete on privacy_requests for each statement execute function audit_required();

-- Every step: who, when, why.
create table privacy_steps (
  id bigint generated always as identity primary key,
  request_id uuid not null references privacy_requests (id),
  at timestamptz not null,
  by_person uuid not null,
  step text not null check (step in ('register', 'identify', 'examine', 'extend', 'decide', 'answer', 'close')),
  note_sealed bytea,
  facts jsonb not null default '{}',
  entry_id uuid not null
);
create index privacy_steps_by_request on privacy_steps (request_id, id);
create trigger privacy_steps_audited after insert or update or delete on privacy_steps for each statement execute function audit_required();

-- Records that a decision marked for destruction. Only destruction itself settles such a mark.
create table privacy_erasures (
  request_id uuid not null references privacy_requests (id),
  record_id uuid not null references records (id),
  primary key (request_id, record_id)
);
create index privacy_erasures_by_record on privacy_erasures (record_id);
create trigger privacy_erasures_audited after insert or update or delete on privacy_erasures for each statement execute function audit_required();

-- Files that go into a client's copy, or do not, decided one by one.
create table privacy_files (
  request_id uuid not null references privacy_requests (id),
  file_id uuid not null references record_files (id),
  approved boolean not null,
  by_person uuid not null,
  at timestamptz not null,
  primary key (request_id, file_id)
);
create trigger privacy_files_audited after insert or update or delete on privacy_files for each statement execute function audit_required();

-- Copies that were made; the package itself is kept nowhere.
create table privacy_copies (
  id uuid primary key,
  request_id uuid not null references privacy_requests (id),
  made_by uuid not null,
  began_at timestamptz not null,
  ended_at timestamptz,
  -- whether all of it left; null while it runs, or where the process ended before it could say
  whole boolean,
  records integer not null,
  included integer,
  files integer,
  bytes bigint,
  check ((ended_at is null) = (whole is null))
);
create index privacy_copies_by_request on privacy_copies (request_id, began_at);
create trigger privacy_copies_audited after insert or update or delete on privacy_copies for each statement execute function audit_required();

-- Letters to the client, as they were made, sealed.
create table privacy_letters (
  id uuid primary key,
  request_id uuid not null references privacy_requests (id),
  kind text not null check (kind in ('receipt', 'extension', 'fulfilment', 'refusal')),
  lang text not null check (lang in ('zh', 'en')),
  pdf_sealed bytea not null check (octet_length(pdf_sealed) <= 4194304),
  made_by uuid not null,
  made_at timestamptz not null,
  entry_id uuid not null
);
create index privacy_letters_by_request on privacy_letters (request_id, made_at);
create trigger privacy_letters_audited after insert or update or delete on privacy_letters for each statement execute function audit_required();

grant select, insert, update on privacy_requests, privacy_files, privacy_copies to lantai_app;
grant select, insert on privacy_steps, privacy_erasures, privacy_letters to lantai_app;

alter table restrictions add constraint restrictions_request foreign key (request_id) references privacy_requests (id);
alter table corrections add constraint corrections_request foreign key (request_id) references privacy_requests (id);

-- Whatever the program does: a request is not closed while a record that it marked for destruction is still there.
create function privacy_request_closed() returns trigger language plpgsql as $$
begin
  if exists (select from privacy_erasures e join records r on r.id = e.record_id where e.request_id = new.id and r.state <> 'destroyed') then
    raise exception 'records marked for destruction are still there' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger privacy_requests_closed before update of state on privacy_requests for each row
  when (new.state = 'closed' and old.state <> 'closed') execute function privacy_request_closed();
