import { join, type Queryable, sql, type Sql, TRUE, type Tx } from '../../db/index.js';
import { WAITING } from './impact-store.js';

/** Which of the records whose term is over by a day; columns that counts are kept by. */
export interface DueFilter {
  department?: string | undefined;
  type?: string | undefined;
  rule?: string | undefined;
  state?: 'archived' | 'extended' | 'due' | undefined;
  /** Those under hold instead: their term is over, and they are not due. */
  held?: boolean | undefined;
}

/** The filter over the columns of a record, or of a count. */
function meets(filter: DueFilter): Sql {
  const list: Sql[] = [sql`r.held = ${filter.held ?? false}`];
  if (filter.department !== undefined) list.push(sql`r.department = ${filter.department}`);
  if (filter.type !== undefined) list.push(sql`r.service_type = ${filter.type}`);
  if (filter.rule !== undefined) list.push(sql`r.term_rule = ${filter.rule}`);
  if (filter.state !== undefined) list.push(sql`r.state = ${filter.state}`);
  return join(list, ' and ', TRUE);
}

/** What a viewer may have counted: what roles give, whether the kept counts can answer for that, and what grants give beyond. */
export interface CountRights {
  roles: Sql;
  kept: boolean;
  beyond: Sql | null;
}

const KEPT = sql`(select * from term_counts union all select * from term_count_deltas)`;
const DIMENSIONS = sql`r.department, r.service_type, r.term_rule, r.state`;

export interface DueCount {
  department: string;
  service_type: string;
  term_rule: string;
  state: string;
  n: bigint;
}

/**
 * How many terms are over by a day, by department, type, rule and state. Whole months come from the kept counts, the days of the
 * month of that day from the records; so does all of it where the rights speak of what is not counted by.
 */
export function countDue(db: Queryable, rights: CountRights, filter: DueFilter, day: string): Promise<DueCount[]> {
  const records = (from: Sql, roles: Sql): Sql =>
    sql`select ${DIMENSIONS}, count(*) as n from records r where r.state in ${WAITING} and ${from} and r.term_until < ${day}::date and (${roles}) and ${meets(filter)} group by 1, 2, 3, 4`;
  const month = sql`date_trunc('month', ${day}::date)::date`;
  const parts = rights.kept
    ? [
        sql`select ${DIMENSIONS}, sum(r.n) as n from ${KEPT} r where r.month < ${month} and (${rights.roles}) and ${meets(filter)} group by 1, 2, 3, 4`,
        records(sql`r.term_until >= ${month}`, rights.roles),
      ]
    : [records(TRUE, rights.roles)];
  if (rights.beyond) parts.push(records(TRUE, rights.beyond));
  const all = parts.reduce((one, other) => sql`${one} union all ${other}`);
  return db.many<DueCount>(
    sql`select department, service_type, term_rule, state, sum(n)::bigint as n from (${all}) c group by 1, 2, 3, 4 having sum(n) <> 0 order by 1, 2, 3, 4`,
  );
}

/** How many terms end in each month of a span, `YYYY-MM-01`. */
export function countMonths(
  db: Queryable,
  rights: CountRights,
  filter: DueFilter,
  span: { from: string; to: string },
): Promise<{ month: string; n: bigint }[]> {
  const records = (roles: Sql): Sql =>
    sql`select date_trunc('month', r.term_until)::date as month, count(*) as n from records r
      where r.state in ${WAITING} and r.term_until >= ${span.from}::date and r.term_until < ${span.to}::date and (${roles}) and ${meets(filter)} group by 1`;
  const kept = sql`select r.month, sum(r.n) as n from ${KEPT} r where r.month >= ${span.from}::date and r.month < ${span.to}::date and (${rights.roles}) and ${meets(filter)} group by 1`;
  const all = rights.kept ? kept : records(rights.roles);
  const both = rights.beyond ? sql`${all} union all ${records(rights.beyond)}` : all;
  return db.many<{ month: string; n: bigint }>(sql`select month, sum(n)::bigint as n from (${both}) c group by 1 having sum(n) <> 0 order by 1`);
}

