-- A register that came to nothing puts its records back among what is due, also one that a hold stands over by now: it waits
-- there, and no appraisal begins with it while the hold stands.
create or replace function record_falls_due() returns trigger language plpgsql as $$
begin
  if old.state not in ('archived', 'extended', 'approved') or (new.held and old.state <> 'approved') then
    raise exception 'only what is kept and not under hold falls due' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
