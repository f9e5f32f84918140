-- Lowering a sensitivity opens doors: it is proposed by one person and acts once another agrees.
create table lowerings (
  id uuid primary key,
  record_id uuid not null references records (id),
  from_level text not null check (from_level in ('public', 'internal', 'sensitive', 'highly_sensitive')),
  to_level text not null check (to_level in ('public', 'internal', 'sensitive', 'highly_sensitive')),
  proposed_by uuid not null,
  proposed_at timestamptz not null,
  entry_id uuid not null,
  -- superseded: a later proposal or a raised sensitivity took its place
  state text not null check (state in ('proposed', 'agreed', 'refused', 'superseded')),
  decided_by uuid,
  decided_at timestamptz,
  -- the transaction that decided it: the only one that may lower the record
  decided_in xid8,
  check ((state in ('agreed', 'refused')) = (decided_by is not null)),
  check ((decided_by is null) = (decided_in is null)),
  check ((state = 'proposed') = (decided_at is null)),
  check (state <> 'agreed' or decided_by <> proposed_by)
);
create unique index lowerings_one_waits on lowerings (record_id) where state = 'proposed';
create index lowerings_waiting on lowerings (proposed_at, id) where state = 'proposed';
create trigger lowerings_audited after insert or update or delete on lowerings for each statement execute function audit_required();
grant select, insert, update on lowerings to lantai_app;

create function sensitivity_rank(level text) returns integer language sql immutable as $$
  select array_position(array['public', 'internal', 'sensitive', 'highly_sensitive'], level)
$$;

-- Whatever the program does: no sensitivity falls without a second person who agreed to just this in this transaction.
create function lowering_agreed() returns trigger language plpgsql as $$
begin
  if not exists (select from lowerings l where l.record_id = new.id and l.state = 'agreed'
      and l.from_level = old.sensitivity and l.to_level = new.sensitivity and l.decided_in = pg_current_xact_id()) then
    raise exception 'a sensitivity is lowered by two persons' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger records_lowered before update of sensitivity on records for each row
  when (sensitivity_rank(new.sensitivity) < sensitivity_rank(old.sensitivity)) execute function lowering_agreed();

-- Scheme and schedule over their life, like the access rules: a new version acts once two persons approved it.
alter table rule_files add column id uuid not null default gen_random_uuid() unique;
alter table rule_files add column state text not null default 'superseded' check (state in ('proposed', 'agreed', 'active', 'superseded', 'refused'));
-- the shipped version of the first start is approved by its bootstrap entry
alter table rule_files add column origin text not null default 'bootstrap' check (origin in ('bootstrap', 'proposed'));
alter table rule_files add column agreed_by uuid references persons (id);
alter table rule_files add column agreed_at timestamptz;
alter table rule_files add column confirmed_by uuid references persons (id);
alter table rule_files add column activated_at timestamptz;
alter table rule_files add column refused_by uuid references persons (id);
alter table rule_files add column ended_at timestamptz;
alter table rule_files disable trigger rule_files_audited;
update rule_files set activated_at = first_seen;
update rule_files f set state = 'active' where name = (select max(name) from rule_files g where g.kind = f.kind);
alter table rule_files enable trigger rule_files_audited;
alter table rule_files alter column state drop default;
alter table rule_files alter column origin drop default;
alter table rule_files add constraint second_person_confirms check (confirmed_by <> agreed_by);
alter table rule_files add constraint acts_only_when_approved check (
  state <> 'active' or activated_at is not null and (origin = 'bootstrap' or (agreed_by is not null and confirmed_by is not null)));
create unique index rule_files_active on rule_files (kind) where state = 'active';
create unique index rule_files_waiting on rule_files (kind) where state in ('proposed', 'agreed');
grant update (state, agreed_by, agreed_at, confirmed_by, activated_at, refused_by, ended_at) on rule_files to lantai_app;
