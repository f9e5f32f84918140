-- Reading on site 现场查阅: somebody from outside, who has no account, reads on a screen of the archive under the eyes of the person
-- who applied. A visit has a beginning, an end and a result; every record shown in it is a reading of its own under the grant.
create table site_visits (
  id uuid primary key,
  request_id uuid not null references requests (id),
  -- who stands by; the applicant, to whom the grant was given
  supervisor uuid not null,
  -- the screen: a name of the archive's own
  place text not null check (char_length(place) between 1 and 64),
  began_at timestamptz not null,
  state text not null default 'open' check (state in ('open', 'ended')),
  ended_at timestamptz,
  -- result of use 利用效果, a sealed note on it, and whether the visitor signed for it
  result text check (result in ('solved', 'partly', 'not_found', 'not_needed')),
  note_sealed bytea,
  signed boolean,
  entry_id uuid not null,
  check ((state = 'ended') = (ended_at is not null) and (state = 'ended') = (result is not null) and (state = 'ended') = (signed is not null)),
  check (ended_at >= began_at)
);
-- one visitor at one screen: what was begun is ended first
create unique index site_visits_one_open on site_visits (request_id) where state = 'open';
create index site_visits_by_request on site_visits (request_id, began_at desc);
create trigger site_visits_audited after insert or update or delete on site_visits for each statement execute function audit_required();

-- Whatever the program does: only while an application from outside is approved, beside the person it was granted to, and ended once.
create function site_visit_is_approved() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if old.state <> 'open' then raise exception 'a visit ends once' using errcode = 'check_violation'; end if;
    return new;
  end if;
  if new.state <> 'open' or not exists (
    select from requests q where q.id = new.request_id and q.kind = 'external' and q.state = 'approved' and q.applicant = new.supervisor and q.grant_id is not null
  ) then
    raise exception 'a visit needs an approved application from outside' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger site_visit_is_approved before insert or update on site_visits for each row execute function site_visit_is_approved();

create table site_visit_readings (
  visit_id uuid not null references site_visits (id),
  reading_id uuid not null unique references readings (id),
  primary key (visit_id, reading_id)
);
create trigger site_visit_readings_audited after insert or update or delete on site_visit_readings for each statement execute function audit_required();

-- What is shown in a visit is read under the grant of its application, to be seen and nothing else.
create function site_visit_reading_fits() returns trigger language plpgsql as $$
begin
  if not exists (
    select from site_visits v join requests q on q.id = v.request_id join readings g on g.id = new.reading_id
    where v.id = new.visit_id and v.state = 'open' and g.grant_id = q.grant_id and g.person_id = v.supervisor and not g.may_download and not g.may_print
  ) then
    raise exception 'not a reading of this visit' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger site_visit_reading_fits before insert on site_visit_readings for each row execute function site_visit_reading_fits();

grant select, insert on site_visits, site_visit_readings to lantai_app;
grant update (state, ended_at, result, note_sealed, signed) on site_visits to lantai_app;
