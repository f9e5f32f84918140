-- People, accounts, roles, sessions, tokens and invitations.
-- What the code decides about persons (exclusive administrators, a second person, no role for oneself) is refused here too,
-- so that no route, command or later version can pass it by.

create extension if not exists btree_gist;

create table departments (
  code text primary key check (char_length(code) between 1 and 40 and code !~ '\s'),
  name_zh text not null check (char_length(name_zh) between 1 and 100),
  name_en text not null check (char_length(name_en) between 1 and 100),
  -- the archive itself: one destruction supervisor must come from outside of it
  is_archive boolean not null default false,
  created_at timestamptz not null,
  closed_at timestamptz
);

create table persons (
  id uuid primary key,
  -- random, stands for the person in the audit log
  pseudonym text not null unique check (pseudonym ~ '^p-[0-9a-v]{16}$'),
  display_name text not null check (char_length(display_name) between 1 and 100),
  department text references departments (code),
  created_at timestamptz not null,
  left_at timestamptz
);
create index persons_by_name on persons (display_name, id);
create index persons_by_department on persons (department, display_name, id);

create table accounts (
  id uuid primary key,
  person_id uuid not null references persons (id),
  username text not null unique check (username ~ '^[a-z0-9][a-z0-9._-]{1,39}$'),
  -- invited: no password yet; sleeping: not used for too long
  state text not null check (state in ('invited', 'active', 'sleeping', 'disabled')),
  password_hash text check (password_hash like '$argon2id$%'),
  password_set_at timestamptz,
  created_at timestamptz not null,
  last_sign_in_at timestamptz,
  unique (id, person_id),
  check (state <> 'active' or password_hash is not null)
);
create index accounts_by_person on accounts (person_id);

-- Failures count before the password is looked at, under a keyed hash of whatever was typed as user name,
-- so that unknown names lock like known ones and parallel guesses cannot outrun the count.
create table sign_in_failures (
  name_hash bytea primary key check (octet_length(name_hash) = 32),
  failures integer not null,
  lockouts integer not null default 0,
  locked_until timestamptz,
  changed_at timestamptz not null
);
create index sign_in_failures_by_age on sign_in_failures (changed_at);

-- One row for ever: the bootstrap of this archive. Closed is closed for good; a demo never becomes a real archive.
create table archive_bootstrap (
  single boolean primary key default true check (single),
  demo boolean not null,
  opened_at timestamptz not null,
  closed_at timestamptz
);

create function bootstrap_closes_once() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.closed_at is not null or new.demo <> old.demo then
    raise exception 'the bootstrap of an archive is closed for good' using errcode = 'LT002';
  end if;
  return new;
end
$$;
create trigger bootstrap_closes_once before update or delete on archive_bootstrap for each row execute function bootstrap_closes_once();

create table role_grants (
  id uuid primary key,
  account_id uuid not null,
  person_id uuid not null,
  role text not null check (role in ('agent', 'supervisor', 'records_clerk', 'records_manager', 'executive', 'legal', 'compliance_officer', 'system_admin', 'security_admin', 'audit_admin')),
  state text not null check (state in ('proposed', 'active', 'refused', 'taken')),
  -- bootstrap and demo grants have no giver; they are possible only while the bootstrap is open
  origin text not null check (origin in ('given', 'bootstrap', 'demo')),
  given_by uuid references persons (id),
  given_at timestamptz not null,
  decided_by uuid references persons (id),
  decided_at timestamptz,
  taken_by uuid references persons (id),
  taken_at timestamptz,
  foreign key (account_id, person_id) references accounts (id, person_id),
  constraint nobody_gives_himself check (given_by <> person_id and decided_by <> person_id),
  constraint second_person_decides check (decided_by <> given_by),
  constraint given_by_someone check (origin <> 'given' or given_by is not null),
  constraint bootstrap_makes_administrators check (origin <> 'bootstrap' or role in ('system_admin', 'security_admin', 'audit_admin')),
  constraint administrators_are_confirmed check (
    role not in ('system_admin', 'security_admin', 'audit_admin') or state <> 'active' or origin <> 'given' or decided_by is not null),
  -- 三员分立: no two grants of one person may differ in kind, where each administrator is a kind and all other roles are one
  constraint administrators_are_exclusive exclude using gist (
    person_id with =,
    (case role when 'system_admin' then 1 when 'security_admin' then 2 when 'audit_admin' then 3 else 0 end) with <>
  ) where (state in ('proposed', 'active'))
);
create unique index role_grants_once on role_grants (account_id, role) where state in ('proposed', 'active');
create index role_grants_by_role on role_grants (role, state);
create index role_grants_waiting on role_grants (given_at, id) where state = 'proposed';

