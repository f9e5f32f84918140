-- The log itself: entries in sequence, RFC 6962 tiles, signed heads. Nobody but the owner can update or delete in it.

create table audit_entries (
  log text not null check (log ~ '^[0-9]{4}$'),
  sequence bigint not null check (sequence >= 0),
  id uuid not null,
  -- canonical JSON (RFC 8785), byte for byte what the leaf hash covers
  entry text not null,
  leaf_hash bytea not null check (octet_length(leaf_hash) = 32),
  -- copies for search; verification compares them with the entry
  t timestamptz not null,
  actor text not null,
  act text not null,
  subject_kind text not null,
  subject_id text not null,
  decision text not null check (decision in ('allow', 'deny', 'error')),
  purpose text,
  request text not null,
  record_id text,
  reading_id text,
  client_id text,
  primary key (log, sequence)
);
create index audit_entries_by_id on audit_entries (id);
create index audit_entries_by_actor on audit_entries (actor, log, sequence);
create index audit_entries_by_act on audit_entries (act, log, sequence);
create index audit_entries_by_subject on audit_entries (subject_id, log, sequence);
create index audit_entries_by_request on audit_entries (request, log, sequence);
create index audit_entries_by_purpose on audit_entries (purpose, log, sequence) where purpose is not null;
create index audit_entries_by_record on audit_entries (record_id, log, sequence) where record_id is not null;
create index audit_entries_by_reading on audit_entries (reading_id, log, sequence) where reading_id is not null;
create index audit_entries_by_client on audit_entries (client_id, log, sequence) where client_id is not null;
create index audit_entries_refused on audit_entries (decision, log, sequence) where decision <> 'allow';

-- Complete tiles of 256 hashes, exactly the bytes that C2SP tlog-tiles publishes. The open right edge is computed from the entries.
create table audit_tiles (
  log text not null,
  level smallint not null check (level between 0 and 7),
  index bigint not null check (index >= 0),
  hashes bytea not null check (octet_length(hashes) = 8192),
  primary key (log, level, index)
);

-- One signed head per batch: what stands below `size` is settled.
create table audit_heads (
  log text not null,
  size bigint not null check (size > 0),
  root bytea not null check (octet_length(root) = 32),
  -- time of the newest entry below this head, so that a search by time finds its place without an index of its own
  last_t timestamptz not null,
  signed_at timestamptz not null,
  epoch bigint not null,
  -- C2SP checkpoint in a signed note
  note text not null,
  primary key (log, size)
);
create index audit_heads_by_time on audit_heads (last_t);

-- Fencing: whoever takes the integrator's lock raises the epoch; a batch of an older epoch is refused.
create table audit_epochs (
  epoch bigint primary key,
  taken_at timestamptz not null default now(),
  holder text not null
);

grant select on audit_entries, audit_tiles, audit_heads, audit_epochs to lantai_app;
grant select, insert on audit_entries, audit_tiles, audit_heads, audit_epochs to lantai_integrator;
