import { type Condition, toSql } from '../../access/index.js';
import { FALSE, ident, join, type Queryable, sql, type Sql, TRUE } from '../../db/index.js';
import { CAP, type EngineQuery, type Facet, type Part, type SearchFilters, type Sort } from '../port.js';
import { forgivenWords } from '../corrections.js';
import { relevance, textCondition, type WideClause } from './text-store.js';
import { storable } from './vectors.js';

const S = { words: sql`s.words`, text: sql`s.text`, cat: sql`s.cat`, catText: sql`s.cat_text` };

/** Any of the values; a value that no column can hold matches nothing. */
const among = (column: Sql, values: readonly string[]): Sql => {
  const possible = values.filter((one) => storable(one) === one);
  return possible.length === 0 ? FALSE : sql`${column} = any(${possible}::text[])`;
};

const SAME = ['service_type', 'client_type', 'department', 'channel', 'sensitivity', 'medium', 'state', 'client_number'] as const;

/** The filters over the columns of `s` or `r`, which bear the same names. */
function filtered(filters: SearchFilters, alias: 's' | 'r'): Sql {
  const of = (name: string): Sql => ident(`${alias}.${name}`);
  const parts: Sql[] = SAME.flatMap((name) => (filters[name] === undefined ? [] : [among(of(name), filters[name])]));
  const { year, evaluation, staff, tag, closed, until } = filters;
  if (year) parts.push(sql`${of('year')} = any(${[...year]}::int[])`);
  if (evaluation) parts.push(sql`${of('evaluation')} = any(${[...evaluation]}::int[])`);
  if (staff) parts.push(sql`(${among(of('staff_number'), staff)} or ${among(of('staff_name'), staff)})`);
  if (tag) parts.push(sql`${of('tags')} && ${tag.filter((one) => storable(one) === one)}::text[]`);
  if (closed?.from) parts.push(sql`${of('closed_at')} >= ${closed.from}`);
  if (closed?.before) parts.push(sql`${of('closed_at')} < ${closed.before}`);
  if (closed && alias === 's') {
    if (closed.from) parts.push(sql`s.quarter >= date_trunc('quarter', ${closed.from}::timestamptz at time zone 'UTC')::date`);
    if (closed.before) parts.push(sql`s.quarter <= date_trunc('quarter', ${closed.before}::timestamptz at time zone 'UTC')::date`);
  }
  if (until?.from !== undefined) parts.push(sql`${of('term_until')} >= ${until.from}::date`);
  if (until?.to !== undefined) parts.push(sql`${of('term_until')} <= ${until.to}::date`);
  return join(parts, ' and ', TRUE);
}

/** Filters as a condition on `records r`: what a search by them alone finds. */
export const recordsMeeting = (filters: SearchFilters): Sql => filtered(filters, 'r');

/** The order in which hits count towards the cap; that by relevance counts the newest. */
const CAP_ORDER: Readonly<Record<Sort, Sql>> = {
  relevance: sql`s.closed_at desc, s.id desc`,
  newest: sql`s.closed_at desc, s.id desc`,
  oldest: sql`s.closed_at, s.id`,
  until: sql`s.term_until, s.closed_at desc, s.id desc`,
};

const constant = (condition: Condition, op: 'true' | 'false'): boolean => condition.op === op;

interface Where {
  /** Whether the rows come by words. */
  byWords: boolean;
  /** What a partition is asked by; kept plain, because it is planned for every quarter. */
  rows: Sql;
  /** What is looked at in a row that came: `whole` and `part`, whether all of its texts match, or those of the catalogue. */
  rest: Sql;
  hit: Sql;
}

/**
 * Which rows of the index are hits. The columns of the index narrow early and may be a moment out of date; what decides is the
 * record itself, so that an old entry may hide a record for that moment and never shows one.
 * @param byIndex whether an index answers for the words; else they are looked at last, because they lie apart from their row.
 */
