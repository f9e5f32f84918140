import { join, sql, TRUE, type Queryable, type Sql } from '../../db/index.js';
import type { CountDimension, CountFilter } from './types.js';

/** Any number; only one counts at a time. */
const LOCK = 7_104_214;

export async function tryCounting(tx: Queryable): Promise<boolean> {
  const { got } = await tx.one<{ got: boolean }>(sql`select pg_try_advisory_xact_lock(${LOCK}) as got`);
  return got;
}

/** Waits for whoever counts. */
export async function lockCounting(tx: Queryable): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(${LOCK})`);
}

/** Part of one log: sequence `from` included, `to` not. */
export interface Range {
  log: string;
  from: bigint;
  to: bigint;
}

/** What stands under a signed head and is not in the counts yet, oldest log first. */
export function selectUncounted(db: Queryable): Promise<Range[]> {
  return db.many<Range>(sql`
    with recursive logs as (
      (select log from audit_heads where log >= coalesce((select max(log) from audit_counted), '') order by log limit 1)
      union all
      select (select log from audit_heads where log > logs.log order by log limit 1) from logs where logs.log is not null
    )
    select l.log, coalesce(c.size, 0) as from, h.size as to from logs l
    cross join lateral (select size from audit_heads where log = l.log order by size desc limit 1) h
    left join audit_counted c on c.log = l.log
    where h.size > coalesce(c.size, 0) order by l.log`);
}

export async function selectHours(db: Queryable): Promise<string | undefined> {
  return (await db.maybe<{ version: string }>(sql`select version from audit_count_hours`))?.version;
}

/** Takes all counts back, for other working hours. */
export async function resetCounts(tx: Queryable, version: string): Promise<void> {
  for (const table of [sql`audit_counts`, sql`audit_counts_days`, sql`audit_counts_months`, sql`audit_sums`, sql`audit_counted`])
    await tx.run(sql`delete from ${table}`);
  await tx.run(sql`insert into audit_count_hours (version) values (${version}) on conflict (single) do update set version = excluded.version`);
  await restoreGone(tx);
}

/** Sums over entries that are gone by rule cannot be counted again: they come back as they were counted for the last time. */
async function restoreGone(tx: Queryable): Promise<void> {
  await tx.run(sql`
    with r as materialized (
      select c.day, c.actor, c.kind, p.id as plain, sum(c.n)::integer as n from audit_counts_gone c join audit_kinds k on k.id = c.kind
      join audit_kinds p on (p.act, p.decision, p.purpose, p.department, p.outside) = ('', k.decision, '', k.department, k.outside)
      where c.log in (select log from audit_gone) group by 1, 2, 3, 4
    ), sums as (insert into audit_sums (sort, start, actor, kind, n) ${sums}),
    people as (insert into audit_counts (day, actor, kind, n) select day, actor, kind, n from r),
    days as (insert into audit_counts_days (day, kind, n) select day, kind, sum(n) from r group by 1, 2),
    months as (insert into audit_counts_months (month, actor, kind, n) select date_trunc('month', day)::date, actor, kind, sum(n) from r group by 1, 2, 3)
    insert into audit_counted (log, size) select log, size from audit_gone`);
}

/** Sums of what stands in `r`, for questions that ask for less than the counts tell. */
const sums = sql`
      select 'kinds', date_trunc('month', day)::date, 0, kind, sum(n) from r group by 2, 4
      union all select 'days', day, 0, plain, sum(n) from r group by 2, 4
      union all select 'people', day, actor, plain, sum(n) from r group by 2, 3, 4
      union all select 'months', date_trunc('month', day)::date, actor, plain, sum(n) from r group by 2, 3, 4`;

const quarterOf = sql`date_bin('15 minutes', e.t, 'epoch'::timestamptz)`;

/** The quarters of an hour in which entries of a range stand. */
export async function selectQuarters(tx: Queryable, { log, from, to }: Range): Promise<Date[]> {
  const rows = await tx.many<{ quarter: Date }>(sql`
    select distinct ${quarterOf} as quarter from audit_entries e where e.log = ${log} and e.sequence >= ${from} and e.sequence < ${to}`);
  return rows.map((row) => row.quarter);
}

/** A quarter of an hour as the calendar sees it. */
export interface Quarter {
  start: Date;
  day: string;
  outside: boolean;
}

/** The sums of a range as `r`, with the kinds and actors that it needs, as the beginning of a statement. */
function counted({ log, from, to }: Range, quarters: readonly Quarter[]): Sql {
  return sql`q as (
      select * from unnest(${quarters.map((one) => one.start)}::timestamptz[], ${quarters.map((one) => one.day)}::date[], ${quarters.map((one) => one.outside)}::boolean[])
        as q (start, day, outside)
    ), g as materialized (
      select q.day, q.outside, e.actor, e.act, e.decision, coalesce(e.purpose, '') as purpose, coalesce(e.department, '') as department, count(*)::integer as n
      from audit_entries e join q on q.start = ${quarterOf}
      where e.log = ${log} and e.sequence >= ${from} and e.sequence < ${to} group by 1, 2, 3, 4, 5, 6, 7
    ), new_kinds as (
      insert into audit_kinds (act, decision, purpose, department, outside)
        select g.act, g.decision, g.purpose, g.department, g.outside from g union select '', g.decision, '', g.department, g.outside from g
      on conflict do nothing returning *
    ), new_actors as (
      insert into audit_actors (pseudonym) select distinct g.actor from g on conflict do nothing returning *
    ), kinds as (select * from audit_kinds union all select * from new_kinds),
    actors as (select * from audit_actors union all select * from new_actors),
    r as materialized (
      select g.day, a.id as actor, k.id as kind, p.id as plain, sum(g.n)::integer as n from g
      join kinds k on (k.act, k.decision, k.purpose, k.department, k.outside) = (g.act, g.decision, g.purpose, g.department, g.outside)
      join kinds p on (p.act, p.decision, p.purpose, p.department, p.outside) = ('', g.decision, '', g.department, g.outside)
      join actors a on a.pseudonym = g.actor group by 1, 2, 3, 4
    )`;
}

/** Keeps the sums of a range apart, for the day on which its entries are gone; those of an earlier attempt are made anew. */
export async function insertCountsGone(tx: Queryable, range: Range, quarters: readonly Quarter[]): Promise<void> {
  await tx.run(sql`delete from audit_counts_gone where log = ${range.log} and log not in (select log from audit_gone)`);
  await tx.run(sql`with ${counted(range, quarters)}
    insert into audit_counts_gone (log, day, actor, kind, n) select ${range.log}, day, actor, kind, n from r`);
}

/** Adds a range to the counts, in one statement. */
export async function addRange(tx: Queryable, range: Range, quarters: readonly Quarter[]): Promise<void> {
  const { log, to } = range;
  await tx.run(sql`
    with ${counted(range, quarters)}, people as (
      insert into audit_counts as c (day, actor, kind, n) select day, actor, kind, n from r
      on conflict (actor, day, kind) do update set n = c.n + excluded.n
    ), days as (
      insert into audit_counts_days as c (day, kind, n) select day, kind, sum(n) from r group by 1, 2
      on conflict (day, kind) do update set n = c.n + excluded.n
    ), months as (
      insert into audit_counts_months as c (month, actor, kind, n) select date_trunc('month', day)::date, actor, kind, sum(n) from r group by 1, 2, 3
      on conflict (month, actor, kind) do update set n = c.n + excluded.n
    ), sums as (
      insert into audit_sums as c (sort, start, actor, kind, n) ${sums}
      on conflict (sort, start, actor, kind) do update set n = c.n + excluded.n
    )
    insert into audit_counted as c (log, size) values (${log}, ${to}) on conflict (log) do update set size = excluded.size`);
}

/** The newest day that is counted. */
export async function selectNewestDay(db: Queryable): Promise<string | undefined> {
  return (await db.one<{ day: string | null }>(sql`select max(day)::text as day from audit_counts_days`)).day ?? undefined;
}

/** Where counts stand: by day or by month, by person or not; `plain` with acts and purposes taken together. */
const tables = {
  people: sql`audit_counts`,
  days: sql`audit_counts_days`,
  months: sql`(select month as day, actor, kind, n from audit_counts_months)`,
  kindMonths: sql`(select start as day, kind, n from audit_sums where sort = 'kinds')`,
  plainDays: sql`(select start as day, kind, n from audit_sums where sort = 'days')`,
  plainPeople: sql`(select start as day, actor, kind, n from audit_sums where sort = 'people')`,
  plainMonths: sql`(select start as day, actor, kind, n from audit_sums where sort = 'months')`,
} as const;

/** Kept counts of a span of days (of whole months). */
export interface Kept {
  table: keyof typeof tables;
  from: string | undefined;
  to: string | undefined;
}

const dimensions: Readonly<Record<CountDimension, Sql>> = {
  day: sql`c.day`,
  person: sql`c.actor`,
  department: sql`k.department`,
  act: sql`k.act`,
  decision: sql`k.decision`,
  purpose: sql`k.purpose`,
  outside: sql`k.outside`,
};

/** Dimensions of a sum as they come from the database. */
export type Sum = Partial<Record<CountDimension, string | boolean>> & { n: bigint };

/** Sums of kept counts. */
export function selectKept(db: Queryable, filter: CountFilter, by: readonly CountDimension[], kept: Kept): Promise<Sum[]> {
  const within: Sql[] = [];
  const where: Sql[] = [];
  if (kept.from !== undefined) within.push(sql`c.day >= ${kept.from}::date`);
  if (kept.to !== undefined) within.push(sql`c.day <= ${kept.to}::date`);
  if (filter.actors !== undefined) within.push(sql`c.actor in (select id from audit_actors where pseudonym = any (${filter.actors}::text[]))`);
  // where neither day nor person is told apart, kinds are added up by number before anything is looked up of them
  const narrow = by.some((one) => one === 'day' || one === 'person');
  const rows = narrow
    ? sql`(select * from ${tables[kept.table]} c where ${join(within, ' and ', TRUE)}) c`
    : sql`(select c.kind, sum(c.n) as n from ${tables[kept.table]} c where ${join(within, ' and ', TRUE)} group by c.kind) c`;
  if (filter.departments !== undefined) where.push(sql`k.department = any (${filter.departments}::text[])`);
  if (filter.acts !== undefined) where.push(sql`k.act = any (${filter.acts}::text[])`);
  if (filter.purposes !== undefined) where.push(sql`k.purpose = any (${filter.purposes}::text[])`);
  if (filter.decisions !== undefined) where.push(sql`k.decision = any (${filter.decisions}::text[])`);
  if (filter.outside !== undefined) where.push(sql`k.outside = ${filter.outside}`);
  const columns = by.map((one) => dimensions[one]);
  const named = join([...by.map((one) => sql`${dimensions[one]} as ${names[one]}`), sql`sum(c.n)::bigint as n`], ', ', TRUE);
  const groups = columns.length === 0 ? sql`having count(*) > 0` : sql`group by ${join(columns, ', ', TRUE)}`;
  const sums = sql`select ${named} from ${rows} join audit_kinds k on k.id = c.kind where ${join(where, ' and ', TRUE)} ${groups}`;
  if (!by.includes('person')) return db.many<Sum>(sums);
  // names of persons are put in once the sums are made
  const rest = by.filter((one) => one !== 'person').map((one) => sql`s.${names[one]}`);
  return db.many<Sum>(sql`select ${join([sql`a.pseudonym as person`, ...rest, sql`s.n`], ', ', TRUE)} from (${sums}) s join audit_actors a on a.id = s.person`);
}

const names: Readonly<Record<CountDimension, Sql>> = {
  day: sql`day`,
  person: sql`person`,
  department: sql`department`,
  act: sql`act`,
  decision: sql`decision`,
  purpose: sql`purpose`,
  outside: sql`outside`,
};

/** Entries of one quarter of an hour that have everything in common. */
export interface Raw {
  quarter: Date;
  actor: string;
  act: string;
  decision: string;
  purpose: string;
  department: string;
  n: number;
}

/** Counts the log itself: ranges of it, or what it holds about records under the newest head. */
export function selectRaw(db: Queryable, filter: CountFilter, ranges: readonly Range[] | 'records'): Promise<Raw[]> {
  const where: Sql[] = [];
  if (filter.actors !== undefined) where.push(sql`e.actor = any (${filter.actors}::text[])`);
  if (filter.departments !== undefined) where.push(sql`coalesce(e.department, '') = any (${filter.departments}::text[])`);
  if (filter.acts !== undefined) where.push(sql`e.act = any (${filter.acts}::text[])`);
  if (filter.purposes !== undefined) where.push(sql`coalesce(e.purpose, '') = any (${filter.purposes}::text[])`);
  if (filter.decisions !== undefined) where.push(sql`e.decision = any (${filter.decisions}::text[])`);
  if (ranges === 'records')
    where.push(
      sql`e.record_id = any (${filter.records ?? []}::text[])`,
      sql`(e.log, e.sequence) < (select log, size from audit_heads order by log desc, size desc limit 1)`,
    );
  else
    where.push(
      sql`(${join(
        ranges.map((one) => sql`e.log = ${one.log} and e.sequence >= ${one.from} and e.sequence < ${one.to}`),
        ' or ',
        sql`false`,
      )})`,
    );
  return db.many<Raw>(sql`
    select ${quarterOf} as quarter, e.actor, e.act, e.decision, coalesce(e.purpose, '') as purpose, coalesce(e.department, '') as department, count(*)::integer as n
    from audit_entries e where ${join(where, ' and ', TRUE)} group by 1, 2, 3, 4, 5, 6`);
}
