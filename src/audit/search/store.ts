import { join, sql, TRUE, type Db, type Queryable, type Sql, type Tx } from '../../db/index.js';
import type { Entry, LoggedEntry } from '../types.js';
import type { LogFilter, Place } from './filter.js';
import type { LogItem, Selection } from './forward.js';

export interface Row {
  id: string;
  log: string;
  sequence: bigint;
  entry: string;
  has_side: boolean;
}

export const toEntry = ({ id, log, sequence, entry, has_side }: Row): LoggedEntry => ({
  id,
  log,
  sequence,
  entry: JSON.parse(entry) as Entry,
  hasSide: has_side,
});

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

interface Driver {
  column: Sql;
  values: readonly string[];
}

/** Columns with an index of their own, the most telling first: the first that is asked for leads the search. */
function drivers(filter: LogFilter): Driver[] {
  const one = (column: Sql, value: string | undefined): Driver[] => (value === undefined ? [] : [{ column, values: [value] }]);
  const many = (column: Sql, values: readonly string[] | undefined): Driver[] => (values === undefined ? [] : [{ column, values }]);
  return [
    ...one(sql`e.request`, filter.request),
    ...one(sql`e.reading_id`, filter.reading),
    ...one(sql`e.record_id`, filter.record),
    ...many(sql`e.record_id`, filter.records),
    ...one(sql`e.client_id`, filter.client),
    ...one(sql`e.subject_id`, filter.subject),
    ...many(sql`e.actor`, filter.actors),
    ...many(sql`e.act`, filter.acts),
    ...one(sql`e.purpose`, filter.purpose),
  ];
}

/** Conditions that no index leads by. */
function rest(filter: LogFilter, others: readonly Driver[]): Sql[] {
  const all = others.map(({ column, values }) => sql`${column} = any (${values}::text[])`);
  if (filter.from !== undefined) all.push(sql`e.t >= ${filter.from}`);
  if (filter.to !== undefined) all.push(sql`e.t < ${filter.to}`);
  if (filter.departments !== undefined) all.push(sql`coalesce(e.department, '') = any (${filter.departments}::text[])`);
  if (filter.purposes !== undefined) all.push(sql`coalesce(e.purpose, '') = any (${filter.purposes}::text[])`);
  if (filter.decisions !== undefined) all.push(sql`e.decision = any (${filter.decisions}::text[])`);
  if (filter.decisions !== undefined && !filter.decisions.includes('allow')) all.push(sql`e.decision <> 'allow'`);
  if (filter.decision === 'allow') all.push(sql`e.decision = 'allow'`);
  // said twice, so that the planner sees that the partial index of refusals fits
  else if (filter.decision !== undefined) all.push(sql`e.decision <> 'allow'`, sql`e.decision = ${filter.decision}`);
  return all;
}

/** Whether a side row is there is asked row by row: as `exists` it is hashed over all of them wherever many entries are expected. */
export const COLUMNS = sql`e.id, e.log, e.sequence, e.entry, e.act, e.decision, coalesce((select true from audit_side s where s.entry_id = e.id), false) as has_side`;

/** A part of one log so short that reading all of it is quicker than any index of a column: some hours of a log of ten million entries. */
const SHORT = 5_000n;

/**
 * The entries of a filter within a span, newest first, at most `limit`. With a leading column, one walk of its index per value:
 * the bounds are rows of (column, log, sequence) and nothing says `column = value`, because the planner would otherwise take
 * the primary key for the shorter way and read the whole log for a value that is rare.
 */
function found(filter: LogFilter, span: Span, limit: number | null): Sql {
  const [lead, ...others] = drivers(filter);
  const { from, to } = span;
  const most = limit === null ? sql`` : sql`limit ${limit}`;
  if (lead !== undefined && from.log === to.log && to.sequence - from.sequence <= SHORT) {
    // said as plain bounds of the primary key: the planner knows how little that is, and guesses wildly of rows of columns
    const where = join(
      [sql`e.log = ${from.log}`, sql`e.sequence >= ${from.sequence}`, sql`e.sequence < ${to.sequence}`, ...rest(filter, [lead, ...others])],
      ' and ',
      TRUE,
    );
    return sql`select ${COLUMNS} from audit_entries e where ${where} order by e.sequence desc ${most}`;
  }
  if (lead === undefined) {
    const where = join(
      [sql`(e.log, e.sequence) >= (${from.log}, ${from.sequence})`, sql`(e.log, e.sequence) < (${to.log}, ${to.sequence})`, ...rest(filter, others)],
      ' and ',
      TRUE,
    );
    return sql`select ${COLUMNS} from audit_entries e where ${where} order by e.log desc, e.sequence desc ${most}`;
  }
  const { column, values } = lead;
  const where = join(
    [
      sql`${column} is not null`,
      sql`(${column}, e.log, e.sequence) >= (wanted.value, ${from.log}, ${from.sequence})`,
      sql`(${column}, e.log, e.sequence) < (wanted.value, ${to.log}, ${to.sequence})`,
      ...rest(filter, others),
    ],
    ' and ',
    TRUE,
  );
  return sql`select e.* from (select distinct unnest(${values}::text[]) as value) wanted
    cross join lateral (select ${COLUMNS} from audit_entries e where ${where} order by ${column} desc, e.log desc, e.sequence desc ${most}) e
    order by e.log desc, e.sequence desc ${most}`;
}

/**
 * From here on this transaction reads no table from end to end. Of times of today the planner thinks that there are none, and of rows of columns
 * that they are a tenth of the log: it then takes a scan of all of it for the shorter way.
 */
