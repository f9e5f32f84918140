import { type Db, type Queryable, sql } from '../../db/index.js';
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
      and not (act = 'route.refused' and entry like '%"why":"session_locked"%') -- a visitor at a locked screen, not who stands by
      and (log, sequence) >= (${span.from.log}, ${span.from.sequence}) and (log, sequence) < (${span.to.log}, ${span.to.sequence})
    group by actor having count(*) >= ${least} order by actor`);
}

/** Named entries, or those that opened named readings, oldest first: what a signal rests on. Whoever shows them has put it on record. */
export async function behindSignal(db: Queryable, of: { entries: readonly string[] } | { readings: readonly string[] }): Promise<LoggedEntry[]> {
  const which =
    'entries' in of ? sql`e.id = any (${[...of.entries]}::uuid[])` : sql`e.reading_id = any (${[...of.readings]}::text[]) and e.act = 'reading.open'`;
  return (await db.many<Row>(sql`select ${COLUMNS} from audit_entries e where ${which} order by e.log, e.sequence limit 200`)).map(toEntry);
}

/** A part of the log that samples are drawn from: entries of persons with one decision in a time. */
export interface FrameQuestion {
  /** `null`: every act. */
  acts: readonly string[] | null;
  decision: 'allow' | 'deny';
  /** Included. */
  from: Date;
  /** Not included. */
  to: Date;
  /** The size of the signed log that counts: what comes later is not in it. */
  head: { log: string; size: bigint };
}

/** The newest signed head; `undefined` before the first. */
export function newestHead(db: Queryable): Promise<FrameQuestion['head'] | undefined> {
  return db.maybe<FrameQuestion['head']>(sql`select log, size from audit_heads order by log desc, size desc limit 1`);
}

export interface FrameRow {
  log: string;
  sequence: bigint;
  leaf: Buffer;
  id: string;
  actor: string;
}

/** The entries of a frame in the order of the log, in batches of one snapshot. */
export async function* streamFrame(db: Db, { acts, decision, from, to, head }: FrameQuestion): AsyncGenerator<FrameRow[]> {
  const span = await selectSpan(db, { from, to });
  if (!span) return;
  const only = acts === null ? sql`` : sql`and act = any (${[...acts]}::text[])`;
  // said twice, so that the planner sees that the partial index of refusals fits
  const decided = decision === 'allow' ? sql`and decision = 'allow'` : sql`and decision <> 'allow' and decision = 'deny'`;
  yield* db.stream<FrameRow>(sql`
    select log, sequence, leaf_hash as leaf, id, actor from audit_entries
    where (log, sequence) >= (${span.from.log}, ${span.from.sequence}) and (log, sequence) < (${span.to.log}, ${span.to.sequence})
      and (log, sequence) < (${head.log}, ${head.size})
      and t >= ${from} and t < ${to} and actor like 'p-%' ${only} ${decided}
    order by log, sequence`);
}
