import { type Queryable, sql, type Sql, type Tx } from '../../db/index.js';
import type { Cursor } from '../catalogue/cursor.js';
import type { RestrictionState } from './values.js';

export interface RestrictionRow {
  id: string;
  client_number: string | null;
  ground: string;
  reason_sealed: Buffer;
  request_id: string | null;
  state: RestrictionState;
  records: number;
  proposed_by: string;
  proposed_at: Date;
  decided_by: string | null;
  decided_at: Date | null;
  release_reason_sealed: Buffer | null;
  release_proposed_by: string | null;
  release_proposed_at: Date | null;
  released_by: string | null;
  released_at: Date | null;
  /** How far the last piece came. */
  place_at: Date | null;
  place_id: string | null;
}

const COLUMNS = sql`s.id, s.client_number, s.ground, s.reason_sealed, s.request_id, s.state, s.records, s.proposed_by, s.proposed_at, s.decided_by, s.decided_at,
  s.release_reason_sealed, s.release_proposed_by, s.release_proposed_at, s.released_by, s.released_at, s.place_at, s.place_id`;

/** Keeps records from coming, going and changing hands until the transaction ends: none slips past a restriction over its client. */
export async function holdRecords(tx: Tx): Promise<void> {
  await tx.run(sql`lock table records in share row exclusive mode`);
}

export async function insertRestriction(
  tx: Tx,
  row: { id: string; client: string | null; ground: string; reason: Buffer; request: string | null; records: readonly string[]; by: string; at: Date },
): Promise<void> {
  await tx.run(sql`insert into restrictions (id, client_number, ground, reason_sealed, request_id, state, proposed_by, proposed_at)
    values (${row.id}, ${row.client}, ${row.ground}, ${row.reason}, ${row.request}, 'proposed', ${row.by}, ${row.at})`);
  if (row.records.length > 0)
    await tx.run(sql`insert into restriction_records (restriction_id, record_id) select ${row.id}, id from unnest(${[...row.records]}::uuid[]) as r (id)`);
}

export async function lockRestriction(tx: Tx, id: string): Promise<RestrictionRow | undefined> {
  return tx.maybe<RestrictionRow>(sql`select ${COLUMNS} from restrictions s where s.id = ${id} for update`);
}

export async function restrictionById(db: Queryable, id: string): Promise<RestrictionRow | undefined> {
  return db.maybe<RestrictionRow>(sql`select ${COLUMNS} from restrictions s where s.id = ${id}`);
}

export async function decideRestriction(tx: Tx, id: string, step: { state: 'live' | 'setting' | 'refused'; by: string; at: Date }): Promise<void> {
  await tx.run(sql`update restrictions set state = ${step.state}, decided_by = ${step.by}, decided_at = ${step.at} where id = ${id}`);
}

export async function proposeReleaseOf(tx: Tx, id: string, step: { reason: Buffer; by: string; at: Date }): Promise<void> {
  await tx.run(
    sql`update restrictions set state = 'release_proposed', release_reason_sealed = ${step.reason}, release_proposed_by = ${step.by}, release_proposed_at = ${step.at} where id = ${id}`,
  );
}

export async function releaseRestriction(tx: Tx, id: string, step: { state: 'released' | 'releasing'; by: string; at: Date }): Promise<void> {
  await tx.run(sql`update restrictions set state = ${step.state}, released_by = ${step.by}, released_at = ${step.at} where id = ${id}`);
}

export async function keepRestriction(tx: Tx, id: string): Promise<void> {
  await tx.run(
    sql`update restrictions set state = 'live', release_reason_sealed = null, release_proposed_by = null, release_proposed_at = null where id = ${id}`,
  );
}

/** Records that a restriction speaks of, as a condition on `records r`. */
const spokenOf = (id: string, client: string | null): Sql =>
  client === null ? sql`r.id in (select record_id from restriction_records where restriction_id = ${id})` : sql`r.client_number = ${client}`;

/** Restricts what a live restriction names and was not restricted yet, but what is being destroyed or is gone; the ids. */
export async function restrictNamed(tx: Tx, id: string): Promise<string[]> {
  const rows = await tx.many<{ id: string }>(
    sql`update records r set restricted = true where ${spokenOf(id, null)} and not r.restricted
      and r.state not in ('destroying', 'shredded', 'destroyed') and restriction_covers(r.id, r.client_number) returning r.id`,
  );
  return rows.map((row) => row.id);
}

