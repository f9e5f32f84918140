-- Counters of archival codes 档号: one row per series, counting up only.
-- A rolled-back capture gives its numbers back (no gap); a committed one keeps them for ever (no reuse).
create table archival_series (
  series text primary key check (series <> ''),
  last integer not null check (last > 0)
);

create function archival_series_only_grows() returns trigger
  language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.series <> old.series or new.last <= old.last then
    raise exception 'a series of archival codes only grows' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create trigger archival_series_only_grows before update or delete on archival_series
  for each row execute function archival_series_only_grows();
create trigger archival_series_audit after insert or update or delete on archival_series
  for each statement execute function audit_required();

grant select, insert, update on archival_series to lantai_app;
