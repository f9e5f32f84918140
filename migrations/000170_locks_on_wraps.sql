-- The wrap of a content key is overwritten only by who has the keystore. Beside each wrap stands a lock, SHA-256 of a proof that is
-- computed under a secret of the keystore from the ids of the object and the generation of the wrap. Whoever puts another wrap in its
-- place shows the proof, together with a later generation and the lock of the new wrap. In the database nobody can compute it: an
-- account of the database that fell into other hands cannot make content unreadable.

alter table objects
  add column wrap_lock bytea check (octet_length(wrap_lock) = 32),
  -- shown in the statement that changes the wrap, and never kept
  add column wrap_proof bytea constraint objects_keep_no_proof check (wrap_proof is null);
-- wraps from before there were locks; they get theirs in the background, or with their next wrap
create index objects_without_wrap_lock on objects (id) where wrap_lock is null and wrapped_key is not null;
grant update (wrap_lock, wrap_proof) on objects to lantai_app;

create function object_wrap_is_locked() returns trigger language plpgsql as $$
begin
  if old.wrap_lock is not null and sha256(new.wrap_proof) is distinct from old.wrap_lock then
    raise exception 'a wrap is changed only by who has the keystore' using errcode = 'restrict_violation';
  end if;
  if old.wrapped_key is null
    or (new.wrapped_key <> old.wrapped_key) is distinct from (new.generation > old.generation)
    or (new.wrap_lock is distinct from old.wrap_lock) is distinct from (new.generation > old.generation or old.wrap_lock is null)
    or new.generation < old.generation or new.wrap_lock is null then
    raise exception 'a wrap is changed together with its generation and its lock' using errcode = 'restrict_violation';
  end if;
  new.wrap_proof := null;
  return new;
end
$$;
-- that a wrap goes for good is the matter of a destruction, which has its own rules
create trigger objects_wrap_is_locked before update of wrapped_key, generation, wrap_lock, wrap_proof on objects for each row
  when (new.wrapped_key is not null and new.wrapped_key is distinct from old.wrapped_key or new.generation <> old.generation
    or new.wrap_lock is distinct from old.wrap_lock or new.wrap_proof is not null)
  execute function object_wrap_is_locked();

create function object_begins_locked() returns trigger language plpgsql as $$
begin
  raise exception 'a wrap begins with its lock' using errcode = 'check_violation';
end
$$;
create trigger object_begins_locked before insert on objects for each row when (new.wrap_lock is null) execute function object_begins_locked();

-- The sweep removes what was claimed: nothing that a row names is claimed, and nothing that is no content.
create function orphans_are_unnamed() returns trigger language plpgsql as $$
begin
  if exists (select from new_rows n join objects o on o.store_key = n.store_key and o.store_version = n.store_version) then
    raise exception 'an object that a row names is no orphan' using errcode = 'check_violation';
  end if;
  return null;
end
$$;
create trigger orphans_are_unnamed after insert on orphan_objects referencing new table as new_rows for each statement execute function orphans_are_unnamed();