/** Frees what a released restriction named, except where another one still covers it; the ids. */
export async function releaseNamed(tx: Tx, id: string): Promise<string[]> {
  const rows = await tx.many<{ id: string }>(
    sql`update records r set restricted = false where ${spokenOf(id, null)} and r.restricted and not restriction_covers(r.id, r.client_number) returning r.id`,
  );
  return rows.map((row) => row.id);
}

export async function setCount(tx: Tx, id: string, records: number): Promise<void> {
  await tx.run(sql`update restrictions set records = ${records} where id = ${id}`);
}

/** Ends the open readings of records: what runs under them stops at the commit, in whatever process. */
export async function endReadingsOf(tx: Tx, records: readonly string[], at: Date): Promise<number> {
  const ended = await tx.many<{ id: string }>(
    sql`update readings set state = 'expired', ended_at = ${at} where record_id = any (${[...records]}::uuid[]) and state = 'open' returning id`,
  );
  await tx.many(sql`select pg_notify('lantai_grants', id) from unnest(${ended.map((one) => one.id)}::text[]) as ended (id)`);
  return ended.length;
}

/** How many of a client's records there are, and how many of them the condition lets this actor have. */
export async function countOfClient(db: Queryable, client: string, rights: Sql): Promise<{ all: number; allowed: number }> {
  return db.one(sql`select count(*)::int as all, (count(*) filter (where ${rights}))::int as allowed from records r where r.client_number = ${client}`);
}

/** Which of these records the condition lets this actor have. */
export async function allowedOf(db: Queryable, ids: readonly string[], rights: Sql): Promise<string[]> {
  const rows = await db.many<{ id: string }>(sql`select r.id from records r where r.id = any (${[...ids]}::uuid[]) and (${rights})`);
  return rows.map((row) => row.id);
}

export async function pageOfRestrictions(
  db: Queryable,
  filter: { states?: readonly string[] | undefined; request?: string | undefined; record?: string | undefined },
  after: Cursor | null,
  limit: number,
): Promise<RestrictionRow[]> {
  const states = filter.states ? sql`and s.state = any (${[...filter.states]}::text[])` : sql``;
  const request = filter.request === undefined ? sql`` : sql`and s.request_id = ${filter.request}::uuid`;
  const record =
    filter.record === undefined
      ? sql``
      : sql`and (s.id in (select restriction_id from restriction_records where record_id = ${filter.record}::uuid) or s.client_number = (select client_number from records where id = ${filter.record}::uuid))`;
  const from = after ? sql`and (s.proposed_at, s.id) < (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many<RestrictionRow>(
    sql`select ${COLUMNS} from restrictions s where true ${states} ${request} ${record} ${from} order by s.proposed_at desc, s.id desc limit ${limit}`,
  );
}

/** How many steps wait for a person other than this one. */
export async function countRestrictions(db: Queryable, person: string | null): Promise<number> {
  const { n } = await db.one<{ n: number }>(sql`select count(*)::int as n from restrictions s
    where (s.state = 'proposed' and s.proposed_by is distinct from ${person}::uuid) or (s.state = 'release_proposed' and s.release_proposed_by is distinct from ${person}::uuid)`);
  return n;
}

/** The records of a restriction, as far as the viewer may find them, newest first. */
export async function recordsOf(
  db: Queryable,
  id: string,
  client: string | null,
  rights: Sql,
  columns: Sql,
  limit: number,
): Promise<Record<string, unknown>[]> {
  return db.many(sql`select ${columns} from records r where ${spokenOf(id, client)} and (${rights}) order by r.closed_at desc, r.id desc limit ${limit}`);
}

/** How many records a restriction speaks of that are not gone. */
export async function countSpokenOf(db: Queryable, id: string, client: string | null): Promise<number> {
  return (
    await db.one<{ n: number }>(
      sql`select count(*)::int as n from records r where ${spokenOf(id, client)} and r.state not in ('destroying', 'shredded', 'destroyed')`,
    )
  ).n;
}
