-- Whoever puts a record down as extended together with a day gives it the very day that an appraisal signed. Where only its state goes
-- back, since it fell due and has a later day again or its register came to nothing, the day that it has stays, and is none before one
-- that was signed.
create or replace function record_extended() returns trigger language plpgsql as $$
begin
  if old.state not in ('due', 'approved') or not exists (select from record_extensions e where e.record_id = new.id
      and (e.until = new.term_until or (e.until < new.term_until and new.term_until = old.term_until))) then
    raise exception 'a record is extended by an appraisal' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