export interface DueRow {
  id: string;
  archival_code: string | null;
  service_no: string;
  title: string;
  service_type: string;
  department: string;
  sensitivity: string;
  state: string;
  held: boolean;
  restricted: boolean;
  closed_at: Date;
  term_until: string;
  term_minimum: string;
  term_maximum: string | null;
  term_rule: string;
  schedule_version: string;
}

const COLUMNS = sql`r.id, r.archival_code, r.service_no, r.title, r.service_type, r.department, r.sensitivity, r.state, r.held, r.restricted, r.closed_at,
  r.term_until, r.term_minimum, r.term_maximum, r.term_rule, r.schedule_version`;

/** The first month that has any of them: where the walk along the terms may begin. */
async function firstMonth(db: Queryable, rights: CountRights, filter: DueFilter): Promise<string | null> {
  if (!rights.kept || rights.beyond) return null;
  return (
    (
      await db.maybe<{ month: string }>(
        sql`select r.month from ${KEPT} r where (${rights.roles}) and ${meets(filter)} group by r.month having sum(r.n) > 0 order by r.month limit 1`,
      )
    )?.month ?? null
  );
}

/** A page of those whose term is over by a day, longest over first. */
export async function duePage(
  db: Queryable,
  where: Sql,
  rights: CountRights,
  filter: DueFilter,
  asked: { day: string; from: string | null; after: { until: string; id: string } | null; limit: number },
): Promise<DueRow[]> {
  const from = asked.from ?? (asked.after ? null : await firstMonth(db, rights, filter));
  return db.many<DueRow>(sql`select ${COLUMNS} from records r where r.state in ${WAITING} and r.term_until < ${asked.day}::date
    ${from === null ? sql`` : sql`and r.term_until >= ${from}::date`}
    ${asked.after ? sql`and (r.term_until, r.id) > (${asked.after.until}::date, ${asked.after.id}::uuid)` : sql``}
    and (${where}) and ${meets(filter)} order by r.term_until, r.id limit ${asked.limit}`);
}

/** Adds the differences of committed transactions to the kept counts; how many there were. */
export async function foldTermCounts(db: Queryable): Promise<number> {
  return Number((await db.one<{ n: bigint }>(sql`select term_counts_fold() as n`)).n);
}

/** Ids whose term is over and that nothing holds, in the order of ids; at most so many. */
export async function fallingDue(tx: Tx, day: string, limit: number): Promise<string[]> {
  const rows = await tx.many<{ id: string }>(sql`select id from records where id in (
      select id from records where state in ('archived', 'extended') and not held and term_until < ${day}::date order by term_until, id limit ${limit})
    and state in ('archived', 'extended') and not held and term_until < ${day}::date order by id for no key update`);
  return rows.map(({ id }) => id);
}

/** Puts them on the list; those that a hold or a later date caught meanwhile are left. The state that each had before. */
export function setDue(tx: Tx, ids: readonly string[], day: string): Promise<{ id: string; state: string }[]> {
  return tx.many<{
    id: string;
    state: string;
  }>(sql`update records r set state = 'due' from (select id, state from records where id = any (${[...ids]}::uuid[])) o
    where r.id = o.id and r.state in ('archived', 'extended') and not r.held and r.term_until < ${day}::date returning r.id, o.state`);
}

/** History of records that went from one state to another. */
export async function insertStates(tx: Tx, rows: readonly { id: string; from: string; to: string }[], at: Date, by: string, entry: string): Promise<void> {
  await tx.run(sql`insert into record_history (record_id, at, by_pseudonym, entry_id, field, old_value, new_value)
    select id, ${at}, ${by}, ${entry}, 'state', "from", "to" from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(id uuid, "from" text, "to" text)`);
}

/** Due records whose date has moved beyond a day again. */
export async function noLongerDue(tx: Tx, day: string, limit: number): Promise<string[]> {
  const rows = await tx.many<{ id: string }>(
    sql`select id from records where state = 'due' and term_until >= ${day}::date order by id limit ${limit} for no key update`,
  );
  return rows.map(({ id }) => id);
}
