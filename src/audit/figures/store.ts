import { type Queryable, sql } from '../../db/index.js';
import { COLUMNS, selectSpan, toEntry, type Row } from '../search/store.js';
import type { LoggedEntry } from '../types.js';

/** Refusals of a person, with the first entries. */
export interface RefusedRow {
  pseudonym: string;
  count: number;
  entries: string[];
}

/** Who was refused at least so often between two times; machines, the system and strangers left out. */
export async function refusedBetween(db: Queryable, from: Date, to: Date, least: number, named: number): Promise<RefusedRow[]> {
  const span = await selectSpan(db, { from, to });
  if (!span) return [];
  return db.many<RefusedRow>(sql`
    select actor as pseudonym, count(*)::int as count, (array_agg(id order by log, sequence))[1:${named}] as entries
    from audit_entries
    where decision <> 'allow' and decision = 'deny' and actor like 'p-%' and t >= ${from} and t < ${to}
      and (log, sequence) >= (${span.from.log}, ${span.from.sequence}) and (log, sequence) < (${span.to.log}, ${span.to.sequence})
    group by actor having count(*) >= ${least} order by actor`);
}

/** Named entries, or those that opened named readings, oldest first: what a signal rests on. Whoever shows them has put it on record. */
export async function behindSignal(db: Queryable, of: { entries: readonly string[] } | { readings: readonly string[] }): Promise<LoggedEntry[]> {
  const which =
    'entries' in of ? sql`e.id = any (${[...of.entries]}::uuid[])` : sql`e.reading_id = any (${[...of.readings]}::text[]) and e.act = 'reading.open'`;
  return (await db.many<Row>(sql`select ${COLUMNS} from audit_entries e where ${which} order by e.log, e.sequence limit 200`)).map(toEntry);
}
