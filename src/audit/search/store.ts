import { join, sql, TRUE, type Db, type Queryable, type Sql } from '../../db/index.js';
import type { Entry, LoggedEntry } from '../types.js';
import type { LogFilter, Place } from './filter.js';

interface Row {
  id: string;
  log: string;
  sequence: bigint;
  entry: string;
  has_side: boolean;
}

const toEntry = ({ id, log, sequence, entry, has_side }: Row): LoggedEntry => ({ id, log, sequence, entry: JSON.parse(entry) as Entry, hasSide: has_side });

/** Part of the log, `from` included, `to` not. */
export interface Span {
  from: Place;
  to: Place;
}

/**
 * Where the entries of a filter can stand: under the newest signed head, and between the heads around its times. Times in the
 * log never run backwards, so that the few rows of `audit_heads` stand for an index by time.
 */
export async function selectSpan(db: Queryable, filter: LogFilter): Promise<Span | undefined> {
  const newest = await db.maybe<Place>(sql`select log, size as sequence from audit_heads order by log desc, size desc limit 1`);
  if (!newest) return undefined;
  const from =
    filter.from &&
    (await db.maybe<Place>(sql`select log, size as sequence from audit_heads where last_t < ${filter.from} order by last_t desc, log desc, size desc limit 1`));
  const to =
    filter.to && (await db.maybe<Place>(sql`select log, size as sequence from audit_heads where last_t >= ${filter.to} order by last_t, log, size limit 1`));
  return { from: from ?? { log: '', sequence: 0n }, to: to ?? newest };
}

/** Columns with an index of their own, the most telling first: the first that is asked for leads the search. */
function drivers(filter: LogFilter): { column: Sql; values: readonly string[] }[] {
  const one = (column: Sql, value: string | undefined): { column: Sql; values: readonly string[] }[] =>
    value === undefined ? [] : [{ column, values: [value] }];
  return [
    ...one(sql`e.request`, filter.request),
    ...one(sql`e.reading_id`, filter.reading),
    ...one(sql`e.record_id`, filter.record),
    ...one(sql`e.client_id`, filter.client),
    ...one(sql`e.subject_id`, filter.subject),
    ...(filter.actors === undefined ? [] : [{ column: sql`e.actor`, values: filter.actors }]),
    ...(filter.acts === undefined ? [] : [{ column: sql`e.act`, values: filter.acts }]),
  ];
}

function rest(filter: LogFilter, span: Span): Sql[] {
  const all = [sql`(e.log, e.sequence) >= (${span.from.log}, ${span.from.sequence})`, sql`(e.log, e.sequence) < (${span.to.log}, ${span.to.sequence})`];
  if (filter.from !== undefined) all.push(sql`e.t >= ${filter.from}`);
  if (filter.to !== undefined) all.push(sql`e.t < ${filter.to}`);
  if (filter.purpose !== undefined) all.push(sql`e.purpose = ${filter.purpose}`);
  if (filter.decision === 'allow') all.push(sql`e.decision = 'allow'`);
  // said twice, so that the planner sees that the partial index of refusals fits
  else if (filter.decision !== undefined) all.push(sql`e.decision <> 'allow'`, sql`e.decision = ${filter.decision}`);
  return all;
}

function conditions(filter: LogFilter, span: Span): Sql {
  return join([...drivers(filter).map(({ column, values }) => sql`${column} = any (${values}::text[])`), ...rest(filter, span)], ' and ', TRUE);
}

const COLUMNS = sql`e.id, e.log, e.sequence, e.entry, exists (select from audit_side s where s.entry_id = e.id) as has_side`;

/** Newest first. One index walk per value of the leading column, each no longer than the page. */
export async function selectPage(db: Queryable, filter: LogFilter, span: Span, limit: number): Promise<LoggedEntry[]> {
  const [lead, ...others] = drivers(filter);
  const where = join([...others.map(({ column, values }) => sql`${column} = any (${values}::text[])`), ...rest(filter, span)], ' and ', TRUE);
  const rows = await db.many<Row>(
    lead === undefined
      ? sql`select ${COLUMNS} from audit_entries e where ${where} order by e.log desc, e.sequence desc limit ${limit}`
      : sql`select e.* from unnest(${lead.values}::text[]) as wanted (value)
          cross join lateral (select ${COLUMNS} from audit_entries e where ${lead.column} = wanted.value and ${where}
            order by e.log desc, e.sequence desc limit ${limit}) e
          order by e.log desc, e.sequence desc limit ${limit}`,
  );
  return rows.map(toEntry);
}

/** Oldest first, in batches, in one snapshot. */
export async function* streamEntries(db: Db, filter: LogFilter, span: Span): AsyncIterable<LoggedEntry[]> {
  const statement = sql`select ${COLUMNS} from audit_entries e where ${conditions(filter, span)} order by e.log, e.sequence`;
  for await (const rows of db.stream<Row>(statement)) yield rows.map(toEntry);
}

export interface ActCount {
  act: string;
  decision: string;
  count: number;
}

/** Counts by act and decision over at most `most` entries. */
export function selectCounts(db: Queryable, filter: LogFilter, span: Span, most: number): Promise<ActCount[]> {
  return db.many<ActCount>(sql`
    select act, decision, count(*)::int as count
    from (select e.act, e.decision from audit_entries e where ${conditions(filter, span)} limit ${most}) e
    group by act, decision order by count desc, act, decision`);
}

export async function selectEntry(db: Queryable, id: string): Promise<{ entry: Entry; sealed: Buffer | null } | undefined> {
  const row = await db.maybe<{ entry: string; sealed: Buffer | null }>(sql`
    select e.entry, s.sealed from audit_entries e left join audit_side s on s.entry_id = e.id
    where e.id = ${id} order by e.log, e.sequence limit 1`);
  return row && { entry: JSON.parse(row.entry) as Entry, sealed: row.sealed };
}

export async function eraseSideRows(tx: Queryable, ids: readonly string[]): Promise<number> {
  const { count } = await tx.one<{ count: bigint }>(sql`select audit_erase_side(${ids}::uuid[]) as count`);
  return Number(count);
}
