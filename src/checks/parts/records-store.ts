import { type Queryable, sql } from '../../db/index.js';
import type { CheckFault } from '../values.js';

export interface RecordFaults {
  id: string;
  kinds: CheckFault[];
}

/**
 * What is wrong with records in the catalogue itself, in one statement and of one moment: the versions, the objects they name, keys
 * that are gone or were left, what a destruction leaves behind, and holds.
 */
export async function recordFaults(db: Queryable, ids: readonly string[]): Promise<RecordFaults[]> {
  return db.many<RecordFaults>(sql`
    select id, kinds from (
      select r.id, array_remove(array[
        case when v.id is null or v.number <> r.version_number then 'no_version' end,
        case when w.n <> r.version_number or w.last is distinct from r.version_number then 'versions' end,
        case when f.n <> r.file_count then 'files' end,
        case when n.missing > 0 then 'no_object' end,
        case when r.state not in ('destroying', 'shredded', 'destroyed') and o.keyless > 0 then 'no_key' end,
        case when r.state in ('shredded', 'destroyed') and o.keyed > 0 then 'key_left' end,
        case when r.state = 'destroyed' and o.kept > 0 then 'object_left' end,
        case when r.state in ('shredded', 'destroyed') and l.number is null then 'no_ledger' end,
        case when r.state not in ('destroying', 'shredded', 'destroyed') and l.number is not null then 'came_back' end,
        case when r.state = 'destroyed' and g.state = 'closed' and not exists (select from destruction_certificates c where c.register_id = g.id) then 'no_certificate' end,
        case when r.state = 'destroyed' and (r.title <> '' or r.client_number <> '' or r.client_name_sealed is not null) then 'text_left' end,
        case when r.state in ('shredded', 'destroyed') and (exists (select from search_outbox x where x.record_id = r.id and x.at < now() - interval '1 hour')
          or r.state = 'shredded' and l.replayed and not exists (select from destruction_copies c where c.record_id = r.id and c.state <> 'gone')) then 'index_left' end,
        case when r.held <> exists (select from hold_records h where h.record_id = r.id and h.until is null) then 'hold_flag' end,
        case when r.held and o.untold > 0 then 'hold_untold' end
      ], null) as kinds
      from records r
        left join record_versions v on v.id = r.version_id and v.record_id = r.id
        cross join lateral (select count(*)::int as n, max(x.number) as last from record_versions x where x.record_id = r.id) w
        cross join lateral (select count(*)::int as n from record_files x where x.record_id = r.id) f
        cross join lateral (select count(*)::int as missing from (
            select body_object as id from record_versions x where x.record_id = r.id union all select object_id from record_files x where x.record_id = r.id) named
          where not exists (select from objects x where x.id = named.id and x.record_id = r.id)) n
        cross join lateral (select count(*) filter (where x.wrapped_key is null)::int as keyless, count(*) filter (where x.wrapped_key is not null)::int as keyed,
            count(*) filter (where x.state <> 'destroyed')::int as kept,
            count(*) filter (where not exists (select from hold_objects h where h.object_id = x.id and h.wanted))::int as untold
          from objects x where x.record_id = r.id) o
        left join destruction_ledger_records l on l.record_id = r.id
        left join destruction_items i on i.record_id = r.id and i.state = 'destroyed'
        left join destruction_registers g on g.id = i.register_id
      where r.id = any (${[...ids]}::uuid[])) found
    where cardinality(kinds) > 0 order by id`);
}
