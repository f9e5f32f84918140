-- Verifications of the log that somebody started here, with what they found. Begin and end stand in the log as well.
create table log_verifications (
  id uuid primary key,
  started_at timestamptz not null,
  pseudonym text not null,
  -- entries when it began
  total bigint not null check (total >= 0),
  entries bigint not null default 0,
  -- when it was last heard of: one that fell silent was cut off
  heard_at timestamptz not null,
  finished_at timestamptz,
  result text check (result in ('whole', 'faulty', 'cut_off', 'failed')),
  heads bigint,
  erased bigint,
  fault_count bigint,
  -- the first of them: kind, log, entry
  faults jsonb not null default '[]',
  check ((finished_at is null) = (result is null))
);
create unique index log_verifications_one_at_a_time on log_verifications ((true)) where finished_at is null;
create index log_verifications_newest on log_verifications (started_at desc, id desc);
grant select, insert, update (entries, heard_at, finished_at, result, heads, erased, fault_count, faults) on log_verifications to lantai_app;
