-- Sealed objects, the wraps of their content keys, and the buckets of the keys that wrap. No key stands here in the open.

-- The keystore this database belongs to. Bound once: a database and a keystore of different archives never meet.
create table vault_identity (
  one boolean primary key default true check (one),
  archive_id uuid not null,
  keystore_fingerprint text not null,
  bound_at timestamptz not null default now()
);
create trigger vault_identity_audit after insert or update or delete on vault_identity
  for each statement execute function audit_required();
grant select, insert on vault_identity to lantai_app;

-- A rotation gives every bucket a new generation; unfinished ones are taken up again.
create table key_rotations (
  id uuid primary key,
  started_at timestamptz not null default now(),
  finished_at timestamptz
);
create unique index key_rotations_one_at_a_time on key_rotations ((finished_at is null)) where finished_at is null;
create trigger key_rotations_audit after insert or update or delete on key_rotations
  for each statement execute function audit_required();
grant select, insert, update (finished_at) on key_rotations to lantai_app;

-- New wraps name the generation that stands here.
create table key_buckets (
  id uuid primary key,
  generation integer not null check (generation >= 1),
  rotation uuid references key_rotations,
  made_at timestamptz not null default now()
);
create function key_generation_only_grows() returns trigger language plpgsql as $$
begin
  if new.generation < old.generation then
    raise exception 'the generation of a bucket only grows' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger key_generation_only_grows before update on key_buckets for each row execute function key_generation_only_grows();
create trigger key_buckets_audit after insert or update or delete on key_buckets
  for each statement execute function audit_required();
grant select, insert, update (generation, rotation) on key_buckets to lantai_app;

-- Places taken in a bucket. Apart from the bucket, so that taking a place waits for nobody who only names its generation.
create table key_places (
  bucket uuid primary key references key_buckets,
  used integer not null check (used between 0 and 65536)
);
create function key_places_only_grow() returns trigger language plpgsql as $$
begin
  if new.used < old.used or new.bucket <> old.bucket then
    raise exception 'a place in a bucket is never given back' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger key_places_only_grow before update on key_places for each row execute function key_places_only_grow();
grant select, insert, update on key_places to lantai_app;

create table objects (
  id uuid primary key,
  record_id uuid not null,
  version_id uuid not null,
  fonds text not null,
  store_key text not null unique,
  store_version text not null,
  sealed_size bigint not null check (sealed_size >= 72),
  plain_size bigint not null check (plain_size >= 0),
  -- SHA-256 of the sealed bytes. Of the plaintext no digest is kept: of a short text it would betray the content
  digest bytea not null check (octet_length(digest) = 32),
  suite text not null check (suite in ('cobblestone-256')),
  bucket uuid not null references key_buckets,
  generation integer not null check (generation >= 1),
  -- null once the key was destroyed
  wrapped_key bytea check (octet_length(wrapped_key) = 60),
  -- HMAC of the plaintext under a subkey of its own content key: tells a replay, and dies with the key
  replay_mac bytea check (octet_length(replay_mac) = 32),
  state text not null default 'stored' check (state in ('stored', 'locked', 'destroying', 'shredded', 'destroyed')),
  locked_until timestamptz,
  damaged_at timestamptz,
  stored_at timestamptz not null default now(),
  check ((wrapped_key is null) = (state in ('shredded', 'destroyed'))),
  check (state <> 'locked' or locked_until is not null)
);
create index objects_by_record on objects (record_id);
create index objects_by_version on objects (version_id);
create index objects_by_key on objects (bucket, generation) where wrapped_key is not null;
create index objects_damaged on objects (damaged_at) where damaged_at is not null;
create index objects_unlocked on objects (stored_at) where state = 'stored';
create trigger objects_audit after insert or update or delete on objects
  for each statement execute function audit_required();
grant select, insert, update (generation, wrapped_key, state, locked_until, damaged_at) on objects to lantai_app;

-- Stored objects that no row ever named. Claimed here before they are removed, so that no capture can name one afterwards.
create table orphan_objects (
  store_key text not null,
  store_version text not null,
  size bigint not null,
  claimed_at timestamptz not null default now(),
  removed_at timestamptz,
  primary key (store_key, store_version)
);
create index orphan_objects_waiting on orphan_objects (claimed_at) where removed_at is null;
create trigger orphan_objects_audit after insert or update or delete on orphan_objects
  for each statement execute function audit_required();
grant select, insert, update (removed_at) on orphan_objects to lantai_app;
