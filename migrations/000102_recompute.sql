-- Terms decided anew after another version of the schedule acts: in batches along the ids, each of one transaction, so that it goes on
-- where it stopped.
create table schedule_recomputes (
  rule_id uuid primary key references rule_files (id),
  state text not null check (state in ('running', 'done')),
  -- the last record that was looked at
  place uuid,
  total integer not null check (total >= 0),
  done integer not null default 0,
  later integer not null default 0,
  earlier integer not null default 0,
  -- kept by an earlier day that nobody agreed to shorten
  promised integer not null default 0,
  unmatched integer not null default 0,
  started_at timestamptz not null,
  updated_at timestamptz not null,
  finished_at timestamptz,
  check ((state = 'done') = (finished_at is not null))
);
create trigger schedule_recomputes_audited after insert or update or delete on schedule_recomputes for each statement execute function audit_required();
grant select, insert, update on schedule_recomputes to lantai_app;
