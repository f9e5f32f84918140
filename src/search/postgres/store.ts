import { type Db, join, type Queryable, sql, type Sql, TRUE, type Tx } from '../../db/index.js';
import type { IndexedStamp, SearchDocument } from '../port.js';
import { formsOf, storable, type Vectors } from './vectors.js';

export interface Row {
  document: SearchDocument;
  vectors: Vectors;
}

/** The index in use, or the one that is made beside it. Names of tables stand in the statements as they are. */
export type Which = 'live' | 'next';

const TABLES: Readonly<Record<Which, { documents: Sql; words: Sql; entries: Sql }>> = {
  live: { documents: sql`search_documents`, words: sql`search_words`, entries: sql`search_entries` },
  next: { documents: sql`search_documents_next`, words: sql`search_words_next`, entries: sql`search_entries_next` },
};

/** One writer at a time: a record's entry, its text and its words change together. */
const LOCK = 7_104_251;
export const lockWriting = (tx: Tx): Promise<number> => tx.run(sql`select pg_advisory_xact_lock(${LOCK})`);

export async function selectState(db: Queryable): Promise<{ generation: number; mark: number | null }> {
  return db.one(sql`select generation, (select generation from search_mark) as mark from search_generation`);
}

export const makeQuarter = (db: Queryable, which: Which, quarter: string): Promise<number> =>
  db.run(sql`select search_quarter(${which === 'next'}, ${quarter}::date)`);

/** What an id stood in the index for: deleted with its text, its quarter and words noted for the next purge. */
export async function deleteDocuments(tx: Tx, which: Which, ids: readonly string[]): Promise<void> {
  const table = TABLES[which];
  const old = await tx.many<{ id: string; closed_at: Date }>(sql`delete from ${table.entries} where id = any(${[...ids]}::uuid[]) returning id, closed_at`);
  if (old.length === 0) return;
  const times = old.map((one) => one.closed_at);
  const beside = which === 'next';
  await tx.run(sql`
    with gone as (
      delete from ${table.documents} s using unnest(${old.map((one) => one.id)}::uuid[], ${times}::timestamptz[]) o(id, closed_at)
      where s.quarter = date_trunc('quarter', o.closed_at at time zone 'UTC')::date and s.closed_at = o.closed_at and s.id = o.id returning s.quarter, s.words
    ), quarters as (
      insert into search_purges (beside, quarter) select distinct ${beside}::boolean, quarter from gone on conflict do nothing
    )
    insert into search_gone_words (beside, word)
      select distinct ${beside}::boolean, w.word from gone, unnest(gone.words) u join ${table.words} w on w.word = u.lexeme on conflict do nothing`);
}

/** The quarter of a row, which names its partition. */
const QUARTER = sql`date_trunc('quarter', closed_at at time zone 'UTC')::date`;

