-- Grants 授权 and standing rules 常设授权: what one may read beyond one's role, and under what one reads by role.

create table grants (
  id uuid primary key,
  -- emergency: taken by the reader himself where rules allow it
  kind text not null check (kind in ('internal', 'external', 'confidential', 'emergency')),
  person_id uuid not null,
  -- the reader's pseudonym, '' where the person is unknown here
  reader text not null,
  acts text[] not null check (cardinality(acts) between 1 and 3 and acts <@ array['view', 'print', 'download'] and 'view' = any (acts)),
  purpose text not null check (char_length(purpose) between 1 and 64),
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  -- how often it may still be read under it; null = as often as wanted
  readings_left integer check (readings_left >= 0),
  request_id uuid,
  -- for whom a reading on site is supervised: an id or a number, never a name
  supervised_for text not null default '' check (char_length(supervised_for) <= 64),
  reason_sealed bytea,
  issued_by uuid,
  issued_at timestamptz not null,
  entry_id uuid not null,
  state text not null default 'live' check (state in ('live', 'returned', 'revoked', 'expired')),
  ended_at timestamptz,
  ended_by uuid,
  result text,
  end_sealed bytea,
  -- what an emergency reading was found to be, by a compliance officer who is another person
  review_due timestamptz,
  reviewed_by uuid,
  reviewed_at timestamptz,
  accepted boolean,
  review_sealed bytea,
  constraint grant_lasts check (ends_at > starts_at),
  constraint nobody_grants_to_himself check (kind = 'emergency' or (issued_by is not null and issued_by <> person_id)),
  constraint emergency_is_ones_own check (kind <> 'emergency' or (issued_by = person_id and review_due is not null and ends_at <= starts_at + interval '1 hour')),
  constraint another_person_reviews check (reviewed_by <> person_id),
  check ((state = 'live') = (ended_at is null)),
  check ((state = 'returned') = (result is not null)),
  check ((reviewed_by is null) = (accepted is null) and (reviewed_by is null) = (reviewed_at is null))
);
create index grants_by_person on grants (person_id, issued_at desc, id desc);
create index grants_by_time on grants (issued_at desc, id desc);
create index grants_to_end on grants (ends_at) where state = 'live';
create index grants_by_request on grants (request_id) where request_id is not null;
create index grants_to_review on grants (review_due, id) where review_due is not null and reviewed_at is null;
create trigger grants_audited after insert or update or delete on grants for each statement execute function audit_required();

-- The same, by record: what the condition inside every query asks.
create table grant_records (
  grant_id uuid not null references grants (id),
  record_id uuid not null references records (id),
  person_id uuid not null,
  acts text[] not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  live boolean not null default true,
  primary key (grant_id, record_id)
);
create index grant_records_live on grant_records (person_id, record_id) where live;
create index grant_records_by_record on grant_records (record_id, starts_at);
create trigger grant_records_audited after insert or update or delete on grant_records for each statement execute function audit_required();

-- A row of a grant says what its grant says, and none is added to one that ended.
create function grant_record_fits() returns trigger language plpgsql as $$
begin
  if not exists (select from grants g where g.id = new.grant_id and g.state = 'live' and g.person_id = new.person_id and g.acts = new.acts
      and g.starts_at = new.starts_at and g.ends_at = new.ends_at) then
    raise exception 'not what the grant gives' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger grant_record_fits before insert on grant_records for each row execute function grant_record_fits();

-- Whoever is a compliance officer reads content only when another officer or the executive says so.
create function grant_to_compliance() returns trigger language plpgsql as $$
begin
  if exists (select from role_grants r where r.person_id = new.person_id and r.role = 'compliance_officer' and r.state = 'active')
    and not exists (select from role_grants r where r.person_id = new.issued_by and r.person_id <> new.person_id
      and r.role in ('compliance_officer', 'executive') and r.state = 'active') then
    raise exception 'another officer or the executive authorises what compliance reads' using errcode = 'check_violation', constraint = 'compliance_is_authorised';
  end if;
  if exists (select from role_grants r where r.person_id = new.person_id and r.role in ('system_admin', 'security_admin', 'audit_admin') and r.state in ('proposed', 'active')) then
    raise exception 'no administrator reads content' using errcode = 'check_violation', constraint = 'administrators_read_nothing';
  end if;
  return new;
end
$$;
create trigger grant_to_compliance before insert on grants for each row execute function grant_to_compliance();

