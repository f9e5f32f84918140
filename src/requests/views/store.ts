import { type Queryable, sql, type Sql } from '../../db/index.js';
import type { Candidate } from '../flow/route.js';
import type { Cursor } from '../../records/index.js';
import { REQUEST_COLUMNS, type RequestRow } from '../store.js';
import type { PaperKind } from '../values.js';

const before = (after: Cursor | null): Sql => (after ? sql`and (q.submitted_at, q.id) < (${after.at}, ${after.id}::uuid)` : sql``);

export function ownRequests(db: Queryable, person: string, after: Cursor | null, limit: number): Promise<RequestRow[]> {
  return db.many<RequestRow>(
    sql`select ${REQUEST_COLUMNS} from requests q where q.applicant = ${person} ${before(after)} order by q.submitted_at desc, q.id desc limit ${limit}`,
  );
}

/** What waits for somebody's answer: an open step of one of his roles, of somebody he stands in for, or handed up to him; never his own, never a second step. */
function waits(me: Candidate, principals: readonly Candidate[]): Sql {
  const seats = [me, ...principals].map(
    (one) => sql`(s.role = any (${[...one.roles]}::text[]) and (s.department is null or s.department = ${one.department}))`,
  );
  const fits = seats.reduce((all, one) => sql`${all} or ${one}`);
  const absent = principals.map((one) => one.personId);
  return sql`s.state = 'open' and q.state = 'submitted' and q.applicant <> ${me.personId} and not (q.applicant = any (${absent}::uuid[]) and not (s.role = any (${[...me.roles]}::text[])))
    and (${fits} or (s.escalated_at is not null and s.escalate = any (${[...me.roles]}::text[])))
    and not (s.different and exists (select from request_steps d where d.request_id = q.id and d.decided_by = ${me.personId}))`;
}

export function queueOf(
  db: Queryable,
  who: { me: Candidate; principals: readonly Candidate[] },
  filter: { kind?: string | undefined; late?: Date | undefined },
  limit: number,
): Promise<(RequestRow & { step: number; due_at: Date; step_rule: string })[]> {
  const kind = filter.kind === undefined ? sql`` : sql`and q.kind = ${filter.kind}`;
  const late = filter.late === undefined ? sql`` : sql`and s.remind_at <= ${filter.late}`;
  return db.many(sql`select ${REQUEST_COLUMNS}, s.position as step, s.due_at, s.rule as step_rule from request_steps s join requests q on q.id = s.request_id
    where ${waits(who.me, who.principals)} ${kind} ${late} order by s.due_at, q.id limit ${limit}`);
}

export async function countQueue(db: Queryable, who: { me: Candidate; principals: readonly Candidate[] }): Promise<number> {
  const { n } = await db.one<{ n: number }>(
    sql`select count(*)::int as n from request_steps s join requests q on q.id = s.request_id where ${waits(who.me, who.principals)}`,
  );
  return n;
}

export interface RegisterFilter {
  kind?: string | undefined;
  state?: string | undefined;
  form?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

function registered(filter: RegisterFilter): Sql {
  const parts: Sql[] = [];
  if (filter.kind !== undefined) parts.push(sql`and q.kind = ${filter.kind}`);
  if (filter.state !== undefined) parts.push(sql`and q.state = ${filter.state}`);
  if (filter.form !== undefined) parts.push(sql`and q.form = ${filter.form}`);
  if (filter.from !== undefined) parts.push(sql`and q.submitted_at >= ${filter.from}`);
  if (filter.to !== undefined) parts.push(sql`and q.submitted_at < ${filter.to}`);
  return parts.reduce((all, one) => sql`${all} ${one}`, sql``);
}

export function registerRows(db: Queryable, filter: RegisterFilter, after: Cursor | null, limit: number): Promise<RequestRow[]> {
  return db.many<RequestRow>(
    sql`select ${REQUEST_COLUMNS} from requests q where true ${registered(filter)} ${before(after)} order by q.submitted_at desc, q.id desc limit ${limit}`,
  );
}

/** Codes of the records of applications, as far as the viewer finds them; the first of many. */
export function codesOf(db: Queryable, ids: readonly string[], rights: Sql, most: number): Promise<{ request_id: string; code: string }[]> {
  return db.many(sql`select q.id as request_id, c.code from unnest(${[...ids]}::uuid[]) with ordinality as q (id, place) cross join lateral (
      select coalesce(r.archival_code, r.service_no) as code from request_records x join records r on r.id = x.record_id
      where x.request_id = q.id and x.kept and x.fit = 'fit' and (${rights}) order by r.closed_at desc, r.id desc limit ${most}) c order by q.place`);
}

export async function countRegister(db: Queryable, filter: RegisterFilter): Promise<number> {
  return (await db.one<{ n: number }>(sql`select count(*)::int as n from requests q where true ${registered(filter)}`)).n;
}

export async function ownCounts(db: Queryable, person: string): Promise<{ overdue: number; running: number }> {
  return db.one(sql`select count(*) filter (where state = 'expired')::int as overdue, count(*) filter (where state = 'approved')::int as running
    from requests where applicant = ${person} and state in ('approved', 'expired')`);
}

export interface PaperRow {
  id: string;
  kind: PaperKind;
  object_id: string;
  name_sealed: Buffer;
  media_type: string;
  size: bigint;
}

/** Letter and proof of identity of an application for somebody from outside. */
export function papersOf(db: Queryable, request: string): Promise<PaperRow[]> {
  return db.many<PaperRow>(sql`select id, kind, object_id, name_sealed, media_type, size from request_papers where request_id = ${request} order by kind desc`);
}

/** Number of the application that one's own reading was granted by. */
export async function numberOfReading(db: Queryable, readingId: string, person: string): Promise<string | undefined> {
  const row = await db.maybe<{ number: string }>(sql`
    select q.number from readings r join grants g on g.id = r.grant_id join requests q on q.id = g.request_id
    where r.id = ${readingId} and r.person_id = ${person}`);
  return row?.number;
}

export async function numbersOf(db: Queryable, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.many<{ id: string; number: string }>(sql`select id, number from requests where id = any (${[...ids]}::uuid[])`);
  return new Map(rows.map((row) => [row.id, row.number]));
}

/** Of some running streams the applications whose open step was answered since a moment or that are over, and the persons who were told not to stand in any more. */
export async function stepsAnsweredAmong(db: Queryable, ids: readonly string[], since: Date): Promise<string[]> {
  const rows = await db.many<{
    id: string;
  }>(sql`select request_id as id from request_steps where request_id = any (${[...ids]}::uuid[]) and decided_at >= ${since}
    union select id from requests where id = any (${[...ids]}::uuid[]) and state <> 'submitted'
    union select deputy_id from request_deputies where deputy_id = any (${[...ids]}::uuid[]) and ended_at >= ${since}`);
  return rows.map((row) => row.id);
}
