import { sql, type Queryable, type Sql, type Tx } from '../../db/index.js';
import type { GrantAct } from '../types.js';
import type { GrantKind, GrantState } from './types.js';

export interface NewGrant {
  id: string;
  kind: GrantKind;
  person_id: string;
  reader: string;
  acts: readonly GrantAct[];
  purpose: string;
  starts_at: Date;
  ends_at: Date;
  readings_left: number | null;
  request_id: string | null;
  supervised_for: string;
  reason_sealed: Buffer | null;
  issued_by: string | null;
  issued_at: Date;
  entry_id: string;
  review_due: Date | null;
}

/** The pseudonym of a person, and whether his are roles that read no content or only under another's authority. */
export function readerOf(db: Queryable, personId: string): Promise<{ pseudonym: string; roles: string[] } | undefined> {
  return db.maybe(sql`select p.pseudonym, array(select distinct g.role from role_grants g where g.person_id = p.id and g.state = 'active') as roles
    from persons p where p.id = ${personId}::uuid`);
}

/** Those of the records that may be granted: not restricted, and not on the way to destruction. Locked against a restriction meanwhile. */
export async function grantableOf(tx: Tx, ids: readonly string[]): Promise<{ id: string; sensitivity: string }[]> {
  return tx.many(sql`select id, sensitivity from records where id = any (${[...ids]}::uuid[]) and not restricted
    and state not in ('destroying', 'shredded', 'destroyed') order by id for share`);
}

export async function insertGrant(tx: Tx, row: NewGrant, recordIds: readonly string[]): Promise<void> {
  await tx.run(sql`insert into grants (id, kind, person_id, reader, acts, purpose, starts_at, ends_at, readings_left, request_id, supervised_for, reason_sealed, issued_by, issued_at,
      entry_id, review_due)
    values (${row.id}, ${row.kind}, ${row.person_id}, ${row.reader}, ${[...row.acts]}, ${row.purpose}, ${row.starts_at}, ${row.ends_at}, ${row.readings_left}, ${row.request_id},
      ${row.supervised_for}, ${row.reason_sealed}, ${row.issued_by}, ${row.issued_at}, ${row.entry_id}, ${row.review_due})`);
  await tx.run(sql`insert into grant_records (grant_id, record_id, person_id, acts, starts_at, ends_at)
    select ${row.id}::uuid, id, ${row.person_id}::uuid, ${[...row.acts]}::text[], ${row.starts_at}, ${row.ends_at} from unnest(${[...recordIds]}::uuid[]) id`);
}

export interface GrantRow {
  id: string;
  kind: GrantKind;
  person_id: string;
  reader: string;
  acts: GrantAct[];
  purpose: string;
  starts_at: Date;
  ends_at: Date;
  readings_left: number | null;
  request_id: string | null;
  supervised_for: string;
  reason_sealed: Buffer | null;
  end_sealed: Buffer | null;
  issued_by: string | null;
  issued_at: Date;
  state: GrantState;
  ended_at: Date | null;
  result: string | null;
  review_due: Date | null;
  reviewed_at: Date | null;
  accepted: boolean | null;
  review_sealed: Buffer | null;
  reviewer_name: string | null;
  records: number;
  person_name: string | null;
  issuer_name: string | null;
}

const COLUMNS = sql`g.id, g.kind, g.person_id, g.reader, g.acts, g.purpose, g.starts_at, g.ends_at, g.readings_left, g.request_id, g.supervised_for, g.reason_sealed, g.end_sealed,
  g.issued_by, g.issued_at, g.state, g.ended_at, g.result, g.review_due, g.reviewed_at, g.accepted, g.review_sealed,
  (select p.display_name from persons p where p.id = g.reviewed_by) as reviewer_name,
  (select count(*)::int from grant_records r where r.grant_id = g.id) as records,
  (select p.display_name from persons p where p.id = g.person_id) as person_name, (select p.display_name from persons p where p.id = g.issued_by) as issuer_name`;

export function lockGrant(tx: Tx, id: string): Promise<GrantRow | undefined> {
  return tx.maybe<GrantRow>(sql`select ${COLUMNS} from grants g where g.id = ${id}::uuid for update of g`);
}

export function findGrant(db: Queryable, id: string): Promise<GrantRow | undefined> {
  return db.maybe<GrantRow>(sql`select ${COLUMNS} from grants g where g.id = ${id}::uuid`);
}

export interface GrantEnd {
  state: Exclude<GrantState, 'live'>;
  at: Date;
  by: string | null;
  result: string | null;
  sealed: Buffer | null;
}

