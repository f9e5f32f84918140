import { sql, type Queryable, type Tx } from '../../db/index.js';
import type { ChangeKind } from './kinds.js';

export interface ChangeRow {
  id: string;
  kind: ChangeKind;
  facts: Record<string, string>;
  proposed_by: string | null;
  proposed_at: Date;
  seen_by: string | null;
  seen_at: Date | null;
  reminded_at: Date | null;
  closed_at: Date | null;
}

const COLUMNS = sql`id, kind, facts, proposed_by, proposed_at, seen_by, seen_at, reminded_at, closed_at`;

export interface NewChange {
  id: string;
  kind: ChangeKind;
  facts: Readonly<Record<string, string>>;
  proposedBy: string | null;
  now: Date;
}

export async function insertChange(tx: Tx, one: NewChange): Promise<void> {
  await tx.run(sql`
    insert into pending_changes (id, kind, facts, proposed_by, proposed_at)
    values (${one.id}, ${one.kind}, ${JSON.stringify(one.facts)}::jsonb, ${one.proposedBy}, ${one.now})`);
}

export function lockChange(tx: Tx, id: string): Promise<ChangeRow | undefined> {
  return tx.maybe<ChangeRow>(sql`select ${COLUMNS} from pending_changes where id = ${id} for update`);
}

/** Changes that nobody has seen yet, the longest waiting first. */
export function unseenChanges(db: Queryable, limit: number): Promise<ChangeRow[]> {
  return db.many<ChangeRow>(sql`select ${COLUMNS} from pending_changes where seen_at is null and closed_at is null order by proposed_at, id limit ${limit}`);
}

export async function countUnseen(db: Queryable): Promise<number> {
  const { count } = await db.one<{ count: number }>(sql`select count(*)::integer as count from pending_changes where seen_at is null and closed_at is null`);
  return count;
}

/** Which of some changes an audit administrator has seen. */
export async function seenAmong(db: Queryable, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db.many<{ id: string }>(sql`select id from pending_changes where id = any(${[...ids]}::uuid[]) and seen_at is not null`);
  return new Set(rows.map((row) => row.id));
}

export async function markSeen(tx: Tx, id: string, by: string, now: Date): Promise<void> {
  await tx.run(sql`update pending_changes set seen_by = ${by}, seen_at = ${now} where id = ${id}`);
}

export async function closeRow(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.run(sql`update pending_changes set closed_at = ${now} where id = ${id} and closed_at is null`);
}

/** Changes that have waited since before `waiting`, and were not put in front again since. */
export function overdueChanges(tx: Tx, waiting: Date): Promise<ChangeRow[]> {
  return tx.many<ChangeRow>(sql`
    select ${COLUMNS} from pending_changes
    where seen_at is null and closed_at is null and coalesce(reminded_at, proposed_at) <= ${waiting} order by proposed_at, id limit 200 for update skip locked`);
}

export async function markReminded(tx: Tx, ids: readonly string[], now: Date): Promise<void> {
  await tx.run(sql`update pending_changes set reminded_at = ${now} where id = any(${[...ids]}::uuid[])`);
}
