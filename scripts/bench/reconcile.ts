import { sql, type Db } from '../../src/db/index.js';
import type { ObjectStore } from '../../src/storage/index.js';

/** Each count of what an import left behind that differs from the number of its records; empty where all agree. */
export async function differences(db: Db, store: ObjectStore, importId: string, expected: number): Promise<string[]> {
  // a count over a million rows takes longer than any page may
  const counts = await db.tx(async (tx) => {
    await tx.run(sql`set local statement_timeout = 0`);
    const catalogue = await tx.one<Record<string, bigint>>(sql`
      select count(*) as records, count(*) filter (where r.state = 'archived') as archived, count(distinct r.archival_code) as codes,
        count(distinct v.body_object) as versions, count(distinct o.store_key) as objects, count(*) filter (where o.state = 'locked' and o.locked_until >= r.term_minimum) as locks
      from records r left join record_versions v on v.record_id = r.id and v.id = r.version_id left join objects o on o.id = v.body_object where r.import_id = ${importId}`);
    const entries = await tx.one<Record<string, bigint>>(sql`
      select count(distinct e.record_id) as archived_entries
      from audit_entries e join records r on r.id::text = e.record_id where r.import_id = ${importId} and e.act = 'record.archive'`);
    return { ...catalogue, ...entries };
  });
  const { all } = await db.one<{ all: bigint }>(sql`select count(*) as all from objects`);
  let files = 0n;
  for await (const _ of store.list('v1/')) files++;
  // other runs of the bench put objects that no row names; none may be missing
  const wrong = Object.entries(counts).flatMap(([name, n]) => (Number(n) === expected ? [] : [`${name} ${n}`]));
  return files < all ? [...wrong, `files ${files} of ${all}`] : wrong;
}
