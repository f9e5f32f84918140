import { sql, type Db, type Queryable, type Tx } from '../../db/index.js';
import type { Hash } from '../log/tree.js';

/** A log whose entries were destroyed at the end of their term; the hashes of its leaves stay. */
export interface GoneRow {
  log: string;
  size: bigint;
  root: Hash;
  /** Hashes of the leaves beyond the last full tile, one behind the other. */
  tail: Buffer;
  /** Times of its first and last entry. */
  first: Date;
  last: Date;
  /** Number of the procedure, version of the schedule, when it was certified. */
  procedure: string;
  rule: string;
  at: Date;
  /** The signed certificate. */
  note: string;
  publishedAt: Date | null;
  removedAt: Date | null;
}

const GONE = sql`log, size, root, tail, first_at as "first", last_at as "last", procedure, rule, at, note, published_at as "publishedAt", removed_at as "removedAt"`;

/** Those logs, oldest first. */
export function selectGone(db: Queryable): Promise<GoneRow[]> {
  return db.many<GoneRow>(sql`select ${GONE} from audit_gone order by log`);
}

export function findGone(db: Queryable, log: string): Promise<GoneRow | undefined> {
  return db.maybe<GoneRow>(sql`select ${GONE} from audit_gone where log = ${log}`);
}

export type NewGone = Omit<GoneRow, 'publishedAt' | 'removedAt'>;

export async function insertGone(tx: Tx, row: NewGone): Promise<void> {
  await tx.run(sql`insert into audit_gone (log, size, root, tail, first_at, last_at, procedure, rule, at, note)
    values (${row.log}, ${row.size}, ${row.root}, ${row.tail}, ${row.first}, ${row.last}, ${row.procedure}, ${row.rule}, ${row.at}, ${row.note})`);
}

/** The same after a restore, under the role of the replay. */
export async function insertGoneAgain(tx: Tx, row: NewGone): Promise<void> {
  await tx.run(
    sql`select audit_gone_again(${row.log}, ${row.size}, ${row.root}, ${row.tail}, ${row.first}, ${row.last}, ${row.procedure}, ${row.rule}, ${row.at}, ${row.note})`,
  );
}

export async function setGonePublished(tx: Tx, log: string, at: Date): Promise<void> {
  await tx.run(sql`update audit_gone set published_at = ${at} where log = ${log} and published_at is null`);
}

export async function setGoneRemoved(tx: Tx, log: string, at: Date): Promise<void> {
  await tx.run(sql`update audit_gone set removed_at = ${at} where log = ${log} and removed_at is null`);
}

/** Removes the first entries that are left, with their side rows; how many there were. */
export async function removeEntries(tx: Tx, log: string, most: number): Promise<number> {
  await tx.run(sql`set local statement_timeout = '5min'`);
  return Number((await tx.one<{ n: bigint }>(sql`select audit_remove_entries(${log}, ${most}) as n`)).n);
}

/** A log that another one goes on from: nothing is appended to it any more. */
export interface ClosedLog {
  log: string;
  /** Entries under its last signed head, and the root over them. */
  size: bigint;
  root: Hash;
  first: Date;
  last: Date;
  /** Size up to which it is published. */
  published: bigint;
  /** Whether every entry up to there is stored, and none beyond. */
  whole: boolean;
  /** Where its entries are gone: the number of the procedure. */
  procedure: string | null;
}

/** Every log but the one that is being written, oldest first. */
export function selectClosed(db: Queryable): Promise<ClosedLog[]> {
  return db.many<ClosedLog>(sql`
    with recursive logs as (
      (select log from audit_heads order by log limit 1)
      union all
      select (select log from audit_heads where log > logs.log order by log limit 1) from logs where logs.log is not null
    )
    select l.log, h.size, h.root, coalesce(g.first_at, f.t) as "first", h.last_t as "last", coalesce(p.size, 0) as published,
      g.log is not null or coalesce(e.sequence + 1 = h.size, false) as whole, g.procedure
    from logs l
    cross join lateral (select size, root, last_t from audit_heads where log = l.log order by size desc limit 1) h
    left join audit_gone g on g.log = l.log
    left join lateral (select t from audit_entries where log = l.log order by sequence limit 1) f on true
    left join lateral (select sequence from audit_entries where log = l.log order by sequence desc limit 1) e on true
    left join lateral (select size from audit_published where log = l.log and kind = 'checkpoint' order by size desc limit 1) p on true
    where l.log < (select max(log) from audit_heads) and coalesce(g.first_at, f.t) is not null order by l.log`);
}

/** Numbers of the holds that keep the entries of a log. */
export async function holdsOver(db: Queryable, log: string): Promise<string[]> {
  return (await db.one<{ held: string[] }>(sql`select log_holds(${log}) as held`)).held;
}

/** Notes which published files are gone; as `lantai_integrator`. */
export async function markRemoved(auditDb: Queryable, keys: readonly string[], at: Date): Promise<void> {
  await auditDb.run(sql`update audit_published set removed_at = ${at} where key = any (${[...keys]}::text[]) and removed_at is null`);
}

/** Notes that bundles of a log that are no longer among those in the store are gone; as `lantai_integrator`. */
export async function markMissing(auditDb: Queryable, log: string, there: readonly string[], at: Date): Promise<void> {
  await auditDb.run(sql`update audit_published set removed_at = ${at}
    where log = ${log} and key like '%/tile/entries/%' and removed_at is null and key <> all (${[...there]}::text[])`);
}

/** Any number; one process carries out the end of a log at a time. */
const LOCK = 7_104_241;

export async function tryTermLock(session: Queryable): Promise<boolean> {
  return (await session.one<{ got: boolean }>(sql`select pg_try_advisory_lock(${LOCK}) as got`)).got;
}

/** Signed heads of a log in order of size. */
export async function* streamHeads(db: Db, log: string): AsyncGenerator<{ size: bigint; root: Buffer; note: string }[]> {
  yield* db.stream<{ size: bigint; root: Buffer; note: string }>(sql`select size, root, note from audit_heads where log = ${log} order by size`);
}
