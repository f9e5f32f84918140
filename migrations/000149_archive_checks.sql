-- Verifications of the whole archive against its stores: what was looked at so far, so that one that was killed goes on where it stopped,
-- and what was found. Begin and end stand in the log as well.
create table archive_checks (
  id uuid primary key,
  started_at timestamptz not null,
  pseudonym text not null,
  mode text not null check (mode in ('whole', 'sample')),
  -- of a sample: anybody who knows the seed draws it again
  seed text,
  size integer check (size between 1 and 100000),
  -- the part that is under way, and the last of it that was looked at
  part text,
  place text,
  -- raised by whoever takes the check up: a process that was held up writes nothing over a newer one
  turn integer not null default 0,
  counts jsonb not null default '{}',
  bytes bigint not null default 0,
  fault_count bigint not null default 0,
  -- when it was last heard of
  heard_at timestamptz not null,
  -- code of what stopped it last; it goes on by itself
  trouble text,
  finished_at timestamptz,
  result text check (result in ('whole', 'faulty', 'given_up')),
  check ((seed is null) = (mode = 'whole')),
  check ((size is null) = (mode = 'whole')),
  check ((finished_at is null) = (result is null))
);
create unique index archive_checks_one_at_a_time on archive_checks ((true)) where finished_at is null;
create index archive_checks_newest on archive_checks (started_at desc, id desc);

create table archive_check_faults (
  check_id uuid not null references archive_checks (id),
  number bigint not null check (number >= 1),
  part text not null,
  kind text not null,
  -- what it is about: an id, or a key of the store
  subject text not null,
  record_id uuid,
  facts jsonb not null default '{}',
  primary key (check_id, number)
);
grant select, insert, update (part, place, turn, counts, bytes, fault_count, heard_at, trouble, finished_at, result) on archive_checks to lantai_app;
grant select, insert on archive_check_faults to lantai_app;
