-- Records whose minimum moved to a later day, until the store's locks have followed: asked in the transaction that moves the day,
-- done by a job outside of it, so that no row waits for the store. Days only ever rise.
create table lock_raises (
  record_id uuid primary key references records (id),
  minimum date not null,
  asked_at timestamptz not null,
  attempts integer not null default 0,
  -- code of the last failure
  why text,
  due_at timestamptz not null
);
create index lock_raises_due on lock_raises (due_at, record_id);
create trigger lock_raises_audited after insert or update or delete on lock_raises for each statement execute function audit_required();
grant select, insert, update, delete on lock_raises to lantai_app;

create function lock_raise_rises() returns trigger language plpgsql as $$
begin
  if new.record_id <> old.record_id or new.minimum < old.minimum then
    raise exception 'a lock is only ever extended' using errcode = 'check_violation', constraint = 'lock_raises_rise';
  end if;
  return new;
end
$$;
create trigger lock_raises_rise before update on lock_raises for each row execute function lock_raise_rises();
