-- Reading on site in a locked session: the browser before which the visitor sits is locked to the visit, and to nothing else of the
-- archive. The lock is made once and never taken off: the session ends with the visit, whatever ends either of them.
alter table sessions add column locked_to uuid references site_visits (id);
-- one screen for a visit
create unique index sessions_locked on sessions (locked_to) where locked_to is not null;

alter table site_visits
  -- until when it lasts at the longest; visits from before have no screen of their own
  add column ends_at timestamptz,
  -- ended without the person who stands by: why
  add column broken_off text check (broken_off in ('signed_out', 'everywhere', 'password', 'disabled', 'sleeping', 'second_factor', 'sign_on', 'signed_in', 'time', 'idle', 'grant')),
  -- whether that was put on record by itself and said to who stands by
  add column told boolean not null default false,
  -- how often somebody tried to get anywhere else on the screen
  add column strayed integer not null default 0 check (strayed >= 0),
  add check (ends_at > began_at),
  add check (not told or broken_off is not null);
alter table site_visits drop constraint site_visits_check;
alter table site_visits add constraint site_visits_ended check (
  (state = 'ended') = (ended_at is not null) and (result is not null) = (signed is not null)
  and (state = 'ended') = (result is not null or broken_off is not null) and (result is null or broken_off is null));
create index site_visits_untold on site_visits (ended_at) where broken_off is not null and not told;
create index site_visits_open on site_visits (began_at) where state = 'open';
grant update (broken_off, told, strayed) on site_visits to lantai_app;

-- Ended once; afterwards only that it was told.
create or replace function site_visit_is_approved() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if old.state <> 'open' and (to_jsonb(new) - 'told' <> to_jsonb(old) - 'told' or old.told) then
      raise exception 'a visit ends once' using errcode = 'check_violation';
    end if;
    if new.strayed < old.strayed then raise exception 'what was tried stays counted' using errcode = 'check_violation'; end if;
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

alter table sessions drop constraint sessions_end_reason_check;
alter table sessions add constraint sessions_end_reason_check
  check (end_reason in ('signed_out', 'everywhere', 'password', 'disabled', 'sleeping', 'second_factor', 'sign_on', 'signed_in', 'visit'));

-- An open session of who stands by is locked, once, to an open visit; it stays locked, and its end does not move away any more.
create function session_lock_kept() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then raise exception 'a session is locked once it is there' using errcode = 'check_violation', constraint = 'session_lock_kept'; end if;
  if old.locked_to is not null then
    if new.locked_to is distinct from old.locked_to or new.expires_at > old.expires_at then
      raise exception 'a locked session stays locked' using errcode = 'check_violation', constraint = 'session_lock_kept';
    end if;
    return new;
  end if;
  if new.locked_to is not null then
    if new.ended_at is not null or not exists (
      select from site_visits v join accounts a on a.person_id = v.supervisor where v.id = new.locked_to and v.state = 'open' and a.id = new.account_id
    ) then
      raise exception 'not a session for this visit' using errcode = 'check_violation', constraint = 'session_lock_kept';
    end if;
    -- what still runs in another window of it
    perform pg_notify('lantai_grants', new.id::text);
  end if;
  return new;
end
$$;
create trigger session_locked_at_once before insert on sessions for each row when (new.locked_to is not null) execute function session_lock_kept();
create trigger session_lock_kept before update of locked_to, expires_at on sessions for each row execute function session_lock_kept();

-- One ends with the other, in the same transaction, whatever program ends it and why.
create function visit_ends_with_session() returns trigger language plpgsql as $$
begin
  update site_visits set state = 'ended', ended_at = greatest(new.ended_at, began_at), broken_off = new.end_reason where id = new.locked_to and state = 'open';
  return null;
end
$$;
create trigger visit_ends_with_session after update of ended_at on sessions for each row
  when (new.locked_to is not null and old.ended_at is null and new.ended_at is not null) execute function visit_ends_with_session();

create function session_ends_with_visit() returns trigger language plpgsql as $$
begin
  update sessions set ended_at = new.ended_at, end_reason = 'visit' where locked_to = new.id and ended_at is null;
  -- what is ended with a result is handed back with it; what was broken off is over
  if new.broken_off is not null then
    update readings g set state = 'expired', ended_at = greatest(new.ended_at, g.opened_at) from site_visit_readings x
      where x.visit_id = new.id and g.id = x.reading_id and g.state = 'open';
  end if;
  return null;
end
$$;
create trigger session_ends_with_visit after update of state on site_visits for each row
  when (old.state = 'open' and new.state = 'ended') execute function session_ends_with_visit();

drop trigger audit_required on sessions;
create trigger audit_required after insert or delete or update of expires_at, second_factor_at, shown_at, ended_at, locked_to on sessions
  for each statement execute function audit_required();
grant update (locked_to) on sessions to lantai_app;

-- Nothing is shown but in the session that is locked to the visit.
create or replace function site_visit_reading_fits() returns trigger language plpgsql as $$
begin
  if not exists (
    select from site_visits v join requests q on q.id = v.request_id join readings g on g.id = new.reading_id
    where v.id = new.visit_id and v.state = 'open' and g.grant_id = q.grant_id and g.person_id = v.supervisor and not g.may_download and not g.may_print
      and exists (select from sessions s where s.locked_to = v.id and s.ended_at is null)
  ) then
    raise exception 'not a reading of this visit' using errcode = 'check_violation';
  end if;
  return new;
end
$$;

alter table request_notices drop constraint request_notices_kind_check;
alter table request_notices add constraint request_notices_kind_check check (kind in ('remind', 'escalate', 'told', 'decided', 'overdue', 'recall', 'visit_broken', 'visit_strayed'));
