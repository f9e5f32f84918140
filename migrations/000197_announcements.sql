-- What is about to be stored under a lock of years: said, with all that is needed to go on, before the first object is stored, so that a
-- crash leaves nothing locked that nobody knows. A row lives as long as its records are on their way, seconds as a rule; then the records
-- stand in the catalogue and it is gone. What a crash left is finished by whoever comes next.

create table announcements (
  id uuid primary key,
  batch_id uuid not null references batches (id),
  import_id uuid,
  announced_at timestamptz not null,
  submitted_by uuid,
  submitted_account uuid,
  -- objects to come: the sweep of orphans leaves them alone
  object_ids uuid[] not null,
  -- generations of keys that wrap theirs: none of them is retired or destroyed meanwhile
  key_buckets uuid[] not null,
  key_generations integer[] not null,
  -- numbers that are taken by it, in the same order; nobody else takes them in meanwhile
  source_systems text[] not null,
  service_nos text[] not null,
  -- rows of the catalogue as they will stand there, and wraps of their keys. Read after a crash only
  records text not null,
  check (cardinality(object_ids) between 1 and 10000 and cardinality(source_systems) = cardinality(object_ids) and cardinality(service_nos) = cardinality(object_ids)),
  check (cardinality(key_buckets) >= 1 and cardinality(key_generations) = cardinality(key_buckets))
);
-- compressing what is gone in a moment would cost more than keeping it
alter table announcements alter column records set storage external;
alter table announcements set (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 100, toast.autovacuum_vacuum_scale_factor = 0.0, toast.autovacuum_vacuum_threshold = 5000);
create trigger announcements_audited after insert or update or delete on announcements for each statement execute function audit_required();
grant select, insert, delete on announcements to lantai_app;
-- to hold one while it is finished
grant update (announced_at) on announcements to lantai_app;
