import { type Queryable, sql } from '../../db/index.js';
import type { ObjectEntry } from '../../storage/index.js';

export interface ObjectSides {
  id: string;
  record: string;
  owned: boolean;
  /** What the store was told of a legal hold; `null` where it was not spoken of, or is just being told. */
  hold: boolean | null;
  gone: boolean;
}

/** What other rows say of these objects. */
export async function sidesOf(db: Queryable, ids: readonly string[]): Promise<ObjectSides[]> {
  return db.many<ObjectSides>(sql`
    select o.id, o.record_id as record, case when h.state = 'done' then h.wanted end as hold, coalesce(c.state = 'gone', false) as gone,
      exists (select from record_versions x where x.body_object = o.id) or exists (select from record_files x where x.object_id = o.id)
        or exists (select from corrections x where x.body_object = o.id) or exists (select from request_papers x where x.object_id = o.id)
        or exists (select from certified_copies x where x.object_id = o.id) or exists (select from compliance_reports x where x.object_id = o.id)
        or exists (select from disposition_papers x where x.object_id = o.id) or exists (select from destruction_certificates x where x.object_id = o.id) as owned
    from objects o left join hold_objects h on h.object_id = o.id left join destruction_copies c on c.object_id = o.id
    where o.id = any (${[...ids]}::uuid[]) order by o.id`);
}

/** What refers to objects, by table and column, as the database knows it. */
export async function objectOwners(db: Queryable): Promise<string[]> {
  const rows = await db.many<{ name: string }>(sql`
    select conrelid::regclass || '.' || a.attname as name from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.contype = 'f' and c.confrelid = 'objects'::regclass order by 1`);
  return rows.map((row) => row.name);
}

export interface Placed {
  key: string;
  version: string;
  /** `known`: a row names it; `waiting`: claimed as an orphan and still locked; `none`: nothing names it. */
  state: 'known' | 'waiting' | 'none';
}

/** What the catalogue says of objects that the store has. */
export async function placesOf(db: Queryable, entries: readonly Pick<ObjectEntry, 'key' | 'version'>[]): Promise<Placed[]> {
  return db.many<Placed>(sql`
    select s.key, s.version, case when exists (select from objects o where o.store_key = s.key and o.store_version = s.version) then 'known'
      when exists (select from orphan_objects o where o.store_key = s.key and o.store_version = s.version and o.removed_at is null) then 'waiting' else 'none' end as state
    from unnest(${entries.map((one) => one.key)}::text[], ${entries.map((one) => one.version)}::text[]) as s (key, version)`);
}

/** Prefixes of the records that were drawn: theirs is what is looked through in the store. */
export async function prefixesOf(db: Queryable, ids: readonly string[], archive: string): Promise<{ id: string; prefix: string }[]> {
  return db.many(
    sql`select id, 'v1/' || ${archive}::text || '/' || fonds || '/' || id || '/' as prefix from records where id = any (${[...ids]}::uuid[]) order by id`,
  );
}