/** Ends grants; the database ends their readings and the streams under them with it. */
export function endGrants(tx: Tx, ids: readonly string[], end: GrantEnd): Promise<number> {
  return tx.run(sql`update grants set state = ${end.state}, ended_at = ${end.at}, ended_by = ${end.by}, result = ${end.result}, end_sealed = ${end.sealed}
    where id = any (${[...ids]}::uuid[]) and state = 'live'`);
}

export async function openReadingsUnder(tx: Tx, grantId: string): Promise<number> {
  return (await tx.one<{ n: number }>(sql`select count(*)::int as n from readings where grant_id = ${grantId}::uuid and state = 'open'`)).n;
}

export async function lockOver(tx: Tx, at: Date, limit: number): Promise<{ id: string; reader: string; kind: GrantKind; request_id: string | null }[]> {
  return tx.many(
    sql`select id, reader, kind, request_id from grants where state = 'live' and ends_at <= ${at} order by ends_at limit ${limit} for update skip locked`,
  );
}

export interface GrantPageOptions {
  /** Of one person only. */
  personId?: string;
  live?: boolean;
  kind?: GrantKind | undefined;
  /** Emergency readings that nobody has reviewed, those that wait longest first. */
  toReview?: boolean;
  after: { at: Date; id: string } | null;
  limit: number;
}

/** Grants, newest first; what waits for review the other way round. */
export function pageOfGrants(db: Queryable, options: GrantPageOptions): Promise<GrantRow[]> {
  const { after } = options;
  const oldestFirst = options.toReview ?? false;
  const beyond = oldestFirst ? sql`>` : sql`<`;
  const way = oldestFirst ? sql`` : sql`desc`;
  return db.many<GrantRow>(sql`select ${COLUMNS} from grants g where true
    ${options.personId === undefined ? sql`` : sql`and g.person_id = ${options.personId}::uuid`}
    ${options.live ? sql`and g.state = 'live'` : sql``}
    ${options.toReview ? sql`and g.review_due is not null and g.reviewed_at is null` : sql``}
    ${options.kind === undefined ? sql`` : sql`and g.kind = ${options.kind}`}
    ${after ? sql`and (g.issued_at, g.id) ${beyond} (${after.at}, ${after.id}::uuid)` : sql``}
    order by g.issued_at ${way}, g.id ${way} limit ${options.limit}`);
}

export async function recordsOfGrant(
  db: Queryable,
  id: string,
  rights: Sql,
  limit: number,
): Promise<{ record_id: string; archival_code: string | null; title: string }[]> {
  return db.many(sql`select g.record_id, r.archival_code, case when (${rights}) then r.title else '—' end as title from grant_records g join records r on r.id = g.record_id
    where g.grant_id = ${id}::uuid order by g.record_id limit ${limit}`);
}

/** Records that live grants let a person view now, those that were granted last first. */
export async function viewableIds(db: Queryable, personId: string, at: Date, limit: number): Promise<string[]> {
  const rows = await db.many<{ record_id: string }>(sql`select gr.record_id from grant_records gr where gr.person_id = ${personId}::uuid and gr.live
    and gr.starts_at <= ${at} and gr.ends_at > ${at} and 'view' = any (gr.acts) group by gr.record_id order by max(gr.starts_at) desc, gr.record_id desc limit ${limit}`);
  return rows.map((row) => row.record_id);
}

/** The record of an emergency, where rules allow one. */
export function emergencyRecord(db: Queryable, id: string, rights: Sql): Promise<{ sensitivity: string; purposes: string[] } | undefined> {
  return db.maybe(sql`select r.sensitivity, r.purposes from records r where r.id = ${id}::uuid and (${rights})`);
}

/** The record of an emergency by a number that somebody typed, where rules allow one. */
export async function emergencyIdByNumber(db: Queryable, number: string, rights: Sql): Promise<string | undefined> {
  const row = await db.maybe<{ id: string }>(
    sql`select r.id from records r where (r.service_no = ${number} or r.archival_code = ${number}) and (${rights}) order by (r.archival_code = ${number}) is true desc, r.id limit 1`,
  );
  return row?.id;
}

/** Emergency readings that nobody has reviewed, and how many of them are overdue; not one's own. */
export async function countToReview(db: Queryable, person: string | null, at: Date): Promise<{ waiting: number; overdue: number }> {
  return db.one(sql`select count(*)::int as waiting, count(*) filter (where review_due < ${at})::int as overdue from grants
    where review_due is not null and reviewed_at is null and person_id is distinct from ${person}::uuid`);
}

export async function reviewRow(tx: Tx, id: string, review: { by: string; at: Date; accepted: boolean; sealed: Buffer | null }): Promise<void> {
  await tx.run(
    sql`update grants set reviewed_by = ${review.by}::uuid, reviewed_at = ${review.at}, accepted = ${review.accepted}, review_sealed = ${review.sealed} where id = ${id}::uuid`,
  );
}
