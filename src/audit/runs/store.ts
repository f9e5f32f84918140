import { sql, type Queryable } from '../../db/index.js';
import type { Fault } from '../verify/checker.js';

export type RunResult = 'whole' | 'faulty' | 'cut_off' | 'failed';

export interface RunRow {
  id: string;
  started_at: Date;
  pseudonym: string;
  total: bigint;
  entries: bigint;
  heard_at: Date;
  finished_at: Date | null;
  result: RunResult | null;
  heads: bigint | null;
  erased: bigint | null;
  fault_count: bigint | null;
  faults: { kind: Fault['kind']; log: string; sequence: string | null }[];
}

export async function countLogged(db: Queryable): Promise<bigint> {
  const { n } = await db.one<{ n: bigint }>(sql`
    select coalesce(sum(size), 0)::bigint as n from (select max(size) as size from audit_heads group by log) h`);
  return n;
}

/** Ends a run that has not been heard of since: its process is gone. */
export async function cutOffSilent(db: Queryable, since: Date, at: Date): Promise<void> {
  await db.run(sql`update log_verifications set finished_at = ${at}, result = 'cut_off' where finished_at is null and heard_at < ${since}`);
}

/** Begins a run; `false` where one is under way. */
export async function insertRun(db: Queryable, run: { id: string; at: Date; pseudonym: string; total: bigint }): Promise<boolean> {
  const made = await db.many(sql`
    insert into log_verifications (id, started_at, pseudonym, total, heard_at)
    values (${run.id}, ${run.at}, ${run.pseudonym}, ${run.total}, ${run.at}) on conflict do nothing returning id`);
  return made.length > 0;
}

export async function advanceRun(db: Queryable, id: string, entries: number, at: Date): Promise<void> {
  await db.run(sql`update log_verifications set entries = ${entries}, heard_at = ${at} where id = ${id} and finished_at is null`);
}

export interface RunEnd {
  result: RunResult;
  entries: number;
  heads: number;
  erased: number;
  faultCount: number;
  faults: readonly { kind: Fault['kind']; log: string; sequence: string | null }[];
}

export async function finishRun(db: Queryable, id: string, at: Date, end: RunEnd): Promise<void> {
  await db.run(sql`
    update log_verifications set finished_at = ${at}, heard_at = ${at}, result = ${end.result}, entries = ${end.entries}, heads = ${end.heads},
      erased = ${end.erased}, fault_count = ${end.faultCount}, faults = ${JSON.stringify(end.faults)}::jsonb
    where id = ${id} and finished_at is null`);
}

/** Runs that found something, the newest of them, and the newest that came to its end. */
export function selectTelling(db: Queryable, limit: number): Promise<Pick<RunRow, 'started_at' | 'result' | 'fault_count' | 'faults'>[]> {
  return db.many(sql`
    (select started_at, result, fault_count, faults from log_verifications where result = 'faulty' order by started_at desc, id desc limit ${limit})
    union all
    (select started_at, result, fault_count, faults from log_verifications where result in ('whole', 'faulty') order by started_at desc, id desc limit 1)`);
}

/** The newest that came to its end. */
export async function selectEnded(db: Queryable): Promise<{ at: Date; result: 'whole' | 'faulty' } | undefined> {
  return await db.maybe(sql`
    select started_at as at, result from log_verifications where result in ('whole', 'faulty') order by started_at desc, id desc limit 1`);
}

/** The newest runs first. */
export function selectRuns(db: Queryable, limit: number): Promise<RunRow[]> {
  return db.many(sql`
    select id, started_at, pseudonym, total, entries, heard_at, finished_at, result, heads, erased, fault_count, faults
    from log_verifications order by started_at desc, id desc limit ${limit}`);
}
