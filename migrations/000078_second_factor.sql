-- The second factor of an account (a time-based code, RFC 6238), its recovery codes, and taking it back from somebody who
-- lost both, which needs two persons. What the code decides is refused here too.

create table second_factor_resets (
  id uuid primary key,
  account_id uuid not null,
  person_id uuid not null,
  proposed_by uuid not null references persons (id),
  proposed_at timestamptz not null,
  state text not null default 'proposed' check (state in ('proposed', 'done', 'refused')),
  decided_by uuid references persons (id),
  decided_at timestamptz,
  foreign key (account_id, person_id) references accounts (id, person_id),
  constraint nobody_resets_himself check (proposed_by <> person_id and decided_by <> person_id),
  constraint second_person_resets check (decided_by <> proposed_by),
  check ((state = 'proposed') = (decided_by is null)),
  check ((decided_by is null) = (decided_at is null))
);
create unique index second_factor_resets_waiting on second_factor_resets (account_id) where state = 'proposed';

create table second_factors (
  id uuid primary key,
  account_id uuid not null references accounts (id),
  -- sealed under a secret of the keystore, bound to this row and account; gone as soon as the factor ends
  secret_sealed bytea check (octet_length(secret_sealed) between 42 and 200),
  -- the session that began it: only there it can be confirmed; none for accounts of a demo
  session_id uuid references sessions (id),
  created_at timestamptz not null,
  confirmed_at timestamptz,
  -- the last time step whose code was accepted: a code works once
  last_step bigint,
  ended_at timestamptz,
  end_reason text check (end_reason in ('abandoned', 'replaced', 'removed', 'reset')),
  reset_id uuid references second_factor_resets (id),
  check ((ended_at is null) = (end_reason is null)),
  check ((ended_at is null) = (secret_sealed is not null)),
  check ((coalesce(end_reason, '') = 'reset') = (reset_id is not null))
);
create unique index second_factors_live on second_factors (account_id) where confirmed_at is not null and ended_at is null;
create unique index second_factors_begun on second_factors (account_id) where confirmed_at is null and ended_at is null;

create function second_factor_moves_forwards() returns trigger language plpgsql as $$
begin
  if old.ended_at is not null
    or new.confirmed_at is distinct from coalesce(old.confirmed_at, new.confirmed_at)
    or new.last_step is null and old.last_step is not null
    or new.last_step < old.last_step then
    raise exception 'a second factor moves forwards only' using errcode = 'LT002';
  end if;
  if new.end_reason = 'reset' and not exists (
    select from second_factor_resets r where r.id = new.reset_id and r.account_id = new.account_id and r.state = 'done') then
    raise exception 'a second factor is reset by two persons' using errcode = 'LT002';
  end if;
  return new;
end
$$;
create trigger second_factor_moves_forwards before update on second_factors for each row execute function second_factor_moves_forwards();

-- Each works once. Kept as keyed digests, so that the table alone tells nothing.
create table recovery_codes (
  factor_id uuid not null references second_factors (id),
  code_hash bytea not null check (octet_length(code_hash) = 32),
  made_at timestamptz not null,
  used_at timestamptz,
  -- renewed, or the factor ended
  ended_at timestamptz,
  primary key (factor_id, code_hash)
);

create function recovery_code_works_once() returns trigger language plpgsql as $$
begin
  if old.used_at is not null or old.ended_at is not null then
    raise exception 'a recovery code works once' using errcode = 'LT002';
  end if;
  return new;
end
$$;
create trigger recovery_code_works_once before update on recovery_codes for each row execute function recovery_code_works_once();

create function reset_is_decided_once() returns trigger language plpgsql as $$
begin
  if old.state <> 'proposed' then
    raise exception 'a reset is decided once' using errcode = 'LT002';
  end if;
  return new;
end
$$;
create trigger reset_is_decided_once before update on second_factor_resets for each row execute function reset_is_decided_once();

-- When password or code were last shown in a session; none means at its beginning.
alter table sessions add column shown_at timestamptz;
drop trigger audit_required on sessions;
create trigger audit_required after insert or delete or update of expires_at, second_factor_at, shown_at, ended_at on sessions for each statement execute function audit_required();
create trigger audit_required after insert or update or delete on second_factors for each statement execute function audit_required();
create trigger audit_required after insert or update or delete on recovery_codes for each statement execute function audit_required();
create trigger audit_required after insert or update or delete on second_factor_resets for each statement execute function audit_required();

grant select, insert on second_factors, recovery_codes, second_factor_resets to lantai_app;
grant update (secret_sealed, confirmed_at, last_step, ended_at, end_reason, reset_id) on second_factors to lantai_app;
grant update (used_at, ended_at) on recovery_codes to lantai_app;
grant update (state, decided_by, decided_at) on second_factor_resets to lantai_app;
grant update (shown_at) on sessions to lantai_app;
