import { type Queryable, sql, type Tx } from '../../db/index.js';
import type { StepRow } from '../store.js';

export async function markReturned(tx: Tx, id: string, result: string, sealed: Buffer | null, at: Date): Promise<void> {
  await tx.run(sql`update requests set state = 'returned', result = ${result}, result_sealed = ${sealed}, ended_at = ${at} where id = ${id}`);
}

export async function markExpired(tx: Tx, id: string): Promise<void> {
  await tx.run(sql`update requests set state = 'expired' where id = ${id}`);
}

export async function markReminded(tx: Tx, id: string, count: number): Promise<void> {
  await tx.run(sql`update requests set overdue_reminders = ${count} where id = ${id}`);
}

export async function markRecalled(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.run(sql`update requests set recalled_at = ${at} where id = ${id}`);
}

/** Open steps of which something may be due; ids alone, each is looked at again under lock. */
export async function dueSteps(db: Queryable, now: Date, limit: number): Promise<string[]> {
  const rows = await db.many<{ request_id: string }>(sql`select request_id from request_steps where state = 'open' and (due_at <= ${now}
    or (remind_at <= ${now} and reminded_at is null) or (escalate_at <= ${now} and escalated_at is null and escalate is not null)) order by due_at limit ${limit}`);
  return rows.map((row) => row.request_id);
}

/**
 * Applications whose time is over, whose result is owed, and that are to be told so now: those that were not told yet, and those whose
 * next reminder has come, by the days of their kind. What was told is not among them again, however many are owed.
 */
export async function overdueRequests(db: Queryable, now: Date, days: { of: ReadonlyMap<string, number>; else: number }, limit: number): Promise<string[]> {
  const every = sql`coalesce((select d.days from unnest(${[...days.of.keys()]}::text[], ${[...days.of.values()]}::int[]) d (kind, days) where d.kind = q.kind), ${days.else}::int)`;
  const rows = await db.many<{ id: string }>(sql`select q.id from requests q where q.state in ('approved', 'expired') and q.left_ends_at <= ${now}
    and (q.state = 'approved' or q.left_ends_at + make_interval(secs => 86400.0 * ${every} * q.overdue_reminders) <= ${now}) order by q.state, q.left_ends_at, q.id limit ${limit}`);
  return rows.map((row) => row.id);
}

export async function markStep(tx: Tx, step: StepRow, mark: 'reminded' | 'escalated', at: Date): Promise<void> {
  const set = mark === 'reminded' ? sql`reminded_at = ${at}` : sql`escalated_at = ${at}`;
  await tx.run(sql`update request_steps set ${set} where request_id = ${step.request_id} and position = ${step.position}`);
}
