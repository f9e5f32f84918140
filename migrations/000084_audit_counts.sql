-- Kept counts of the log, so that the access audit over ten million entries adds up a few thousand rows. They are made from the
-- log alone, in its sequence: `audit_counted` says up to where, the rest is counted in the log itself, so that the sums are those
-- of the log at every moment and whatever moves entries into the log does nothing more for it.

-- department of whoever acted, at that time; null in entries from before, and for machines without one
alter table audit_entries add column department text;

-- What entries have in common, once: narrow rows are what makes adding up quick.
create table audit_kinds (
  id integer generated always as identity primary key,
  act text not null,
  decision text not null,
  purpose text not null,
  department text not null,
  -- outside of working hours
  outside boolean not null,
  unique (act, decision, purpose, department, outside)
);
create table audit_actors (
  id integer generated always as identity primary key,
  pseudonym text not null unique
);

-- by local day and person
create table audit_counts (
  day date not null,
  actor integer not null references audit_actors (id),
  kind integer not null references audit_kinds (id),
  n integer not null check (n > 0),
  primary key (actor, day, kind)
) with (fillfactor = 80);
create index audit_counts_by_day on audit_counts (day);
-- by local day, persons taken together
create table audit_counts_days (
  day date not null,
  kind integer not null references audit_kinds (id),
  n bigint not null check (n > 0),
  primary key (day, kind)
) with (fillfactor = 80);
-- by month and person
create table audit_counts_months (
  month date not null check (extract(day from month) = 1),
  actor integer not null references audit_actors (id),
  kind integer not null references audit_kinds (id),
  n bigint not null check (n > 0),
  primary key (month, actor, kind)
) with (fillfactor = 80);

-- Entries below `size` of each log are in the counts.
create table audit_counted (
  log text primary key,
  size bigint not null check (size > 0)
);
-- The working hours (and time zone) under which the counts were made.
create table audit_count_hours (
  single boolean primary key default true check (single),
  version text not null
);

grant select on audit_kinds, audit_actors, audit_counts, audit_counts_days, audit_counts_months, audit_counted, audit_count_hours to lantai_app, lantai_integrator;
grant insert, update, delete on audit_counts, audit_counts_days, audit_counts_months, audit_counted, audit_count_hours to lantai_integrator;
grant insert on audit_kinds, audit_actors to lantai_integrator;