-- Standing rules: who may read by role, what, and for which purposes. `*` means each; records of `own` are those of the reader's department.
create table standing_rules (
  -- `name.number`: a changed rule is another one of the same name
  id text primary key check (id ~ '^[a-z][a-z0-9-]{0,39}\.[1-9][0-9]{0,5}$'),
  name text not null,
  says_zh text not null check (char_length(says_zh) between 1 and 200),
  says_en text not null check (char_length(says_en) between 1 and 200),
  readers text[] not null check (cardinality(readers) between 1 and 100),
  departments text[] not null check (cardinality(departments) between 1 and 100),
  types text[] not null check (cardinality(types) between 1 and 5 and types <@ array['routine', 'special', 'complaint', 'survey', 'training']),
  sensitivities text[] not null check (cardinality(sensitivities) between 1 and 4 and sensitivities <@ array['public', 'internal', 'sensitive', 'highly_sensitive']),
  purposes text[] not null check (cardinality(purposes) between 1 and 50),
  states text[] not null check (cardinality(states) between 1 and 10),
  starts_on timestamptz not null,
  ends_on timestamptz not null,
  digest text not null check (digest ~ '^sha256:[0-9a-f]{64}$'),
  -- shipped rules of the first start are in force by its bootstrap entry
  origin text not null check (origin in ('bootstrap', 'file', 'proposed')),
  state text not null check (state in ('proposed', 'agreed', 'active', 'ended', 'refused')),
  proposed_by uuid,
  proposed_at timestamptz not null,
  agreed_by uuid,
  agreed_at timestamptz,
  confirmed_by uuid,
  activated_at timestamptz,
  -- when the audit administrator first saw it; nothing is confirmed that was not seen
  seen_by uuid,
  seen_at timestamptz,
  ended_by uuid,
  ended_at timestamptz,
  constraint standing_lasts check (ends_on > starts_on),
  constraint standing_three_persons check (agreed_by <> proposed_by and confirmed_by <> agreed_by and confirmed_by <> proposed_by),
  constraint standing_seen_by_another check (seen_by <> proposed_by and seen_by <> agreed_by and seen_by <> confirmed_by),
  constraint standing_in_force check (state <> 'active' or activated_at is not null and (origin = 'bootstrap'
    or (agreed_by is not null and confirmed_by is not null and seen_by is not null))),
  check (origin <> 'proposed' or proposed_by is not null),
  check ((state in ('ended', 'refused')) = (ended_at is not null))
);
create unique index standing_rules_in_force on standing_rules (name) where state = 'active';
create unique index standing_rules_waiting on standing_rules (name) where state in ('proposed', 'agreed');
create index standing_rules_by_time on standing_rules (proposed_at desc, id);
create trigger standing_rules_audited after insert or update or delete on standing_rules for each statement execute function audit_required();

-- A reading names under what it was opened.
alter table readings add column grant_id uuid references grants (id);
alter table readings add column standing_rule text references standing_rules (id);
alter table readings add column access_kind text not null default 'internal' check (access_kind in ('internal', 'external', 'confidential', 'emergency'));
alter table readings add constraint reading_under_one check (grant_id is null or standing_rule is null);
alter table readings drop constraint readings_state_check;
alter table readings add constraint readings_state_check check (state in ('open', 'returned', 'expired', 'revoked'));
create index readings_by_grant on readings (grant_id, opened_at desc, id desc) where grant_id is not null;
create index readings_confidential on readings (opened_at desc, id desc) where access_kind in ('confidential', 'emergency');

-- Whatever ends a grant ends its rows, its readings and the streams that run under it, at the commit.
create function grant_ended() returns trigger language plpgsql as $$
begin
  update grant_records set live = false where grant_id = new.id and live;
  update readings set state = new.state, ended_at = new.ended_at, result = new.result where grant_id = new.id and state = 'open';
  perform pg_notify('lantai_grants', new.id::text);
  return null;
end
$$;
create trigger grant_ended after update of state on grants for each row when (old.state = 'live' and new.state <> 'live') execute function grant_ended();

-- What ended stays ended, and what was given stays what it was.
create function grant_stays_ended() returns trigger language plpgsql as $$
begin
  if old.state <> 'live' and new.state <> old.state then raise exception 'a grant ends once' using errcode = 'check_violation'; end if;
  if new.readings_left > old.readings_left or (old.readings_left is not null and new.readings_left is null) then
    raise exception 'a grant only shrinks' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger grant_stays_ended before update on grants for each row execute function grant_stays_ended();

grant select, insert on grants, grant_records, standing_rules to lantai_app;
grant update (readings_left, state, ended_at, ended_by, result, end_sealed, reviewed_by, reviewed_at, accepted, review_sealed) on grants to lantai_app;
grant update (live) on grant_records to lantai_app;
grant update (state, agreed_by, agreed_at, confirmed_by, activated_at, seen_by, seen_at, ended_by, ended_at) on standing_rules to lantai_app;
