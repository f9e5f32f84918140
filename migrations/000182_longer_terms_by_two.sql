-- A longer term in a special case (R29) is answered by another person than who asked for it, once, whatever program writes.
create table special_term_answers (
  record_id uuid primary key references records (id),
  -- nobody is known to have asked where a source system did
  asked_by uuid,
  answered_by uuid not null,
  confirmed boolean not null,
  at timestamptz not null,
  constraint special_term_second_person check (answered_by <> asked_by)
);
create trigger special_term_answers_audited after insert or update or delete on special_term_answers for each statement execute function audit_required();
grant select, insert on special_term_answers to lantai_app;

create function special_term_answered() returns trigger language plpgsql as $$
begin
  if old.special_term <> 'asked' or not exists (select from special_term_answers a
      where a.record_id = new.id and a.asked_by is not distinct from old.special_term_asked_by and a.confirmed = (new.special_term = 'confirmed')) then
    raise exception 'a longer term is answered by another person than who asked' using errcode = 'check_violation', constraint = 'special_term_second_person';
  end if;
  return new;
end
$$;
create trigger special_term_answered before update of special_term on records for each row
  when (new.special_term in ('confirmed', 'refused') and new.special_term is distinct from old.special_term) execute function special_term_answered();