export async function insertDocuments(db: Queryable, which: Which, rows: readonly Row[]): Promise<void> {
  const table = TABLES[which];
  const of = <T>(column: (row: Row) => T): T[] => rows.map(column);
  const text = (column: (row: Row) => string): Sql => sql`${of((row) => storable(column(row)))}::text[]`;
  const plain = (name: 'service_type' | 'client_type' | 'department' | 'sensitivity' | 'medium' | 'channel' | 'state' | 'fonds' | 'staff_account'): Sql =>
    text((row) => row.document[name]);
  await db.run(sql`
    insert into ${table.documents} (quarter, id, closed_at, term_until, service_type, client_type, department, sensitivity, medium, channel, state, restricted, fonds, staff_account,
      year, evaluation, client_number, staff_number, staff_name, tags, cat, cat_text, words, text, title, solution, content, files)
    select ${QUARTER}, id, closed_at, term_until, service_type, client_type, department, sensitivity, medium, channel, state, restricted, fonds, staff_account,
      year, evaluation, client_number, staff_number, staff_name, array(select jsonb_array_elements_text(tags::jsonb)), cat::tsvector, cat_text, words::tsvector, text,
      title, solution, content, files
    from unnest(${of((row) => row.document.id)}::uuid[], ${of((row) => row.document.closedAt)}::timestamptz[], ${of((row) => row.document.termUntil)}::date[],
      ${join([plain('service_type'), plain('client_type'), plain('department'), plain('sensitivity'), plain('medium'), plain('channel'), plain('state')], ', ', TRUE)},
      ${of((row) => row.document.restricted)}::boolean[], ${plain('fonds')}, ${plain('staff_account')}, ${of((row) => row.document.year)}::int[],
      ${of((row) => row.document.evaluation)}::smallint[], ${text((row) => row.document.client_number)}, ${text((row) => row.document.staff_number)},
      ${text((row) => row.document.staff_name)}, ${of((row) => JSON.stringify(row.document.tags.map(storable)))}::text[], ${text((row) => row.vectors.cat)}, ${text((row) => row.vectors.catText)},
      ${text((row) => row.vectors.words)}, ${text((row) => row.vectors.text)}, ${text((row) => row.vectors.texts.title)}, ${text((row) => row.vectors.texts.solution)},
      ${text((row) => row.vectors.texts.content)}, ${text((row) => row.vectors.texts.files)})
      u(id, closed_at, term_until, service_type, client_type, department, sensitivity, medium, channel, state, restricted, fonds, staff_account,
        year, evaluation, client_number, staff_number, staff_name, tags, cat, cat_text, words, text, title, solution, content, files)`);
  await db.run(sql`
    insert into ${table.entries} (id, closed_at, stamp)
    select * from unnest(${of((row) => row.document.id)}::uuid[], ${of((row) => row.document.closedAt)}::timestamptz[], ${of((row) => row.document.stamp)}::text[])`);
}

export async function insertWords(db: Queryable, which: Which, words: readonly string[]): Promise<void> {
  if (words.length === 0) return;
  await db.run(sql`
    insert into ${TABLES[which].words} (word, forms) select word, array(select jsonb_array_elements_text(forms::jsonb))
    from unnest(${[...words]}::text[], ${words.map((word) => JSON.stringify(formsOf(word)))}::text[]) u(word, forms) on conflict do nothing`);
}

/** Those of the words that the vocabulary in use does not have yet. */
export async function unknownWords(db: Queryable, words: readonly string[]): Promise<string[]> {
  if (words.length === 0) return [];
  const rows = await db.many<{ word: string }>(sql`
    select u.word from unnest(${[...words]}::text[]) u(word) where not exists (select from search_words w where w.word = u.word)`);
  return rows.map((row) => row.word);
}

export function selectStamps(db: Queryable, after: string | null, limit: number): Promise<IndexedStamp[]> {
  return db.many(sql`select id, stamp from search_entries where ${after === null ? TRUE : sql`id > ${after}::uuid`} order by id limit ${limit}`);
}

export async function countEntries(db: Queryable): Promise<number> {
  return (await db.one<{ n: number }>(sql`select count(*)::int as n from search_entries`)).n;
}

export const beginRebuild = (db: Queryable): Promise<number> => db.run(sql`select search_rebuild_begin()`);
export const abandonRebuild = (db: Queryable): Promise<number> => db.run(sql`select search_rebuild_abandon()`);

/** Gives the new index its indexes, quarter by quarter so that no statement is long, then puts it in place; its generation. */
export async function finishRebuild(db: Db): Promise<number> {
  for (const { part } of await db.many<{ part: string }>(sql`select search_rebuild_partitions()::text as part`))
    await db.run(sql`select search_index_build(${part}::regclass)`);
  return (await db.one<{ generation: number }>(sql`select search_rebuild_swap() as generation`)).generation;
}

export async function quartersToPurge(db: Queryable): Promise<string[]> {
  return (await db.many<{ quarter: string }>(sql`select quarter from search_purges where not beside order by quarter`)).map((row) => row.quarter);
}
/** Rewriting takes as long as there is to rewrite: nobody waits for it, and cut off it would begin from the start each time. */
async function rewrite(tx: Tx, statement: Sql): Promise<void> {
  await tx.run(sql`set local statement_timeout = '30min'`);
  await tx.run(statement);
}
export const purgeQuarter = (tx: Tx, quarter: string): Promise<void> => rewrite(tx, sql`select search_purge_quarter(${quarter}::date)`);
export const purgeWords = (tx: Tx): Promise<void> => rewrite(tx, sql`select search_purge_words()`);
