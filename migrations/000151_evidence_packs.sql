-- Evidence packs 证据包: entries of the log with their proofs for an inspector. One about a person or a client, or with what stands
-- beside the entries, is made only once a second person approved it: neither its maker nor whom it is about.
create sequence evidence_pack_numbers;
create table evidence_packs (
  id uuid primary key,
  number text not null unique check (number ~ '^E-[0-9]{4}-[0-9]{6}$'),
  kind text not null check (kind in ('period', 'person', 'client', 'record')),
  person_id uuid references persons (id),
  client_number text,
  record_id uuid,
  -- local days, both included, and the time that they cover
  from_day date not null,
  to_day date not null check (to_day >= from_day),
  from_at timestamptz not null,
  to_at timestamptz not null check (to_at > from_at),
  -- with the free text and the addresses that stand beside the entries of the person
  sides boolean not null,
  needs_approval boolean not null,
  -- for whom, and why
  reason_sealed bytea not null,
  -- entries when it was asked for
  found integer not null check (found > 0),
  asked_by uuid not null references persons (id),
  asked_at timestamptz not null,
  state text not null check (state in ('waiting', 'approved', 'declined', 'withdrawn', 'ready', 'failed')),
  decided_by uuid references persons (id),
  decided_at timestamptz,
  ended_at timestamptz,
  -- code of the error
  failure text,
  entries integer check (entries > 0),
  size bigint check (size > 0),
  -- SHA-256 of the ZIP, and of the list of digests inside
  digest text check (digest ~ '^sha256:[0-9a-f]{64}$'),
  sums text check (sums ~ '^sha256:[0-9a-f]{64}$'),
  object_id uuid unique references objects (id),
  -- until when its maker may fetch it
  until timestamptz,
  entry_id uuid not null,
  constraint chosen_one check ((kind = 'person') = (person_id is not null) and (kind = 'client') = (client_number is not null) and (kind = 'record') = (record_id is not null)),
  constraint sides_of_a_person check (not sides or kind = 'person'),
  constraint personal_data_needs_approval check (needs_approval or (kind in ('period', 'record') and not sides)),
  constraint second_person_decides check (decided_by <> asked_by and (person_id is null or decided_by <> person_id)),
  constraint decided_whole check ((decided_by is null) = (decided_at is null)),
  constraint made_only_when_approved check (state not in ('approved', 'ready', 'failed') or not needs_approval or decided_by is not null),
  constraint ready_is_whole check ((state = 'ready') = (object_id is not null) and (state = 'ready') = (digest is not null) and (state = 'ready') = (sums is not null)
    and (state = 'ready') = (entries is not null) and (state = 'ready') = (size is not null) and (state = 'ready') = (until is not null)),
  constraint failed_says_why check ((state = 'failed') = (failure is not null))
);
create index evidence_packs_by_time on evidence_packs (asked_at desc, id desc);
create index evidence_packs_waiting on evidence_packs (asked_at, id) where state = 'waiting';
create index evidence_packs_to_make on evidence_packs (asked_at, id) where state = 'approved';
create trigger evidence_packs_audited after insert or update or delete on evidence_packs for each statement execute function audit_required();

-- Whatever the program does: what was approved is what is made.
create function evidence_pack_moves_on() returns trigger language plpgsql as $$
begin
  if (old.state, new.state) not in (('waiting', 'approved'), ('waiting', 'declined'), ('waiting', 'withdrawn'), ('approved', 'ready'), ('approved', 'failed')) then
    raise exception 'an evidence pack only moves on' using errcode = 'restrict_violation';
  end if;
  if old.state = 'approved' and (new.decided_by, new.decided_at) is distinct from (old.decided_by, old.decided_at) then
    raise exception 'a decision is not changed' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger evidence_pack_moves_on before update on evidence_packs for each row execute function evidence_pack_moves_on();
create function evidence_pack_begins() returns trigger language plpgsql as $$
begin
  if new.state <> (case when new.needs_approval then 'waiting' else 'approved' end) or new.decided_by is not null then
    raise exception 'an evidence pack begins with being asked for' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger evidence_pack_begins before insert on evidence_packs for each row execute function evidence_pack_begins();
grant select, insert on evidence_packs to lantai_app;
grant update (state, decided_by, decided_at, ended_at, failure, entries, size, digest, sums, object_id, until) on evidence_packs to lantai_app;
grant usage on sequence evidence_pack_numbers to lantai_app;

-- How far the making of a pack is; it says nothing that the log would have to know.
create table evidence_runs (
  pack_id uuid primary key references evidence_packs (id),
  -- who took over a run that fell silent has the higher number; the former one stops
  attempt integer not null check (attempt > 0),
  heard_at timestamptz not null,
  done integer not null default 0,
  total integer not null default 0
);
grant select, insert, update on evidence_runs to lantai_app;