create function bootstrap_must_be_open() returns trigger language plpgsql as $$
begin
  if not exists (select from archive_bootstrap where closed_at is null and (demo or new.origin = 'bootstrap')) then
    raise exception 'the bootstrap is closed' using errcode = 'LT002';
  end if;
  return new;
end
$$;
create trigger bootstrap_must_be_open before insert on role_grants for each row when (new.origin <> 'given') execute function bootstrap_must_be_open();

create table invitations (
  id uuid primary key,
  kind text not null check (kind in ('bootstrap', 'account')),
  role text check (role in ('system_admin', 'security_admin', 'audit_admin')),
  account_id uuid references accounts (id),
  secret_hash bytea not null unique check (octet_length(secret_hash) = 32),
  created_by uuid references persons (id),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  -- a new password for somebody with a role of weight: worth nothing until a second person agrees
  needs_second boolean not null default false,
  confirmed_by uuid references persons (id),
  claimed_at timestamptz,
  withdrawn_at timestamptz,
  constraint second_person_confirms check (confirmed_by <> created_by),
  constraint claimed_when_confirmed check (claimed_at is null or not needs_second or confirmed_by is not null),
  check ((kind = 'bootstrap') = (role is not null)),
  check (kind = 'bootstrap' or (account_id is not null and created_by is not null)),
  check (claimed_at is null or account_id is not null),
  check (claimed_at is null or withdrawn_at is null)
);
create unique index invitations_open_by_role on invitations (role) where kind = 'bootstrap' and claimed_at is null and withdrawn_at is null;
create unique index invitations_open_by_account on invitations (account_id) where kind = 'account' and claimed_at is null and withdrawn_at is null;
create unique index invitations_claimed_by_role on invitations (role) where kind = 'bootstrap' and claimed_at is not null;

create table sessions (
  id uuid primary key,
  token_hash bytea not null unique check (octet_length(token_hash) = 32),
  account_id uuid not null references accounts (id),
  device text not null check (char_length(device) <= 200),
  created_at timestamptz not null,
  used_at timestamptz not null,
  -- absolute end, whatever the use
  expires_at timestamptz not null,
  -- when a second factor was shown in this session
  second_factor_at timestamptz,
  ended_at timestamptz,
  end_reason text check (end_reason in ('signed_out', 'everywhere', 'password', 'disabled', 'sleeping')),
  check ((ended_at is null) = (end_reason is null))
);
create index sessions_open on sessions (account_id, used_at) where ended_at is null;

create table tokens (
  id uuid primary key,
  name text not null check (char_length(name) between 1 and 100),
  pseudonym text not null unique check (pseudonym ~ '^m-[0-9a-v]{16}$'),
  secret_hash bytea not null unique check (octet_length(secret_hash) = 32),
  scopes text[] not null check (cardinality(scopes) between 1 and 20),
  department text references departments (code),
  created_by uuid references persons (id),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  revoked_by uuid references persons (id)
);

-- No state without an entry. Sliding the idle time of a session and noting a token's last use are no changes of state.
create trigger audit_required after insert or update or delete on departments for each statement execute function audit_required();
create trigger audit_required after insert or update or delete on persons for each statement execute function audit_required();
create trigger audit_required after insert or update or delete on accounts for each statement execute function audit_required();
create trigger audit_required after insert or update or delete on archive_bootstrap for each statement execute function audit_required();
create trigger audit_required after insert or update or delete on role_grants for each statement execute function audit_required();
create trigger audit_required after insert or update or delete on invitations for each statement execute function audit_required();
create trigger audit_required after insert or delete or update of expires_at, second_factor_at, ended_at on sessions for each statement execute function audit_required();
create trigger audit_required after insert or delete or update of scopes, expires_at, revoked_at on tokens for each statement execute function audit_required();

-- Columns that say who someone is, what was given and by whom are never updated.
grant select, insert on departments, persons, accounts, role_grants, invitations, sessions, tokens, archive_bootstrap to lantai_app;
grant select, insert, update, delete on sign_in_failures to lantai_app;
grant update (name_zh, name_en, is_archive, closed_at) on departments to lantai_app;
grant update (display_name, department, left_at) on persons to lantai_app;
grant update (state, password_hash, password_set_at, last_sign_in_at) on accounts to lantai_app;
grant update (closed_at) on archive_bootstrap to lantai_app;
grant update (state, decided_by, decided_at, taken_by, taken_at) on role_grants to lantai_app;
grant update (account_id, confirmed_by, claimed_at, withdrawn_at) on invitations to lantai_app;
grant update (used_at, second_factor_at, ended_at, end_reason) on sessions to lantai_app;
grant update (used_at, revoked_at, revoked_by) on tokens to lantai_app;
