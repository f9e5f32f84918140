import { sql, type Queryable } from '../../db/index.js';

/** The newest signed head of a log. */
export function selectHeadOf(db: Queryable, log: string): Promise<{ size: bigint; root: Buffer; note: string } | undefined> {
  return db.maybe(sql`select size, root, note from audit_heads where log = ${log} order by size desc limit 1`);
}

/** An entry as it was hashed. */
export function selectLeaf(db: Queryable, log: string, sequence: bigint): Promise<{ id: string; entry: string; leaf: Buffer } | undefined> {
  return db.maybe(sql`select id, entry, leaf_hash as leaf from audit_entries where log = ${log} and sequence = ${sequence}`);
}
