-- One list of what becomes of everything that a row about a record may say: what the tombstone is emptied of, which rows go, and what
-- is kept because of what. Erasing and the check after it are both made of it, so that neither can forget what the other does. Whoever
-- adds a column that may say something about a record adds its fate here.

create table record_fates (
  relation name not null,
  -- column by which rows belong to a record
  key name not null,
  -- null: the whole row
  attribute name,
  fate text not null check (fate in ('emptied', 'removed', 'kept')),
  -- SQL of what is left of an emptied column
  empty text,
  -- why it is kept
  because text,
  unique nulls not distinct (relation, key, attribute),
  check ((fate = 'emptied') = (empty is not null)),
  check ((fate = 'kept') = (because is not null)),
  check ((fate = 'removed') = (attribute is null))
);
grant select on record_fates to lantai_app;

insert into record_fates (relation, key, attribute, fate, empty) values
  ('records', 'id', 'title', 'emptied', ''''''),
  ('records', 'id', 'client_number', 'emptied', ''''''),
  ('records', 'id', 'client_name_masked', 'emptied', ''''''),
  ('records', 'id', 'client_name_sealed', 'emptied', 'null'),
  ('records', 'id', 'client_phone_masked', 'emptied', ''''''),
  ('records', 'id', 'client_phone_key', 'emptied', 'null'),
  ('records', 'id', 'staff_number', 'emptied', ''''''),
  ('records', 'id', 'staff_name', 'emptied', ''''''),
  ('records', 'id', 'staff_account', 'emptied', ''''''),
  ('records', 'id', 'tags', 'emptied', '''{}'''),
  ('records', 'id', 'cross_reference', 'emptied', ''''''),
  ('records', 'id', 'missing', 'emptied', '''[]'''),
  ('records', 'id', 'sent_back_reason', 'emptied', 'null'),
  ('records', 'id', 'evaluation', 'emptied', 'null'),
  ('records', 'id', 'similar_to', 'emptied', 'null'),
  ('records', 'id', 'submitted_by', 'emptied', 'null'),
  ('records', 'id', 'submitted_account', 'emptied', 'null'),
  ('records', 'id', 'special_term_asked_by', 'emptied', 'null'),
  ('records', 'id', 'return_call_at', 'emptied', 'null'),
  -- a survivor that was said to resemble one of them
  ('records', 'similar_to', 'similar_to', 'emptied', 'null'),
  ('record_files', 'record_id', 'name', 'emptied', ''''''),
  ('record_files', 'record_id', 'extension', 'emptied', ''''''),
  ('record_files', 'record_id', 'media_type', 'emptied', ''''''),
  ('record_files', 'record_id', 'flags', 'emptied', '''{}'''),
  ('record_history', 'record_id', 'old_value', 'emptied', 'null'),
  ('record_history', 'record_id', 'new_value', 'emptied', 'null'),
  ('corrections', 'record_id', 'reason_sealed', 'emptied', '''\x''');

insert into record_fates (relation, key, fate) values
  ('file_texts', 'record_id', 'removed'),
  ('false_alarms', 'record_id', 'removed'),
  ('masked_counts', 'record_id', 'removed');

