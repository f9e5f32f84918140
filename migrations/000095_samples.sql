-- Samples for review 抽查: drawn from the log by a seed that stands in the log before the draw, marked by other persons than
-- those they are about. Marks are added, never changed: the newest counts.

create sequence sample_numbers;
create table samples (
  id uuid primary key,
  number text not null unique check (number ~ '^S-[0-9]{4}-[0-9]{6}$'),
  kind text not null check (kind in ('readings', 'downloads', 'prints', 'refusals', 'emergency')),
  -- local days, both included, and the time that they cover
  from_day date not null,
  to_day date not null check (to_day >= from_day),
  from_at timestamptz not null,
  to_at timestamptz not null check (to_at > from_at),
  -- size of the signed log that it is drawn from: what came later is not in it
  head_log text not null,
  head_size bigint not null check (head_size > 0),
  -- 32 random bytes in hexadecimal; the entries it is drawn from, how many and which
  seed text not null check (seed ~ '^[0-9a-f]{64}$'),
  frame integer not null check (frame > 0),
  frame_digest text not null check (frame_digest ~ '^sha256:[0-9a-f]{64}$'),
  size integer not null check (size between 1 and 10000 and size <= frame),
  -- `oversight@2026-01@sha256:…`
  rules text not null,
  -- as many of them the drawer may mark himself
  drawer_most integer not null check (drawer_most between 0 and size),
  confidence double precision not null check (confidence in (0.9, 0.95, 0.99)),
  -- announced: seed and frame are on record; open: drawn; closed: every item is marked
  state text not null check (state in ('announced', 'open', 'closed')),
  drawn_by uuid not null references persons (id),
  announced_at timestamptz not null,
  drawn_at timestamptz,
  closed_by uuid references persons (id),
  closed_at timestamptz,
  entry_id uuid not null,
  check ((state = 'announced') = (drawn_at is null)),
  check ((state = 'closed') = (closed_at is not null) and (state = 'closed') = (closed_by is not null))
);
create index samples_by_time on samples (announced_at desc, id desc);
create index samples_open on samples (announced_at desc, id desc) where state = 'open';
create trigger samples_audited after insert or update or delete on samples for each statement execute function audit_required();

create table sample_items (
  sample_id uuid not null references samples (id),
  -- place in the frame, from 0, in the order of the log
  position integer not null check (position >= 0),
  entry_id uuid not null,
  log text not null,
  sequence bigint not null,
  -- whom it is about; null where nobody is known
  person_id uuid references persons (id),
  -- the case that it was turned into
  case_id uuid references signal_cases (id),
  primary key (sample_id, position),
  unique (sample_id, entry_id)
);
create index sample_items_by_case on sample_items (case_id) where case_id is not null;
create trigger sample_items_audited after insert or update or delete on sample_items for each statement execute function audit_required();

create table sample_marks (
  id uuid primary key,
  sample_id uuid not null,
  position integer not null,
  mark text not null check (mark in ('justified', 'not_justified', 'unclear')),
  marked_by uuid not null references persons (id),
  at timestamptz not null,
  note_sealed bytea,
  entry_id uuid not null,
  foreign key (sample_id, position) references sample_items (sample_id, position),
  constraint doubts_are_explained check (mark = 'justified' or note_sealed is not null)
);
create index sample_marks_by_item on sample_marks (sample_id, position, at desc, id desc);
create trigger sample_marks_audited after insert or update or delete on sample_marks for each statement execute function audit_required();

-- The newest mark of each item.
create view sample_newest_marks as
  select distinct on (sample_id, position) sample_id, position, id, mark, marked_by, at, note_sealed from sample_marks order by sample_id, position, at desc, id desc;

create function sample_moves_on() returns trigger language plpgsql as $$
begin
  if (old.state, new.state) not in (('announced', 'open'), ('open', 'closed')) then
    raise exception 'a sample only moves on' using errcode = 'restrict_violation';
  end if;
  if new.state = 'open' and (select count(*) from sample_items where sample_id = new.id) <> new.size then
    raise exception 'a sample is drawn whole' using errcode = 'restrict_violation';
  end if;
  if new.state = 'closed' and exists (
    select from sample_items i where i.sample_id = new.id and not exists (select from sample_marks m where m.sample_id = i.sample_id and m.position = i.position)) then
    raise exception 'a sample is closed once every item is marked' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger sample_moves_on before update on samples for each row execute function sample_moves_on();

create function sample_items_are_drawn() returns trigger language plpgsql as $$
begin
  if (select state from samples where id = new.sample_id) <> 'announced' then
    raise exception 'a sample is drawn once' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger sample_items_are_drawn before insert on sample_items for each row execute function sample_items_are_drawn();

-- Never one's own, never in a sample that is not open, and not more of it by its drawer than the rules let him.
create function sample_mark_is_anothers() returns trigger language plpgsql as $$
declare
  one samples;
begin
  select * into one from samples where id = new.sample_id for update;
  if one.state <> 'open' then
    raise exception 'only an open sample is marked' using errcode = 'restrict_violation';
  end if;
  if exists (select from sample_items where sample_id = new.sample_id and position = new.position and person_id = new.marked_by) then
    raise exception 'nobody marks his own' using errcode = 'check_violation';
  end if;
  if new.marked_by = one.drawn_by and
    (select count(*) from sample_newest_marks where sample_id = new.sample_id and position <> new.position and marked_by = one.drawn_by) >= one.drawer_most then
    raise exception 'the drawer does not mark all of it' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger sample_mark_is_anothers before insert on sample_marks for each row execute function sample_mark_is_anothers();

-- A case that is over may be looked into again, from the signal itself.
alter table signal_cases add column from_signal uuid references signals (id);
create index signal_cases_from_signal on signal_cases (from_signal, opened_at desc, id desc) where from_signal is not null;

grant select, insert on samples, sample_items, sample_marks to lantai_app;
grant select on sample_newest_marks to lantai_app;
grant update (state, drawn_at, closed_by, closed_at) on samples to lantai_app;
grant update (case_id) on sample_items to lantai_app;
grant usage on sequence sample_numbers to lantai_app;
