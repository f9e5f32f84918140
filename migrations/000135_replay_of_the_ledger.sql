-- A restored catalogue takes over what the ledger of destructions says under a role of its own, which nobody serves under: it may call
-- this one function and put it on record, and nothing else.
do $$
begin
  if not exists (select from pg_roles where rolname = 'lantai_replay') then
    raise exception 'the role lantai_replay is missing: run scripts/create-roles.sql again as a superuser before migrating';
  end if;
  if exists (select from pg_roles where rolname = 'lantai_replay' and (rolsuper or rolbypassrls or rolreplication or rolcanlogin)) then
    raise exception 'the role lantai_replay has rights that it must not have';
  end if;
  if pg_has_role('lantai_app', 'lantai_replay', 'member') or pg_has_role('lantai_integrator', 'lantai_replay', 'member') or pg_has_role('lantai_replay', 'lantai_app', 'member') then
    raise exception 'lantai_replay is a role of its own';
  end if;
end
$$;

grant usage on schema public to lantai_replay;
grant insert (id, entry, sealed), select on audit_pending to lantai_replay;
grant select on destruction_ledger to lantai_replay;

-- One entry of the ledger. Its records are gone whatever stands in the catalogue that was restored: a hold or a restriction that was
-- lifted before they were destroyed stands in it again. What stood is returned, to be put on record. Nothing of what the register
-- destroys by itself still, since the backup was taken in the middle of it, is touched here.
create function destruction_replay(entry integer, register uuid, entry_register_number text, entry_digest bytea, written_at timestamptz, listed uuid[], now_at timestamptz)
  returns table (record_id uuid, stood text, was_held boolean, was_restricted boolean, term date, objects integer)
  -- triggers of the tables it touches look for their functions in `public`, where nobody but the owner makes any
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
#variable_conflict use_column
declare
  begun constant boolean := exists (select from public.destruction_runs u where u.register_id = register);
  known uuid[];
  found jsonb;
begin
  insert into public.destruction_ledger (number, register_id, register_number, digest, at, replayed)
    values (entry, register, entry_register_number, entry_digest, written_at, not begun);
  insert into public.destruction_ledger_records (record_id, number, replayed) select id, entry, not begun from unnest(listed) as l (id) on conflict do nothing;
  if begun then
    return;
  end if;
  perform from public.records r where r.id = any (listed) and r.state <> 'destroyed' order by r.id for update;
  select array_agg(r.id), jsonb_agg(jsonb_build_object('id', r.id, 'state', r.state, 'held', r.held or public.record_is_held(r.id), 'restricted', r.restricted,
      'term', greatest(r.term_until, r.term_minimum), 'objects', (select count(*) from public.objects o where o.record_id = r.id and o.wrapped_key is not null)) order by r.id)
    into known, found from public.records r where r.id = any (listed) and r.state <> 'destroyed';
  update public.destruction_registers set state = 'voided', ended_at = now_at where id = register and state in ('frozen', 'approving', 'approved', 'checked');
  insert into public.destruction_copies (object_id, register_id, record_id)
    select o.id, register, o.record_id from public.objects o where o.record_id = any (known) and o.state <> 'destroyed'
    union all
    select o.id, register, c.record_id from public.certified_copies c join public.objects o on o.id = c.object_id where c.record_id = any (known) and o.state <> 'destroyed'
    on conflict (object_id) do nothing;
  insert into public.key_destructions (id, state, records, places, started_at, forgotten_at, destroyed_at)
    values (register, 'destroyed', cardinality(listed), 1, now_at, now_at, now_at);
  insert into public.key_destruction_objects (object_id, destruction_id)
    select c.object_id, register from public.destruction_copies c join public.objects o on o.id = c.object_id where c.register_id = register and o.wrapped_key is not null
    on conflict (object_id) do nothing;
  update public.objects o set state = 'destroying' from public.key_destruction_objects d where d.destruction_id = register and o.id = d.object_id;
  update public.objects o set wrapped_key = null, replay_mac = null from public.key_destruction_objects d where d.destruction_id = register and o.id = d.object_id;
  update public.objects o set state = 'shredded' from public.key_destruction_objects d where d.destruction_id = register and o.id = d.object_id;
  update public.records r set state = 'shredded' where r.id = any (known) and r.state <> 'shredded';
  -- a hold that stands again in this catalogue must not keep the store from letting go of what is gone
  update public.hold_objects x set wanted = false, state = 'pending', turn = x.turn + 1, attempts = 0, why = null, due_at = now_at, done_at = null
    where x.record_id = any (known) and x.wanted;
  perform public.destruction_erase(known);
  perform public.destruction_forget_imports(known);
  -- what waited then had gone before the destruction was carried out
  delete from public.import_waiting w where w.created_at < written_at;
  return query select (x ->> 'id')::uuid, x ->> 'state', (x ->> 'held')::boolean, (x ->> 'restricted')::boolean, (x ->> 'term')::date, (x ->> 'objects')::integer
    from jsonb_array_elements(found) x;
end
$$;
revoke all on function destruction_replay(integer, uuid, text, bytea, timestamptz, uuid[], timestamptz) from public;
grant execute on function destruction_replay(integer, uuid, text, bytea, timestamptz, uuid[], timestamptz) to lantai_replay;
