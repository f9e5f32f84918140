-- The records that new objects belong to are looked up one by one: the planner knows nothing of how few they are, and in an archive
-- that it has no statistics of either it read all records for every batch that was taken in.
create or replace function objects_of_held() returns trigger language plpgsql as $$
declare
  owners uuid[];
begin
  select array_agg(n.record_id) into owners from (select distinct record_id from new_rows) n where (select r.held from records r where r.id = n.record_id);
  if owners is not null then
    insert into hold_objects (object_id, record_id, wanted) select n.id, n.record_id, true from new_rows n where n.record_id = any (owners) on conflict do nothing;
  end if;
  return null;
end
$$;

-- Locks stand in the order of ids, as everywhere; what is locked shows its newest state.
create or replace function objects_of_what_stays() returns trigger language plpgsql as $$
begin
  if exists (select from (select distinct record_id from new_rows order by record_id) n
      cross join lateral (select r.state from records r where r.id = n.record_id for key share) r
      where r.state in ('destroying', 'shredded', 'destroyed')) then
    raise exception 'nothing is added to what is being destroyed' using errcode = 'check_violation';
  end if;
  return null;
end
$$;
