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
  await db.run(sql`update log_verifications set finished_at = ${at}, result = 'cut_off', state = null where finished_at is null and heard_at < ${since}`);
}

/** Takes up a run of which nothing was heard since `silent` and that began after `since`, for whoever comes first. */
export function claimSilent(
  db: Queryable,
  { silent, since, at, most }: { silent: Date; since: Date; at: Date; most: number },
): Promise<{ id: string; times: number; entries: bigint; state: Buffer | null } | undefined> {
  return db.maybe(sql`
    update log_verifications set heard_at = ${at}, times = times + 1
    where id = (select id from log_verifications where finished_at is null and heard_at < ${silent} and started_at >= ${since} and times < ${most} limit 1 for update skip locked)
    returning id, times, entries, state`);
}

/** Begins a run; `false` where one is under way. */
export async function insertRun(db: Queryable, run: { id: string; at: Date; pseudonym: string; total: bigint }): Promise<boolean> {
  const made = await db.many(sql`
    insert into log_verifications (id, started_at, pseudonym, total, heard_at)
    values (${run.id}, ${run.at}, ${run.pseudonym}, ${run.total}, ${run.at}) on conflict do nothing returning id`);
  return made.length > 0;
}

export async function advanceRun(db: Queryable, run: { id: string; times: number }, entries: number, at: Date): Promise<void> {
  await db.run(sql`update log_verifications set entries = ${entries}, heard_at = ${at} where id = ${run.id} and times = ${run.times} and finished_at is null`);
}

/** Keeps how far a run has come; `false` where another process has taken it up, or ended it. */
export async function keepState(db: Queryable, run: { id: string; times: number }, state: Buffer, at: Date): Promise<boolean> {
  const kept = await db.many(
    sql`update log_verifications set state = ${state}, heard_at = ${at} where id = ${run.id} and times = ${run.times} and finished_at is null returning 1`,
  );
  return kept.length > 0;
}

export interface RunEnd {
  result: RunResult;
  entries: number;
  heads: number;
  erased: number;
  faultCount: number;
  faults: readonly { kind: Fault['kind']; log: string; sequence: string | null }[];
}

/** Ends a run; `false` where another process has taken it up, or ended it. */
export async function finishRun(db: Queryable, run: { id: string; times: number }, at: Date, end: RunEnd): Promise<boolean> {
  const ended = await db.many(sql`
    update log_verifications set finished_at = ${at}, heard_at = ${at}, result = ${end.result}, entries = ${end.entries}, heads = ${end.heads},
      erased = ${end.erased}, fault_count = ${end.faultCount}, faults = ${JSON.stringify(end.faults)}::jsonb, state = null
    where id = ${run.id} and times = ${run.times} and finished_at is null returning 1`);
  return ended.length > 0;
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