function conditions(query: EngineQuery, clauses: readonly WideClause[], byIndex = true): Where | null {
  const text = textCondition(clauses, query.text.none);
  if (text === null) return null;
  const { read, list } = query;
  const meets = (column: Sql): Sql => (text.index === null ? TRUE : sql`${column} @@ ${text.index}::tsquery`);
  const narrow: Sql[] = [filtered(query.filters, 's')];
  if (query.exclude.length > 0) narrow.push(sql`s.id <> all(${[...query.exclude]}::uuid[])`);
  const full = text.rest(S.words, S.text);
  const part = text.rest(S.cat, S.catText);
  if (constant(read, 'false')) {
    narrow.push(meets(S.cat));
    return {
      byWords: text.index !== null,
      rows: join(narrow, ' and ', TRUE),
      rest: sql`select false as whole, (${toSql(list, 's')} and ${part}) as part`,
      hit: sql`(r.listable and t.part)`,
    };
  }
  // whatever stands in the catalogue part stands in the whole as well, so that one index serves both
  if (byIndex) narrow.push(meets(S.words));
  const whole = byIndex ? full : sql`${meets(S.words)} and ${full}`;
  if (constant(read, 'true'))
    return {
      byWords: text.index !== null,
      rows: join(narrow, ' and ', TRUE),
      rest: sql`select (${whole}) as whole, false as part`,
      hit: sql`(r.readable and t.whole)`,
    };
  return {
    byWords: text.index !== null,
    rows: join(narrow, ' and ', TRUE),
    rest: sql`select (${toSql(read, 's')} and ${whole}) as whole, (${toSql(list, 's')} and ${meets(S.cat)} and ${part}) as part`,
    hit: sql`((r.readable and t.whole) or (not r.readable and r.listable and t.part))`,
  };
}

function ranks(query: EngineQuery, clauses: readonly WideClause[]): Sql[] {
  if (query.sort !== 'relevance') return [];
  const vector = constant(query.read, 'true') ? S.words : constant(query.read, 'false') ? S.cat : sql`(case when s.readable then s.words else s.cat end)`;
  return relevance(clauses, vector);
}

const facetOf = (
  facet: Facet,
): Sql => sql`(select coalesce(json_agg(json_build_object('value', v::text, 'count', n) order by n desc, v::text collate "C"), '[]') from
  (select ${ident(`k.${facet}`)} as v, count(*)::int as n from kept k where ${ident(`k.${facet}`)} is not null group by 1) c)`;

export interface FoundRow {
  found: number;
  generation: number | null;
  hits: { id: string; readable: boolean; texts: Record<Part, string> | null; seen: string }[];
  facets: Partial<Record<Facet, { value: string; count: number }[]>>;
}

/** The first hits of a piece of time, in the order of the cap. */
function firstHits(query: EngineQuery, where: Where, columns: Sql, time: Sql): Sql {
  // the planner knows nothing of how rare a word is: fenced off from the order, it has no other way to the rows than by the words
  const rows = where.byWords ? sql`(select * from search_documents s where ${time} and ${where.rows} offset 0)` : sql`search_documents`;
  return looked(query, where, columns, { rows: sql`${rows} s`, only: where.byWords ? TRUE : sql`${time} and ${where.rows}`, order: CAP_ORDER[query.sort] });
}

/** Rows that are looked at to learn how common the words are, and so many of them have to meet the query to call them common. */
const PROBED = 500;
const COMMON = 50;
/** Rows by retention date that are looked at for common words: twice as many as it should take to fill the cap. */
const WALKED = (2 * CAP * PROBED) / COMMON;

/**
 * Whether words are so common that by retention date they are better looked for along the dates: the index would give a third of all
 * rows to put in order, while the first few thousand by date fill the cap. `null` where that does not come into question.
 */
