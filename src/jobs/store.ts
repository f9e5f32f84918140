import { sql, type Tx } from '../db/index.js';
import type { AddOptions, JobPayload } from './types.js';

/** Queues a job in the caller's transaction: it exists when and only when that commits. */
export async function addJob(tx: Tx, task: string, payload: JobPayload, maxAttempts: number, options: AddOptions): Promise<void> {
  await tx.run(sql`select 1 from graphile_worker.add_job(
    identifier := ${task}, payload := ${JSON.stringify(payload)}::json, queue_name := ${options.queue ?? null},
    run_at := ${options.runAt ?? null}::timestamptz, max_attempts := ${maxAttempts}::int, job_key := ${options.key ?? null})`);
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
