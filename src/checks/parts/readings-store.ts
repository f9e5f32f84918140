import { type Queryable, sql, type Sql } from '../../db/index.js';
import { READING_ACTS } from './walk-store.js';

export interface ReadingFault {
  kind: 'no_entry' | 'entry_differs';
  id: string;
  record: string;
  what: 'open' | 'begin' | 'end' | 'return';
}

/** Entries by their ids, those that are still on their way into the log as well. */
function entriesOf(ids: Sql): Sql {
  return sql`
    select id, act, actor, decision, purpose, record_id, reading_id from audit_entries where id in (${ids})
    union all
    select p.id, e ->> 'act', e ->> 'actor', e ->> 'decision', e ->> 'purpose', e #>> '{facts,record}',
      case when e #>> '{subject,kind}' = 'reading' then e #>> '{subject,id}' else e #>> '{facts,reading}' end
    from audit_pending p cross join lateral (select p.entry::jsonb as e) x where p.id in (${ids})`;
}

/** Of these readings and the accesses under them, those whose entries are not in the log, or say something else. */
export async function readingFaults(db: Queryable, ids: readonly string[]): Promise<ReadingFault[]> {
  return db.many<ReadingFault>(sql`
    with batch as materialized (select * from readings where id = any (${[...ids]}::uuid[])),
      acc as materialized (select a.*, b.record_id, b.pseudonym, b.purpose from accesses a join batch b on b.id = a.reading_id),
      named as materialized (select entry_id as id from batch union select begin_entry from acc union select end_entry from acc where end_entry is not null),
      log as materialized (${entriesOf(sql`select id from named`)})
    select kind, id, record, what from (
      select case when e.id is null then 'no_entry' when (e.act, e.decision, e.actor, e.purpose, e.record_id, e.reading_id)
          is distinct from ('reading.open', 'allow', b.pseudonym, b.purpose, b.record_id::text, b.id::text) then 'entry_differs' end as kind, b.id, b.record_id as record, 'open' as what, b.opened_at as at
        from batch b left join log e on e.id = b.entry_id
      union all
      select case when e.id is null then 'no_entry' when (e.decision, e.actor, e.purpose, e.record_id, e.reading_id)
          is distinct from ('allow', a.pseudonym, a.purpose, a.record_id::text, a.reading_id::text) or e.act <> all (${READING_ACTS.slice(1)}::text[]) then 'entry_differs' end, a.id, a.record_id, 'begin', a.began_at
        from acc a left join log e on e.id = a.begin_entry
      union all
      select case when e.id is null then 'no_entry' when (e.act, e.record_id, e.reading_id) is distinct from ('reading.end', a.record_id::text, a.reading_id::text) then 'entry_differs' end,
          a.id, a.record_id, 'end', a.ended_at
        from acc a left join log e on e.id = a.end_entry where a.end_entry is not null
      union all
      select 'no_entry', b.id, b.record_id, 'return', b.ended_at from batch b where b.state = 'returned'
        and not exists (select from audit_entries e where e.reading_id = b.id::text and e.act = 'reading.return')
        and not exists (select from audit_pending p where p.entry::jsonb ->> 'act' = 'reading.return' and p.entry::jsonb #>> '{subject,id}' = b.id::text)
    ) found where kind is not null
      -- entries that went with the term of their log are no longer there to be compared
      and not (kind = 'no_entry' and exists (select from audit_gone g where found.at between g.first_at and g.last_at))
    order by id, what`);
}

export interface LostReading {
  id: string;
  act: string;
  log: string;
  sequence: bigint;
  record: string | null;
}

/** Of these entries of readings and accesses, those of which the catalogue knows nothing. */
export async function lostReadings(db: Queryable, ids: readonly string[]): Promise<LostReading[]> {
  return db.many<LostReading>(sql`
    select e.id, e.act, e.log, e.sequence, e.record_id as record from audit_entries e
    where e.id = any (${[...ids]}::uuid[]) and case when e.act = 'reading.open' then not exists (select from readings r where r.id::text = e.subject_id and r.entry_id = e.id)
      else not exists (select from accesses a join readings r on r.id = a.reading_id where r.id::text = e.reading_id and a.begin_entry = e.id) end
    order by e.id`);
}
