import { sql, type Queryable, type Tx } from '../../db/index.js';

export async function findPaper(db: Queryable, kind: 'appraisal' | 'register', subject: string, list: Buffer): Promise<string | undefined> {
  const row = await db.maybe<{ object_id: string }>(
    sql`select object_id from disposition_papers where kind = ${kind} and subject_id = ${subject} and list_digest = ${list}`,
  );
  return row?.object_id;
}

export async function insertPaper(
  tx: Tx,
  one: { id: string; kind: 'appraisal' | 'register'; subject: string; list: Buffer; object: string; digest: string; at: Date; entry: string },
): Promise<void> {
  await tx.run(sql`insert into disposition_papers (id, kind, subject_id, list_digest, object_id, document_digest, made_at, entry_id)
    values (${one.id}, ${one.kind}, ${one.subject}, ${one.list}, ${one.object}, ${one.digest}, ${one.at}, ${one.entry})`);
}

/** Appraisals that were decided and whose report is not kept yet, oldest first. */
export async function unreported(db: Queryable): Promise<string[]> {
  const rows = await db.many<{ id: string }>(sql`select a.id from appraisals a where a.state = 'decided'
    and not exists (select from disposition_papers p where p.kind = 'appraisal' and p.subject_id = a.id and p.list_digest = a.digest)
    order by a.decided_at, a.id`);
  return rows.map((row) => row.id);
}
