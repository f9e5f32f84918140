-- What happens to the log after a restore. Entries that the object store still had are written again, exactly; where some are lost, two
-- persons close the log and another one of the same year goes on: `2026b` after `2026`.
alter table audit_entries drop constraint audit_entries_log_check, add constraint audit_entries_log_check check (log ~ '^[0-9]{4}[b-z]?$') not valid;
alter table audit_entries validate constraint audit_entries_log_check;
alter table audit_published drop constraint audit_published_log_check, add constraint audit_published_log_check check (log ~ '^[0-9]{4}[b-z]?$');

-- Ranges that were written again out of the object store. What stood beside those entries (address, free text) was not there: it is lost.
create table audit_replays (
  log text not null check (log ~ '^[0-9]{4}[b-z]?$'),
  from_sequence bigint not null check (from_sequence >= 0),
  to_sequence bigint not null check (to_sequence > from_sequence),
  at timestamptz not null,
  -- when an entry of its own said so
  told_at timestamptz,
  primary key (log, from_sequence)
);
create trigger audit_required after update on audit_replays for each statement execute function audit_required();
grant select, update (told_at) on audit_replays to lantai_app;
grant select, insert on audit_replays to lantai_integrator;

-- Closing a log of which something is lost. The security administrator proposes, the audit administrator agrees; never one person.
create table audit_breaks (
  id uuid primary key,
  log text not null check (log ~ '^[0-9]{4}[b-z]?$'),
  -- what the signer signed last; null where its memory is lost
  signed_size bigint check (signed_size > 0),
  signed_root bytea check (octet_length(signed_root) = 32),
  -- the newest checkpoint in the object store
  published_size bigint check (published_size > 0),
  published_root bytea check (octet_length(published_root) = 32),
  -- up to where the log is there and fits a signed head; the next log goes on from here
  held_size bigint not null check (held_size >= 0),
  held_root bytea not null check (octet_length(held_root) = 32),
  held_digest bytea not null check (octet_length(held_digest) = 32),
  reason text not null check (reason in ('restore', 'lost', 'differs', 'other')),
  -- in words, sealed
  words bytea not null,
  proposed_at timestamptz not null,
  proposed_person uuid not null,
  proposed_pseudonym text not null,
  decided_at timestamptz,
  decided_person uuid,
  decided_pseudonym text,
  decision text check (decision in ('agreed', 'refused')),
  -- made with a key that is not in the database: a row that was written there closes nothing
  seal bytea check (octet_length(seal) = 32),
  check ((signed_size is null) = (signed_root is null)),
  check ((published_size is null) = (published_root is null)),
  check ((decision is null) = (decided_at is null) and (decision is null) = (decided_person is null) and (decision is null) = (decided_pseudonym is null)),
  check ((seal is not null) = (coalesce(decision, '') = 'agreed')),
  constraint audit_breaks_two_persons check (decision is distinct from 'agreed' or decided_person <> proposed_person)
);
create unique index audit_breaks_one_open on audit_breaks ((true)) where decision is null;
create index audit_breaks_newest on audit_breaks (proposed_at desc);

-- A proposal stays what it was, and a decision is made once.
create function audit_breaks_guard() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if new.decision is not null then
      raise exception 'a proposal to close the log is decided afterwards, by another person' using errcode = 'LT002';
    end if;
    return new;
  end if;
  if old.decision is not null then
    raise exception 'this was decided' using errcode = 'LT002';
  end if;
  return new;
end
$$;
create trigger audit_breaks_guard before insert or update on audit_breaks for each row execute function audit_breaks_guard();
create trigger audit_required after insert or update on audit_breaks for each statement execute function audit_required();
grant select, insert, update (decided_at, decided_person, decided_pseudonym, decision, seal) on audit_breaks to lantai_app;
grant select on audit_breaks to lantai_integrator;
