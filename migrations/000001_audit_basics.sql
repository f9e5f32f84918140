-- Roles and schema rights shared by all modules, and the part of the audit log that takes new entries.
-- lantai_owner runs migrations and owns everything; lantai_app is the server; lantai_integrator moves entries into the log.

do $$
declare
  name text;
begin
  foreach name in array array['lantai_app', 'lantai_integrator'] loop
    if not exists (select from pg_roles where rolname = name) then
      raise exception 'the role % is missing: create it before migrating', name;
    end if;
    if exists (select from pg_roles where rolname = name and (rolsuper or rolbypassrls or rolreplication)) then
      raise exception 'the role % has rights that would let it pass every guard of this database', name;
    end if;
    if pg_has_role(name, current_user, 'member') then
      raise exception 'the role % is a member of the owning role', name;
    end if;
  end loop;
  if pg_has_role('lantai_app', 'lantai_integrator', 'member') then
    raise exception 'lantai_app must not be a member of lantai_integrator';
  end if;
end
$$;

revoke create on schema public from public;
grant usage on schema public to lantai_app, lantai_integrator;
grant select on schema_migrations to lantai_app, lantai_integrator;

-- Entries of committed acts that have no sequence number yet. The integrator empties it within milliseconds.
create table audit_pending (
  -- the top-level transaction that appended it; proves that a change and its entry are one transaction
  xact xid8 not null default pg_current_xact_id(),
  id uuid not null,
  -- canonical JSON of the entry; the integrator may only raise its time
  entry text not null check (octet_length(entry) between 2 and 16384),
  -- its side, sealed; goes to audit_side
  sealed bytea,
  primary key (xact, id)
) with (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000);

grant insert (id, entry, sealed), select on audit_pending to lantai_app;
grant select, delete on audit_pending to lantai_integrator;

-- The sealed side of an entry: address, free text, ticket. The entry holds only a blinded commitment to it,
-- so a row can be erased without harm to the log.
create table audit_side (
  entry_id uuid primary key,
  sealed bytea not null
);
grant select on audit_side to lantai_app;
grant insert on audit_side to lantai_integrator;

-- One row per transaction that changed state, gone again when it commits. Unlogged: no open transaction outlives a crash.
-- No role but the owner has any right on it, so a mark can neither be made nor removed except by the functions below.
create unlogged table audit_marks (
  xact xid8 primary key
) with (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000);

-- For `create trigger … after insert or update or delete on T for each statement execute function audit_required()`.
create function audit_required() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.audit_marks (xact) values (pg_current_xact_id()) on conflict do nothing;
  return null;
end
$$;
revoke all on function audit_required() from public;

create function audit_check_mark() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from public.audit_pending where xact = new.xact) then
    raise exception 'a change without an audit entry in the same transaction' using errcode = 'LT001';
  end if;
  delete from public.audit_marks where xact = new.xact;
  return null;
end
$$;
revoke all on function audit_check_mark() from public;

create constraint trigger audit_entry_present after insert on audit_marks
  deferrable initially deferred for each row execute function audit_check_mark();

-- Erasing is itself a change that needs an entry. Roles cannot delete side rows in any other way.
create trigger audit_required after update or delete on audit_side for each statement execute function audit_required();

create function audit_erase_side(entries uuid[]) returns bigint
  language sql security definer set search_path = pg_catalog, pg_temp as $$
  with erased as (delete from public.audit_side where entry_id = any (entries) returning 1)
  select count(*) from erased;
$$;
revoke all on function audit_erase_side(uuid[]) from public;
grant execute on function audit_erase_side(uuid[]) to lantai_app;