export function commonStatement(query: EngineQuery, clauses: readonly WideClause[], bounds: readonly string[]): Sql | null {
  const where = query.sort === 'until' ? conditions(query, clauses) : null;
  if (where === null || !where.byWords) return null;
  const newest = bounds.at(-2) ?? '-infinity';
  return sql`
    select count(*) filter (where ${where.rows}) >= ${COMMON}::int as common
    from (select * from search_documents s where s.quarter >= ${newest}::date limit ${PROBED}) s`;
}

/** The first hits among the first rows by retention date. There may be more hits where these do not fill the cap. */
const alongDates = (query: EngineQuery, where: Where, columns: Sql): Sql =>
  looked(query, where, columns, {
    rows: sql`(select * from search_documents s order by ${CAP_ORDER.until} limit ${WALKED}) s`,
    only: where.rows,
    order: CAP_ORDER.until,
  });

/**
 * The first hits of all time by retention date, which quarters do not go by: the rows that the index gives are put in order by their
 * keys alone, and no more of them are looked at than it takes to fill the cap.
 */
function firstDue(query: EngineQuery, where: Where, columns: Sql): Sql {
  const keys = sql`(select s.id, s.quarter, s.term_until, s.closed_at from search_documents s where ${where.rows} order by ${CAP_ORDER.until} offset 0)`;
  return looked(query, where, columns, {
    rows: sql`${keys} k cross join lateral (select * from search_documents s where s.quarter = k.quarter and s.closed_at = k.closed_at and s.id = k.id offset 0) s`,
    only: TRUE,
    order: sql`k.term_until, k.closed_at desc, k.id desc`, // that of the keys: nothing is sorted twice, so that it can end early
  });
}

/**
 * By the end of the term many wide rows are put in order: there texts are fetched afterwards, for the twenty that are shown. Else
 * rows come quarter by quarter, and planning one more look into all quarters costs more than carrying texts.
 */
const fetchesLate = (query: EngineQuery): boolean => query.sort === 'until';

/** What of a row goes on to the answer: nothing that is not needed there, because every hit up to the cap carries it. */
function carriedBy(query: EngineQuery): Sql {
  const seen = forgivenWords(query.text.all).length > 0 ? sql`s.text, s.cat_text` : sql`'' as text, '' as cat_text`;
  const ranked = query.sort === 'relevance' ? sql`, s.words, ${constant(query.read, 'true') ? sql`''::tsvector as cat` : S.cat}` : sql``;
  return sql`s.title, s.solution, s.content, s.files, ${seen}${ranked}`;
}

function looked(query: EngineQuery, where: Where, columns: Sql, from: { rows: Sql; only: Sql; order: Sql }): Sql {
  const carried = fetchesLate(query) ? sql`s.quarter` : carriedBy(query);
  return sql`
    select s.id, s.closed_at, s.term_until, r.readable, ${carried}, ${columns}
    from ${from.rows}
      cross join lateral (${where.rest} offset 0) t
      cross join lateral (select (${toSql(query.read, 'r')}) as readable, (${toSql(query.list, 'r')}) as listable, ${columns}
        from records r where r.id = s.id and ${filtered(query.filters, 'r')} offset 0) r
    where ${from.only} and (t.whole or t.part) and ${where.hit}
    order by ${from.order} limit ${CAP + 1}`;
}

/**
 * The whole search as one statement; `null` where it cannot find anything.
 * @param bounds quarters of the index, rising. Quarters are asked one after the other from the end that counts first, and no more of
 *   them than it takes to fill the cap. Together the pieces cover all time, whatever the bounds, so that they may be out of date.
 * @param along by retention date, whether to look at the first rows by date alone: that is all of it where the cap was filled.
 */
