-- Single sign-on by OpenID Connect: who is linked with which account, which sessions come from the provider and until when
-- they were checked. Subjects and session ids of the provider stand as keyed digests, its tokens sealed.

alter table accounts add column sign_on boolean not null default false;
alter table accounts drop constraint accounts_check;
alter table accounts add constraint active_has_a_way_in check (state <> 'active' or password_hash is not null or sign_on);
-- who leaves the provider must not find a password still open
alter table accounts add constraint one_way_in check (not sign_on or password_hash is null);
grant update (sign_on) on accounts to lantai_app;

create table sign_on_links (
  id uuid primary key,
  account_id uuid not null references accounts (id),
  issuer text not null check (char_length(issuer) between 1 and 500),
  subject_hash bytea not null check (octet_length(subject_hash) = 32),
  linked_at timestamptz not null,
  ended_at timestamptz
);
create unique index sign_on_links_by_account on sign_on_links (account_id) where ended_at is null;
create unique index sign_on_links_by_subject on sign_on_links (issuer, subject_hash) where ended_at is null;
create trigger audit_required after insert or update or delete on sign_on_links for each statement execute function audit_required();
grant select, insert on sign_on_links to lantai_app;
grant update (ended_at) on sign_on_links to lantai_app;

create table sign_on_sessions (
  session_id uuid primary key references sessions (id),
  link_id uuid not null references sign_on_links (id),
  sid_hash bytea check (octet_length(sid_hash) = 32),
  -- what the next check needs, sealed under a secret of the keystore and bound to the session; gone when it ends
  tokens_sealed bytea check (octet_length(tokens_sealed) between 42 and 20000),
  checked_at timestamptz not null,
  check_at timestamptz not null,
  -- no check extends the session beyond it
  latest_end timestamptz not null
);
create index sign_on_sessions_due on sign_on_sessions (check_at) where tokens_sealed is not null;
create index sign_on_sessions_by_link on sign_on_sessions (link_id);
grant select, insert on sign_on_sessions to lantai_app;
grant update (tokens_sealed, checked_at, check_at) on sign_on_sessions to lantai_app;

-- A session's end moves forwards only for one that the provider has vouched for again, and never beyond its latest end.
create function session_end_extended() returns trigger language plpgsql as $$
begin
  if new.ended_at is not null or not exists (
      select from sign_on_sessions s where s.session_id = new.id and new.expires_at <= s.latest_end) then
    raise exception 'the end of a session does not move' using errcode = 'check_violation', constraint = 'session_end_fixed';
  end if;
  return new;
end
$$;
create trigger session_end_extended before update of expires_at on sessions for each row
  when (new.expires_at > old.expires_at) execute function session_end_extended();
grant update (expires_at) on sessions to lantai_app;
alter table sessions drop constraint sessions_end_reason_check;
alter table sessions add constraint sessions_end_reason_check
  check (end_reason in ('signed_out', 'everywhere', 'password', 'disabled', 'sleeping', 'second_factor', 'sign_on'));

-- Each answer of the provider and each of its notices works once. Rows are forgotten when what they stand for is too old anyway.
create table sign_on_used (
  key_hash bytea primary key check (octet_length(key_hash) = 32),
  used_at timestamptz not null
);
grant select, insert, delete on sign_on_used to lantai_app;

-- How the connection fares; no state of the archive.
create table sign_on_state (
  issuer text primary key,
  last_success_at timestamptz,
  last_failure_at timestamptz,
  last_failure text check (last_failure ~ '^[a-z_]{1,40}$')
);
grant select, insert, update on sign_on_state to lantai_app;

-- Roles that groups give by the mapping, which two persons approved and the audit administrator saw.
alter table role_grants drop constraint role_grants_origin_check;
alter table role_grants add constraint role_grants_origin_check check (origin in ('given', 'bootstrap', 'demo', 'sign_on'));
alter table role_grants add constraint groups_make_no_administrators
  check (origin <> 'sign_on' or role not in ('system_admin', 'security_admin', 'audit_admin'));
drop trigger bootstrap_must_be_open on role_grants;
create trigger bootstrap_must_be_open before insert on role_grants for each row
  when (new.origin not in ('given', 'sign_on')) execute function bootstrap_must_be_open();
create function group_role_needs_link() returns trigger language plpgsql as $$
begin
  if not exists (select from sign_on_links l where l.account_id = new.account_id and l.ended_at is null) then
    raise exception 'a role from a group needs an account that is linked' using errcode = 'check_violation', constraint = 'group_role_needs_link';
  end if;
  return new;
end
$$;
create trigger group_role_needs_link before insert on role_grants for each row when (new.origin = 'sign_on') execute function group_role_needs_link();