insert into record_fates (relation, key, attribute, fate, because)
select t.relation, t.key, a, 'kept', t.because
from (values
  ('records', 'id', 'fonds,source_system,service_no,department', 'tombstone: number, class and origin stay, so that it is found and its number is refused if it comes again'),
  ('records', 'id', 'scheme_version,schedule_version,term_rule,term_reasons,purposes', 'derivation of the term, in codes: that it was not destroyed too early must stay provable'),
  ('record_history', 'record_id', 'by_pseudonym,field', 'that something was changed, by whom under a pseudonym; not what'),
  ('corrections', 'record_id', 'fields', 'names of fields; not what stood in them'),
  ('appraisal_items', 'record_id', 'department', 'papers of the appraisal are kept for good'),
  ('audit_entries', 'record_id', 'log,entry,leaf_hash,actor,act,subject_kind,subject_id,purpose,request,record_id,reading_id,client_id,department', 'the log has its own term; identifiers, codes and pseudonyms'),
  ('certified_copies', 'record_id', 'number,digest', 'register of what was certified; the document itself is destroyed with the record'),
  ('destruction_items', 'record_id', 'facts,digest,struck_for,reason_sealed', 'the destruction register is kept for good: numbers, class, dates and digests'),
  ('grant_records', 'record_id', 'acts', 'usage records have their own term: what somebody might do'),
  ('hold_objects', 'record_id', 'why', 'codes of the store'),
  ('objects', 'record_id', 'fonds,store_key,store_version,digest,suite,replay_mac', 'place and digest of sealed bytes that are gone; the replay code goes with the key'),
  ('reading_note_keys', 'reading_id', 'note_key', 'usage records have their own term; the note is of the reader'),
  ('readings', 'record_id', 'pseudonym,purpose,note_sealed,policy,result,result_sealed,standing_rule', 'usage records are kept five years at least; notes are sealed'),
  ('record_events', 'record_id', 'name,source,recorded_by', 'derivation of the term, in codes'),
  ('record_extensions', 'record_id', 'basis', 'legal basis of a longer term'),
  ('request_records', 'record_id', 'department', 'usage records have their own term')
) as t (relation, key, attributes, because), unnest(string_to_array(t.attributes, ',')) as a;

-- What of an emptied row still says something.
create function record_fate_left(relation_name name, key_name name) returns text language sql stable set search_path = pg_catalog, pg_temp as $$
  select string_agg(format('x.%I is distinct from %s', f.attribute, f.empty), ' or ' order by f.attribute)
  from public.record_fates f where f.relation = relation_name and f.key = key_name and f.fate = 'emptied'
$$;

create or replace function destruction_erase(ids uuid[]) returns integer
  -- triggers of the tables it touches look for their functions in `public`, where nobody but the owner makes any
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  gone uuid[];
  one record;
begin
  select array_agg(id order by id) into gone from public.records where id = any (ids) and state in ('shredded', 'destroyed');
  for one in
    select f.relation, f.key, string_agg(format('%I = %s', f.attribute, f.empty), ', ' order by f.attribute) as empties
    from public.record_fates f where f.fate = 'emptied' group by 1, 2 order by (f.relation <> 'records'), 1, 2
  loop
    execute format('update public.%I x set %s where x.%I = any ($1) and (%s)', one.relation, one.empties, one.key, public.record_fate_left(one.relation, one.key)) using gone;
  end loop;
  for one in select f.relation, f.key from public.record_fates f where f.fate = 'removed' order by 1, 2 loop
    execute format('delete from public.%I x where x.%I = any ($1)', one.relation, one.key) using gone;
  end loop;
  return coalesce(cardinality(gone), 0);
end
$$;

-- Rows that still say something of records that are gone, by relation; none where the erasure was whole.
create function destruction_unerased(register uuid) returns table (relation name, n bigint)
  language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  gone uuid[];
  one record;
begin
  select array_agg(i.record_id) into gone from public.destruction_items i where i.register_id = register and i.state in ('shredded', 'destroyed');
  for one in select distinct f.relation as name, f.key, f.fate from public.record_fates f where f.fate <> 'kept' order by 1, 2 loop
    relation := one.name;
    execute format('select count(*) from public.%I x where x.%I = any ($1) and (%s)', one.name, one.key,
      case one.fate when 'removed' then 'true' else public.record_fate_left(one.name, one.key) end) into n using gone;
    if n > 0 then
      return next;
    end if;
  end loop;
end
$$;
revoke all on function record_fate_left(name, name), destruction_unerased(uuid) from public;
grant execute on function destruction_unerased(uuid) to lantai_app;