export function searchStatement(query: EngineQuery, clauses: readonly WideClause[], bounds: readonly string[], along = false): Sql | null {
  const where = conditions(query, clauses, !along);
  if (where === null) return null;
  const score = ranks(query, clauses);
  const order = join([...score.map((_, i) => sql`${ident(`s.score_${i}`)} desc`), CAP_ORDER[query.sort]], ', ', TRUE);
  const scored = join([sql`s.*`, ...score.map((one, i) => sql`${one} as ${ident(`score_${i}`)}`)], ', ', TRUE);
  const columns = join(
    query.facets.map((one) => sql`${ident(`r.${one}`)}`),
    ', ',
    sql`1 as nothing`,
  );
  const facets = join(
    query.facets.flatMap((one) => [sql`${one}::text`, facetOf(one)]),
    ', ',
    sql``,
  );
  const rising = query.sort === 'oldest';
  const edges = ['-infinity', ...bounds, 'infinity'];
  const pieces = edges.slice(1).map((to, i) => [edges[i] ?? '', to] as const);
  if (!rising) pieces.reverse();
  const hits =
    query.sort === 'until'
      ? (along ? alongDates : firstDue)(query, where, columns)
      : sql`
      select s.* from unnest(${pieces.map(([from]) => from)}::date[], ${pieces.map(([, to]) => to)}::date[]) m(since, before)
        cross join lateral (${firstHits(query, where, columns, sql`s.quarter >= m.since and s.quarter < m.before`)}) s
      limit ${CAP + 1}`;
  const texts = fetchesLate(query)
    ? sql`cross join lateral (select s.title, s.solution, s.content, s.files, s.text, s.cat_text from search_documents s
        where s.quarter = p.quarter and s.closed_at = p.closed_at and s.id = p.id offset 0) t`
    : sql`cross join lateral (select p.title, p.solution, p.content, p.files, p.text, p.cat_text) t`;
  return sql`
    with found as materialized (${hits}), kept as materialized (
      select s.*, row_number() over (order by ${order}) as place
      from (select ${scored} from (select * from found s order by ${CAP_ORDER[query.sort]} limit ${CAP}) s) s
    )
    select (select count(*)::int from found) as found, (select generation from search_mark) as generation,
      (select coalesce(json_agg(json_build_object('id', p.id, 'readable', p.readable, 'seen', case when p.readable then t.text else t.cat_text end,
          'texts', case when p.readable then json_build_object('title', t.title, 'solution', t.solution, 'content', t.content, 'files', t.files) end) order by p.place), '[]')
        from kept p ${texts}
        where p.place > ${query.offset} and p.place <= ${query.offset + query.limit}) as hits,
      json_build_object(${facets}) as facets`;
}

/** First days of the quarters that the index has, rising. */
export async function selectQuarters(db: Queryable): Promise<string[]> {
  const rows = await db.many<{ year: string; quarter: number }>(sql`
    select substr(c.relname::text, 18, 4) as year, substr(c.relname::text, 23, 1)::int as quarter
    from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'search_documents'::regclass order by 1, 2`);
  return rows.map(({ year, quarter }) => `${year}-${String(3 * quarter - 2).padStart(2, '0')}-01`);
}

/** Words of the index that share a dropped form with these, which all that are one typo apart do. */
export function selectCandidates(db: Queryable, forms: readonly string[], limit: number): Promise<{ word: string }[]> {
  return db.many(sql`select word from search_words where forms && ${[...forms]}::text[] order by word limit ${limit}`);
}

/** The texts of records by id, as far as the record itself says that they may be read. */
export function selectTexts(db: Queryable, ids: readonly string[], read: Condition): Promise<{ id: string; texts: Record<Part, string> }[]> {
  return db.many(sql`
    select s.id, json_build_object('title', s.title, 'solution', s.solution, 'content', s.content, 'files', s.files) as texts
    from search_entries e
      join records r on r.id = e.id
      cross join lateral (select * from search_documents s
        where s.quarter = date_trunc('quarter', e.closed_at at time zone 'UTC')::date and s.closed_at = e.closed_at and s.id = e.id offset 0) s
    where e.id = any(${[...ids]}::uuid[]) and (${toSql(read, 'r')}) and (${toSql(read, 's')})`);
}
