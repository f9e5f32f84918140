-- Certified copies 查档出证: pages of a record for somebody outside, blacked out where it must be, signed, kept as documents of their own.
create table certified_copy_numbers (
  year integer primary key check (year between 1900 and 9999),
  last integer not null check (last between 1 and 999999)
);

create table certified_copies (
  id uuid primary key,
  number text not null unique check (number ~ '^C-[0-9]{4}-[0-9]{6}$'),
  request_id uuid not null references requests (id),
  record_id uuid not null references records (id),
  -- the reading under which its pages were read
  reading_id uuid not null references readings (id),
  object_id uuid not null unique references objects (id),
  size bigint not null check (size > 0),
  -- SHA-256 of the PDF as it was handed out
  digest text not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
  pages integer not null check (pages > 0),
  boxes integer not null check (boxes >= 0),
  made_by uuid not null,
  made_at timestamptz not null,
  -- its row on the register of disclosures, whose table comes later
  disclosure_id uuid not null unique,
  entry_id uuid not null
);
create index certified_copies_by_request on certified_copies (request_id, number);
create index certified_copies_by_record on certified_copies (record_id);
create trigger certified_copies_audited after insert or update or delete on certified_copies for each statement execute function audit_required();

-- Whatever the program does: only for an approved application from outside, and only of a record that it was given.
create function certified_copy_is_approved() returns trigger language plpgsql as $$
begin
  if not exists (
    select from requests q join request_records x on x.request_id = q.id
    where q.id = new.request_id and q.kind = 'external' and q.state = 'approved' and 'download' = any (q.left_acts)
      and x.record_id = new.record_id and x.kept and x.fit = 'fit'
  ) then
    raise exception 'a certified copy needs an approved application from outside' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger certified_copies_approved before insert on certified_copies for each row execute function certified_copy_is_approved();

grant select, insert on certified_copies to lantai_app;
grant select, insert, update on certified_copy_numbers to lantai_app;
