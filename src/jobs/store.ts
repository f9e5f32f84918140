import { type DbSession, type Queryable, sql, type Tx } from '../db/index.js';
import type { AddOptions, JobPayload } from './types.js';

/** Queues a job in the caller's transaction: it exists when and only when that commits. */
export async function addJob(tx: Tx, task: string, payload: JobPayload, maxAttempts: number, options: AddOptions): Promise<void> {
  await tx.run(sql`select 1 from graphile_worker.add_job(
    identifier := ${task}, payload := ${JSON.stringify(payload)}::json, queue_name := ${options.queue ?? null},
    run_at := ${options.runAt ?? null}::timestamptz, max_attempts := ${maxAttempts}::int, job_key := ${options.key ?? null})`);
}

/** Every process that works holds this lock as shared, for as long as it lives. */
const WORKERS = 7_104_213;

/**
 * Frees the jobs of killed workers, which would otherwise stay locked for hours, when no other process works. Then counts
 * as a working process until the session ends.
 */
export async function joinWorkers(session: DbSession): Promise<void> {
  const { alone } = await session.one<{ alone: boolean }>(sql`select pg_try_advisory_lock(${WORKERS}) as alone`);
  if (alone) {
    await session.run(sql`select graphile_worker.force_unlock_workers(array(
      select locked_by from graphile_worker._private_jobs where locked_by is not null
      union select locked_by from graphile_worker._private_job_queues where locked_by is not null))`);
  }
  await session.run(sql`select pg_advisory_lock_shared(${WORKERS})`);
  if (alone) await session.run(sql`select pg_advisory_unlock(${WORKERS})`);
}

/**
 * What `lantai_app` needs to use the queue. graphile-worker turns row-level security on without a policy, so that only the
 * owner would see its rows. May be repeated.
 */
export const GRANTS = sql`
  do $$
  declare t text;
  begin
    grant usage on schema graphile_worker to lantai_app;
    grant select, insert, update, delete on all tables in schema graphile_worker to lantai_app;
    grant usage on all sequences in schema graphile_worker to lantai_app;
    grant execute on all functions in schema graphile_worker to lantai_app;
    for t in select relname from pg_class where relnamespace = 'graphile_worker'::regnamespace and relkind = 'r' and relrowsecurity loop
      execute format('drop policy if exists lantai_app on graphile_worker.%I', t);
      execute format('create policy lantai_app on graphile_worker.%I to lantai_app using (true) with check (true)', t);
    end loop;
  end $$`;

/** How many jobs of a task wait or have failed before, and when one was last touched. */
export interface QueueRow {
  task: string;
  waiting: number;
  failed: number;
  lastAt: Date | null;
}

/** The queue by task; a finished job leaves it. */
export function queueStatus(db: Queryable): Promise<QueueRow[]> {
  return db.many<QueueRow>(sql`
    select task_identifier as task, count(*)::int as waiting, count(*) filter (where last_error is not null)::int as failed, max(updated_at) as "lastAt"
    from graphile_worker.jobs group by task_identifier order by task_identifier`);
}
