-- What of the log stands in the object store: tiles, entry bundles, checkpoints, time stamps. Only a list of names: the store holds
-- the truth, and a name that is missing here is found there again.
create table audit_published (
  key text primary key,
  version text not null,
  log text not null check (log ~ '^[0-9]{4}$'),
  kind text not null check (kind in ('part', 'checkpoint', 'timestamp')),
  -- size of the log that it was published for
  size bigint not null check (size > 0),
  -- of a partial part: the size from which a full one, published and locked, holds all of it
  full_at bigint check (full_at > size),
  at timestamptz not null,
  removed_at timestamptz,
  check (removed_at is null or full_at is not null)
);
create index audit_published_checkpoints on audit_published (log, size) where kind = 'checkpoint';
create index audit_published_timestamps on audit_published (log, size) where kind = 'timestamp';
create index audit_published_partial on audit_published (at) where full_at is not null and removed_at is null;
grant select on audit_published to lantai_app;
grant select, insert, update (removed_at) on audit_published to lantai_integrator;
