import { sql, type Queryable } from '../../db/index.js';

export interface PublishedRow {
  key: string;
  version: string;
  log: string;
  kind: 'part' | 'checkpoint' | 'timestamp';
  size: bigint;
  /** Of a partial part: the size from which a full one holds all of it. */
  fullAt: bigint | null;
}

/** Any number, other than that of the integrator: one process publishes at a time. */
const LOCK = 7_104_215;

/** Held until the session is closed. */
export async function tryPublishLock(session: Queryable): Promise<boolean> {
  const { got } = await session.one<{ got: boolean }>(sql`select pg_try_advisory_lock(${LOCK}) as got`);
  return got;
}

/** A log with its newest signed head, and the size up to which it is published. */
export interface OpenLog {
  log: string;
  size: bigint;
  note: string;
  published: bigint;
  /** When that was published. */
  at: Date | null;
}

/** Every log, oldest first. */
export function selectOpen(db: Queryable): Promise<OpenLog[]> {
  return db.many(sql`
    with recursive logs as (
      (select log from audit_heads order by log limit 1)
      union all
      select (select log from audit_heads where log > logs.log order by log limit 1) from logs where logs.log is not null
    )
    select l.log, h.size, h.note, coalesce(p.size, 0) as published, p.at from logs l
    cross join lateral (select size, note from audit_heads where log = l.log order by size desc limit 1) h
    left join lateral (select size, at from audit_published where log = l.log and kind = 'checkpoint' order by size desc limit 1) p on true
    order by l.log`);
}

/** Texts of entries in sequence. */
export async function selectTexts(db: Queryable, log: string, from: bigint, limit: number): Promise<string[]> {
  const rows = await db.many<{ entry: string }>(sql`
    select entry from audit_entries where log = ${log} and sequence >= ${from} order by sequence limit ${limit}`);
  return rows.map((row) => row.entry);
}

export async function insertPublished(db: Queryable, row: PublishedRow, at: Date): Promise<void> {
  await db.run(sql`
    insert into audit_published (key, version, log, kind, size, full_at, at)
    values (${row.key}, ${row.version}, ${row.log}, ${row.kind}, ${row.size}, ${row.fullAt}, ${at}) on conflict (key) do nothing`);
}

/** What was published of a kind in a log, in order of size. */
export function selectPublished(db: Queryable, log: string, kind: PublishedRow['kind']): Promise<(PublishedRow & { at: Date })[]> {
  return db.many(sql`
    select key, version, log, kind, size, full_at as "fullAt", at from audit_published where log = ${log} and kind = ${kind} and removed_at is null order by size, key`);
}

/** What was published last of a kind in a log. */
export function selectLastPublished(db: Queryable, log: string, kind: PublishedRow['kind']): Promise<(PublishedRow & { at: Date }) | undefined> {
  return db.maybe(sql`
    select key, version, log, kind, size, full_at as "fullAt", at from audit_published
    where log = ${log} and kind = ${kind} and removed_at is null order by size desc, key desc limit 1`);
}

export function findPublished(db: Queryable, key: string): Promise<PublishedRow | undefined> {
  return db.maybe(sql`select key, version, log, kind, size, full_at as "fullAt" from audit_published where key = ${key} and removed_at is null`);
}

/** Partial parts published before a time that full ones, published meanwhile, hold whole. */
export function selectSuperseded(db: Queryable, before: Date, limit: number): Promise<PublishedRow[]> {
  return db.many(sql`
    select p.key, p.version, p.log, p.kind, p.size, p.full_at as "fullAt" from audit_published p
    where p.full_at is not null and p.removed_at is null and p.at < ${before}
      and exists (select from audit_published c where c.log = p.log and c.kind = 'checkpoint' and c.size >= p.full_at)
    order by p.at limit ${limit}`);
}

export async function markSuperseded(db: Queryable, keys: readonly string[], at: Date): Promise<void> {
  await db.run(sql`update audit_published set removed_at = ${at} where key = any (${keys}::text[])`);
}
