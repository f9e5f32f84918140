import { type Queryable, sql, type Sql } from '../../../db/index.js';
import type { Cursor } from '../../../records/index.js';
import { COLUMNS, type HoldRow } from '../store.js';

export interface HoldFilter {
  states?: readonly string[] | undefined;
  kind?: string | undefined;
  matter?: string | undefined;
  scope?: string | undefined;
  owner?: string | undefined;
  record?: string | undefined;
  /** Open, and its day of review is before this day. */
  overdueOn?: string | undefined;
  /** Only what this person made. */
  madeBy?: string | undefined;
}

function condition(filter: HoldFilter): Sql {
  const parts: Sql[] = [];
  if (filter.states) parts.push(sql`and h.state = any (${[...filter.states]}::text[])`);
  if (filter.kind !== undefined) parts.push(sql`and h.kind = ${filter.kind}`);
  if (filter.matter !== undefined) parts.push(sql`and h.matter = ${filter.matter}`);
  if (filter.scope !== undefined) parts.push(sql`and h.scope = ${filter.scope}`);
  if (filter.owner !== undefined) parts.push(sql`and h.owner = ${filter.owner}::uuid`);
  if (filter.record !== undefined) parts.push(sql`and h.id in (select hold_id from hold_records where record_id = ${filter.record}::uuid)`);
  if (filter.overdueOn !== undefined) parts.push(sql`and h.state in ('in_force', 'lifting') and h.review_on < ${filter.overdueOn}::date`);
  if (filter.madeBy !== undefined) parts.push(sql`and h.made_by = ${filter.madeBy}::uuid`);
  return parts.reduce((all, one) => sql`${all} ${one}`, sql``);
}

export async function pageOfHolds(db: Queryable, filter: HoldFilter, after: Cursor | null, limit: number): Promise<HoldRow[]> {
  const from = after ? sql`and (h.made_at, h.id) < (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many<HoldRow>(sql`select ${COLUMNS} from holds h where true ${condition(filter)} ${from} order by h.made_at desc, h.id desc limit ${limit}`);
}

export async function holdById(db: Queryable, id: string): Promise<HoldRow | undefined> {
  return db.maybe<HoldRow>(sql`select ${COLUMNS} from holds h where h.id = ${id}`);
}

/** How many records of each hold the viewer may find: taken ones, or those that a proposal names. */
export async function countsOf(db: Queryable, ids: readonly string[], rights: Sql): Promise<Map<string, { records: number; caught: number }>> {
  const rows = await db.many<{ id: string; records: number; caught: number }>(sql`
    select x.hold_id as id, count(*)::int as records, (count(*) filter (where x.caught))::int as caught
    from (select hold_id, record_id, caught from hold_records where hold_id = any (${[...ids]}::uuid[])
        union all select l.hold_id, l.record_id, false from hold_list l join holds h on h.id = l.hold_id
          where l.hold_id = any (${[...ids]}::uuid[]) and h.state in ('proposed', 'declined')) x
      join records r on r.id = x.record_id where ${rights} group by 1`);
  return new Map(rows.map((row) => [row.id, row]));
}

/** A page of a hold's records, as far as the viewer may find them, the newest first. */
export async function pageOfRecords(
  db: Queryable,
  id: string,
  rights: Sql,
  after: Cursor | null,
  limit: number,
): Promise<{ id: string; at: Date; since: Date | null; caught: boolean }[]> {
  const from = after ? sql`and (r.closed_at, r.id) < (${after.at}, ${after.id}::uuid)` : sql``;
  return db.many(sql`select r.id, r.closed_at as at, x.since, x.caught
    from (select record_id, since, caught from hold_records where hold_id = ${id}
        union all select l.record_id, null, false from hold_list l join holds h on h.id = l.hold_id where l.hold_id = ${id} and h.state in ('proposed', 'declined')) x
      join records r on r.id = x.record_id where (${rights}) ${from} order by r.closed_at desc, r.id desc limit ${limit}`);
}

/** All records of a hold, as far as the viewer may find them, for a table. */
export function recordsOfHold(id: string, rights: Sql): Sql {
  return sql`select r.archival_code, r.service_no, r.title, r.department, r.closed_at, r.state, x.since, x.caught, x.until from hold_records x join records r on r.id = x.record_id
    where x.hold_id = ${id} and (${rights}) order by r.closed_at, r.id`;
}

/** How far the store was told of a hold's objects. */
export async function objectsOfHold(db: Queryable, id: string): Promise<{ pending: number; done: number; failed: number }> {
  return db.one(sql`select (count(*) filter (where o.state = 'pending'))::int as pending, (count(*) filter (where o.state = 'done'))::int as done,
      (count(*) filter (where o.state = 'failed'))::int as failed
    from hold_objects o where o.record_id in (select record_id from hold_records where hold_id = ${id})`);
}

/** How many steps wait for a person other than this one: proposals to accept, lifts to agree to. */
export async function waitingFor(db: Queryable, person: string): Promise<{ proposals: number; lifts: number }> {
  return db.one(sql`select (count(*) filter (where state = 'proposed' and made_by <> ${person}::uuid))::int as proposals,
      (count(*) filter (where state = 'lifting' and lift_proposed_by <> ${person}::uuid))::int as lifts
    from holds where state in ('proposed', 'lifting')`);
}

export async function reviewsOf(db: Queryable, person: string, today: string): Promise<number> {
  return (
    await db.one<{ n: number }>(
      sql`select count(*)::int as n from holds where owner = ${person} and state in ('in_force', 'lifting') and review_on <= ${today}::date`,
    )
  ).n;
}

/** Holds whose day of review has come and whose owner was told neither that day nor within the last week. */
export async function toReview(
  db: Queryable,
  today: string,
  limit: number,
): Promise<{ id: string; number: string; owner: string; review_on: string; overdue: boolean }[]> {
  return db.many(sql`select h.id, h.number, h.owner, h.review_on, h.review_on < ${today}::date as overdue from holds h
    where h.state in ('in_force', 'lifting') and h.review_on <= ${today}::date
      and not exists (select from hold_notices n where n.hold_id = h.id and n.to_person = h.owner and n.kind in ('review', 'overdue') and n.day >= h.review_on and n.day > ${today}::date - 7)
    order by h.review_on, h.id limit ${limit}`);
}

/** The open holds over a record. */
export async function openOver(
  db: Queryable,
  record: string,
): Promise<{ id: string; number: string; kind: string; matter: string; reason_sealed: Buffer; since: Date }[]> {
  return db.many(sql`select h.id, h.number, h.kind, h.matter, h.reason_sealed, x.since from hold_records x join holds h on h.id = x.hold_id
    where x.record_id = ${record} and x.until is null order by x.since, h.number`);
}