export async function useIndexes(tx: Tx): Promise<void> {
  await tx.run(sql`set local enable_seqscan = off`);
}

/** A page, newest first. */
export async function selectPage(db: Queryable, filter: LogFilter, span: Span, limit: number): Promise<LoggedEntry[]> {
  return (await db.many<Row>(found(filter, span, limit))).map(toEntry);
}

/** Newest first, in batches, in one snapshot. */
export async function* streamEntries(db: Db, filter: LogFilter, span: Span): AsyncIterable<LoggedEntry[]> {
  for await (const rows of db.stream<Row>(found(filter, span, null))) yield rows.map(toEntry);
}

/** The entry at a place under the newest signed head of its log, with the size of that head. */
export async function selectAt(db: Queryable, place: Place): Promise<{ item: LoggedEntry; canonical: string; size: bigint } | undefined> {
  const row = await db.maybe<Row & { size: bigint }>(sql`
    select ${COLUMNS}, h.size from audit_entries e
    cross join lateral (select size from audit_heads where log = e.log order by size desc limit 1) h
    where e.log = ${place.log} and e.sequence = ${place.sequence} and e.sequence < h.size`);
  return row && { item: toEntry(row), canonical: row.entry, size: row.size };
}

export interface ActCount {
  act: string;
  decision: string;
  count: number;
}

/** Counts by act and decision over the newest `most` entries. */
export function selectCounts(db: Queryable, filter: LogFilter, span: Span, most: number): Promise<ActCount[]> {
  return db.many<ActCount>(sql`
    select act, decision, count(*)::int as count from (${found(filter, span, most)}) e group by act, decision order by count desc, act, decision`);
}

export async function selectEntry(db: Queryable, id: string): Promise<{ entry: Entry; sealed: Buffer | null } | undefined> {
  const row = await db.maybe<{ entry: string; sealed: Buffer | null }>(sql`
    select e.entry, s.sealed from audit_entries e left join audit_side s on s.entry_id = e.id
    where e.id = ${id} order by e.log, e.sequence limit 1`);
  return row && { entry: JSON.parse(row.entry) as Entry, sealed: row.sealed };
}

/** Entries of some acts about these records beside which something stands still. */
export async function sidesOf(on: Queryable, acts: readonly string[], records: readonly string[]): Promise<string[]> {
  const rows = await on.many<{ id: string }>(sql`
    select e.id from audit_entries e join audit_side s on s.entry_id = e.id
    where e.subject_id = any (${records}::text[]) and e.subject_kind = 'record' and e.act = any (${acts}::text[])`);
  return rows.map((row) => row.id);
}

export async function eraseSideRows(tx: Queryable, ids: readonly string[]): Promise<number> {
  const { count } = await tx.one<{ count: bigint }>(sql`select audit_erase_side(${ids}::uuid[]) as count`);
  return Number(count);
}

/** Entries that may lead a search by themselves, in place of the acts. */
function leadOf(selection: Selection): { column: Sql; values: readonly string[] } {
  if (selection.record !== undefined) return { column: sql`e.record_id`, values: [selection.record] };
  if (selection.readings !== undefined) return { column: sql`e.reading_id`, values: selection.readings };
  if (selection.subjects !== undefined) return { column: sql`e.subject_id`, values: selection.subjects };
  if (selection.actors !== undefined) return { column: sql`e.actor`, values: selection.actors };
  return { column: sql`e.act`, values: selection.acts };
}

/** Entries of a selection within a span, oldest first, in batches, in one snapshot: one walk of an index per value, as above. */
export async function* selectForward(db: Db, selection: Selection, span: Span, until: Date | undefined): AsyncIterable<LogItem[]> {
  const { column, values } = leadOf(selection);
  const { from, to } = span;
  const mentions = selection.mentions === undefined ? sql`` : sql`and strpos(e.entry, ${selection.mentions}) > 0`;
  const before = until === undefined ? sql`` : sql`and e.t < ${until}`;
  const statement = sql`select e.log, e.sequence, e.entry from (select distinct unnest(${values}::text[]) as value) wanted
    cross join lateral (select e.log, e.sequence, e.entry from audit_entries e where ${column} is not null
      and (${column}, e.log, e.sequence) >= (wanted.value, ${from.log}, ${from.sequence}) and (${column}, e.log, e.sequence) < (wanted.value, ${to.log}, ${to.sequence})
      and e.act = any (${selection.acts}::text[]) and e.decision = 'allow' ${mentions} ${before}) e
    order by e.log, e.sequence`;
  for await (const rows of db.stream<{ log: string; sequence: bigint; entry: string }>(statement))
    yield rows.map(({ log, sequence, entry }) => ({ log, sequence, entry: JSON.parse(entry) as Entry }));
}

/** Every entry within a span, oldest first, in batches, in one snapshot. */
export async function* streamWhole(db: Db, { from, to }: Span): AsyncIterable<LogItem[]> {
  const statement = sql`select e.log, e.sequence, e.entry from audit_entries e
    where (e.log, e.sequence) >= (${from.log}, ${from.sequence}) and (e.log, e.sequence) < (${to.log}, ${to.sequence}) order by e.log, e.sequence`;
  for await (const rows of db.stream<{ log: string; sequence: bigint; entry: string }>(statement))
    yield rows.map(({ log, sequence, entry }) => ({ log, sequence, entry: JSON.parse(entry) as Entry }));
}
