import { type Queryable, sql, type Tx } from '../db/index.js';

export interface RuleFile {
  kind: 'scheme' | 'schedule';
  name: string;
  digest: string;
}

/** Versions of scheme and schedule that have acted here. */
export async function knownRuleFiles(db: Queryable): Promise<RuleFile[]> {
  return db.many<RuleFile>(sql`select kind, name, digest from rule_files`);
}

export async function insertRuleFile(tx: Tx, file: RuleFile & { canonical: string; entry: string; at: Date }): Promise<void> {
  await tx.run(sql`insert into rule_files (kind, name, digest, canonical, entry_id, first_seen)
    values (${file.kind}, ${file.name}, ${file.digest}, ${file.canonical}, ${file.entry}, ${file.at})`);
}
