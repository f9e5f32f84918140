-- Asked for every changed record: where no hold over a client or a query stands open, which is the usual case, there is nothing to look for.
create or replace function record_caught() returns trigger language plpgsql as $$
begin
  if exists (select from holds where scope <> 'list' and state in ('in_force', 'lifting')) then
    insert into hold_records (hold_id, record_id, caught)
      select h.id, new.id, true from holds_over(new) as h (id) where not exists (select from hold_records x where x.hold_id = h.id and x.record_id = new.id)
      on conflict do nothing;
  end if;
  return null;
end
$$;
