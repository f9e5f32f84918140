-- A file that was tried out and waits, sealed, to be imported without being sent again. It is no state of the archive: until its
-- import starts it is the sender's alone, and it is forgotten, key first, when its time is over.
create table import_waiting (
  id uuid primary key,
  caller_id uuid not null,
  -- name of the file and what was told with it; the key of the sealed upload: both sealed
  source_sealed bytea not null,
  spool_key bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > created_at)
);
create index import_waiting_expiry on import_waiting (expires_at);
grant select, insert, delete on import_waiting to lantai_app;
