import { type Db, sql, type Sql } from '../../db/index.js';
import { LIVING } from '../../disposition/index.js';

/** Entries of which a reading or an access must stand in the catalogue. */
export const READING_ACTS = ['reading.open', 'reading.view.begin', 'reading.print', 'reading.download.begin'] as const;

const TABLES = {
  records: sql`records`,
  terms: sql`records where state in ${LIVING}`,
  readings: sql`readings`,
  entries: sql`audit_entries where act = any (${[...READING_ACTS]}::text[]) and decision = 'allow' and actor <> 'system'`,
  objects: sql`objects`,
} as const satisfies Record<string, Sql>;
export type Walked = keyof typeof TABLES;

/** Over all rows a statement may take longer than a page. */
async function patiently<T extends object>(db: Db, statement: Sql): Promise<T[]> {
  return db.tx(
    async (tx) => {
      await tx.run(sql`set local statement_timeout = '30min'`);
      return tx.many<T>(statement);
    },
    { readOnly: true },
  );
}

export async function countOf(db: Db, what: Walked): Promise<number> {
  const [row] = await patiently<{ n: bigint }>(db, sql`select count(*) as n from ${TABLES[what]}`);
  return Number(row?.n ?? 0n);
}

/** The next ids; what came after the check began is left to the next one. Ids rise with time. */
export async function nextIds(db: Db, what: Walked, { after, before, limit }: { after: string; before: string; limit: number }): Promise<string[]> {
  const rows = await patiently<{ id: string }>(
    db,
    sql`select id from (select id from ${TABLES[what]}) t where id > ${after} and id < ${before} order by id limit ${limit}`,
  );
  return rows.map((row) => row.id);
}

/** Those whose SHA-256 over seed and id is lowest: drawn again with the seed, and by nobody before it was known. */
export async function drawIds(db: Db, what: Walked, { seed, size, before }: { seed: string; size: number; before: string }): Promise<string[]> {
  const rows = await patiently<{ id: string }>(
    db,
    sql`select id from (select id from ${TABLES[what]}) t where id < ${before} order by sha256(convert_to(${seed}::text || id::text, 'UTF8')), id limit ${size}`,
  );
  return rows.map((row) => row.id);
}
