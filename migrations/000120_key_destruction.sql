-- Destruction of content keys: in one transaction the generation of their buckets is closed and their wraps are deleted; then the
-- survivors are wrapped anew, the key table is kept in two places, and the closed keys are destroyed in every copy of the keystore.

create table key_destructions (
  id uuid primary key,
  -- the last thing that was finished; what comes next is repeated until it is finished too
  state text not null default 'named' check (state in ('named', 'forgotten', 'rewrapped', 'snapshotted', 'destroyed')),
  records integer not null check (records > 0),
  -- registered places of the keystore when the generations were closed: with fewer of them nothing is called destroyed
  places integer check (places >= 1),
  rewrapped bigint not null default 0,
  started_at timestamptz not null,
  forgotten_at timestamptz,
  destroyed_at timestamptz,
  check ((state = 'named') = (forgotten_at is null)),
  check ((forgotten_at is null) = (places is null)),
  check ((state = 'destroyed') = (destroyed_at is not null))
);
create index key_destructions_unfinished on key_destructions (started_at) where state <> 'destroyed';
create trigger key_destructions_audited after insert or update or delete on key_destructions for each statement execute function audit_required();

create table key_destruction_objects (
  object_id uuid primary key references objects (id),
  destruction_id uuid not null references key_destructions (id)
);
create index key_destruction_objects_by_destruction on key_destruction_objects (destruction_id, object_id);
create trigger key_destruction_objects_audited after insert or update or delete on key_destruction_objects
  for each statement execute function audit_required();

create table key_destruction_buckets (
  destruction_id uuid not null references key_destructions (id),
  bucket uuid not null references key_buckets (id),
  -- every generation up to this one is destroyed
  through integer not null check (through >= 1),
  primary key (destruction_id, bucket)
);
create trigger key_destruction_buckets_audited after insert or update or delete on key_destruction_buckets
  for each statement execute function audit_required();

-- Copies of the key table that were kept outside the database, read back and opened. A restore takes the newest of each bucket.
create table key_snapshots (
  bucket uuid not null references key_buckets (id),
  generation integer not null check (generation >= 1),
  -- counts up over the archive: the newest of a bucket is the one with the highest number
  number bigint not null,
  destruction_id uuid references key_destructions (id),
  count integer not null check (count >= 0),
  digest bytea not null check (octet_length(digest) = 32),
  store_key text not null,
  store_version text not null,
  made_at timestamptz not null,
  primary key (bucket, number)
);
create sequence key_snapshot_numbers;
create trigger key_snapshots_audited after insert or update or delete on key_snapshots for each statement execute function audit_required();

grant select, insert on key_destructions, key_destruction_objects, key_destruction_buckets, key_snapshots to lantai_app;
grant update (state, places, rewrapped, forgotten_at, destroyed_at) on key_destructions to lantai_app;
grant usage on sequence key_snapshot_numbers to lantai_app;
grant update (replay_mac) on objects to lantai_app;

create function key_destruction_goes_on() returns trigger language plpgsql as $$
declare
  ways constant text[] := array['named', 'forgotten', 'rewrapped', 'snapshotted', 'destroyed'];
begin
  if array_position(ways, new.state) not between array_position(ways, old.state) and array_position(ways, old.state) + 1 then
    raise exception 'no step of a destruction is skipped or taken back' using errcode = 'restrict_violation';
  end if;
  if new.state in ('rewrapped', 'snapshotted', 'destroyed') and exists (
    select from key_destruction_buckets b join objects o on o.bucket = b.bucket and o.generation <= b.through and o.wrapped_key is not null
    where b.destruction_id = new.id) then
    raise exception 'a wrap still names a generation that is closed' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger key_destruction_goes_on before update on key_destructions for each row execute function key_destruction_goes_on();

-- A wrap goes only with a destruction that names the object; bytes are called shredded only when the keys are gone everywhere.
alter table objects drop constraint objects_check;
alter table objects add constraint objects_wrap_while_kept check (wrapped_key is not null or state in ('destroying', 'shredded', 'destroyed'));
alter table objects add constraint objects_no_wrap_when_gone check (wrapped_key is null or state not in ('shredded', 'destroyed'));

create function object_destruction_in_order() returns trigger language plpgsql as $$
begin
  if old.state in ('destroying', 'shredded', 'destroyed') and new.wrapped_key is not null and old.wrapped_key is null then
    raise exception 'a key that was deleted does not come back' using errcode = 'restrict_violation';
  end if;
  if not exists (select from key_destruction_objects d join key_destructions k on k.id = d.destruction_id
      where d.object_id = new.id and (new.state = 'destroying' or k.state = 'destroyed')) then
    raise exception 'an object is destroyed only by a destruction that names it' using errcode = 'restrict_violation';
  end if;
  if (old.state, new.state) not in (('stored', 'destroying'), ('locked', 'destroying'), ('destroying', 'destroying'),
      ('destroying', 'shredded'), ('shredded', 'shredded'), ('shredded', 'destroyed'), ('destroyed', 'destroyed')) then
    raise exception 'the states of destruction are gone through in order' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger object_destruction_in_order before update of state, wrapped_key on objects for each row
  when (new.state in ('destroying', 'shredded', 'destroyed') or old.state in ('destroying', 'shredded', 'destroyed'))
  execute function object_destruction_in_order();
