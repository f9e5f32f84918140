import { FALSE, ident, join, type Queryable, sql } from '../../db/index.js';
import type { ObjectEntry } from '../../storage/index.js';

export interface ObjectSides {
  id: string;
  record: string;
  owned: boolean;
  /** What the store was told of a legal hold; `null` where it was not spoken of, or is just being told. */
  hold: boolean | null;
  gone: boolean;
}

/** Tables that refer to objects without owning them: what happens to an object, not what it belongs to. */
const SPEAKING = ['accesses', 'destruction_copies', 'hold_objects', 'key_destruction_objects'];

export interface Owner {
  table: string;
  column: string;
}

/** What owns objects, as the database knows it: whatever refers to them, so that a new kind of document needs no word here. */
export async function objectOwners(db: Queryable): Promise<Owner[]> {
  return db.many<Owner>(sql`
    select t.relname as table, a.attname as column from pg_constraint c join pg_class t on t.oid = c.conrelid
      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.contype = 'f' and c.confrelid = 'objects'::regclass and t.relname <> all (${SPEAKING}::text[]) order by 1, 2`);
}

/** What other rows say of these objects. */
export async function sidesOf(db: Queryable, ids: readonly string[], owners: readonly Owner[]): Promise<ObjectSides[]> {
  const owned = owners.map(({ table, column }) => sql`exists (select from ${ident(table)} x where ${ident(`x.${column}`)} = o.id)`);
  return db.many<ObjectSides>(sql`
    select o.id, o.record_id as record, case when h.state = 'done' then h.wanted end as hold, coalesce(c.state = 'gone', false) as gone, (${join(owned, ' or ', FALSE)}) as owned
    from objects o left join hold_objects h on h.object_id = o.id left join destruction_copies c on c.object_id = o.id
    where o.id = any (${[...ids]}::uuid[]) order by o.id`);
}

export interface Placed {
  key: string;
  version: string;
  /** `known`: a row names it, or has announced it; `waiting`: claimed as an orphan and still locked; `none`: nothing names it. */
  state: 'known' | 'waiting' | 'none';
}

/** What the catalogue says of objects that the store has. */
export async function placesOf(db: Queryable, entries: readonly Pick<ObjectEntry, 'key' | 'version'>[]): Promise<Placed[]> {
  return db.many<Placed>(sql`
    select s.key, s.version, case when exists (select from objects o where o.store_key = s.key and o.store_version = s.version) then 'known'
      when exists (select from orphan_objects o where o.store_key = s.key and o.store_version = s.version and o.removed_at is null) then 'waiting'
      when exists (select from announcements a where split_part(s.key, '/', 6) = any (a.object_ids::text[])) then 'known' else 'none' end as state
    from unnest(${entries.map((one) => one.key)}::text[], ${entries.map((one) => one.version)}::text[]) as s (key, version)`);
}

/** Prefixes of the records that were drawn: theirs is what is looked through in the store. */
export async function prefixesOf(db: Queryable, ids: readonly string[], archive: string): Promise<{ id: string; prefix: string }[]> {
  return db.many(
    sql`select id, 'v1/' || ${archive}::text || '/' || fonds || '/' || id || '/' as prefix from records where id = any (${[...ids]}::uuid[]) order by id`,
  );
}
