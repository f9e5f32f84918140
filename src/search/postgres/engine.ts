import { type Db, sqlState } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { droppedForms, withinOneTypo } from '../analyse/index.js';
import { correctionsIn, forgivenWords } from '../corrections.js';
import { CAP, type EngineAnswer, type EngineQuery, type Facet, type SearchDocument, type SearchEngine } from '../port.js';
import { type FoundRow, searchStatement, selectCandidates, selectMonths, selectTexts } from './query-store.js';
import {
  abandonRebuild,
  beginRebuild,
  countEntries,
  deleteDocuments,
  finishRebuild,
  insertDocuments,
  insertWords,
  lockWriting,
  makeMonth,
  monthsToPurge,
  purgeMonth,
  purgeWords,
  type Row,
  selectStamps,
  selectState,
  unknownWords,
  type Which,
} from './store.js';
import type { WideClause } from './text-store.js';
import { vectorsOf } from './vectors.js';

/** Words of the index that may share a dropped form with a misspelt one. No language has that many so close to each other. */
const CANDIDATES = 200;

/** States that mean: the index is not there, or broken, or the server has no time for it. */
const AWAY = /^(42P01|42883|57014|XX00[12]|58)/;

/** Milliseconds. */
const CUTS_KEPT = 10_000;

const LOST = 'the index was lost in a crash';

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const away = (error instanceof CodedError && error.code === 'unavailable') || AWAY.test(sqlState(error) ?? '');
    if (away) throw new CodedError('search_unavailable', { cause: error });
    throw error;
  }
}

const monthOf = (time: Date): string => `${time.toISOString().slice(0, 8)}01`;

/** The last one of each id, made ready for the table. */
function rowsOf(documents: readonly SearchDocument[]): Row[] {
  return [...new Map(documents.map((one) => [one.id, one])).values()].map((document) => ({ document, vectors: vectorsOf(document) }));
}

const idsOf = (rows: readonly Row[]): string[] => rows.map((row) => row.document.id);
const vocabularyOf = (rows: readonly Row[]): string[] => [...new Set(rows.flatMap((row) => row.vectors.vocabulary))].sort();

/** Makes partitions as they are needed, and remembers which there are. */
function monthsOf(db: Db, which: Which): { ensure(rows: readonly Row[]): Promise<void>; forget(): void } {
  const known = new Set<string>();
  return {
    async ensure(rows) {
      for (const month of new Set(rows.map((row) => monthOf(row.document.closedAt)))) {
        if (known.has(month)) continue;
        await makeMonth(db, which, month);
        known.add(month);
      }
    },
    forget: () => known.clear(),
  };
}

/** The embedded search engine: masked texts in unlogged tables beside the catalogue, asked together with it. */
export function createPostgresSearch(deps: { db: Db }): SearchEngine {
  const { db } = deps;
  const months = monthsOf(db, 'live');
  /** Set once an index was seen whole: when its mark is gone later, a crash has emptied the tables. */
  let built = false;

  /** How time is cut for a search; a little out of date does no harm. */
  let cuts: { at: number; months: Promise<string[]> } | undefined;
  function bounds(): Promise<string[]> {
    if (cuts !== undefined && Date.now() - cuts.at < CUTS_KEPT) return cuts.months;
    const months = selectMonths(db);
    const made = { at: Date.now(), months };
    cuts = made;
    months.catch(() => {
      if (cuts === made) cuts = undefined;
    });
    return months;
  }

  async function write(rows: readonly Row[]): Promise<void> {
    await months.ensure(rows);
    await db.tx(async (tx) => {
      await lockWriting(tx);
      await deleteDocuments(tx, 'live', idsOf(rows));
      await insertWords(tx, 'live', await unknownWords(tx, vocabularyOf(rows)));
      await insertDocuments(tx, 'live', rows);
    });
  }

  async function put(documents: readonly SearchDocument[]): Promise<void> {
    if (documents.length === 0) return;
    const rows = rowsOf(documents);
    try {
      await write(rows);
    } catch (error) {
      if (sqlState(error) !== '23514') throw error;
      months.forget(); // a month that was there went with an index that was replaced
      await write(rows);
    }
  }

  async function widened(query: EngineQuery): Promise<WideClause[]> {
    const words = forgivenWords(query.text.all);
    const found = words.length === 0 ? [] : await selectCandidates(db, [...new Set(words.flatMap(droppedForms))], CANDIDATES * words.length);
    return query.text.all.map((clause) => {
      const own = forgivenWords([clause]);
      return { ...clause, typos: found.map((row) => row.word).filter((word) => own.some((one) => one !== word && withinOneTypo(one, word))) };
    });
  }

  async function query(asked: EngineQuery): Promise<EngineAnswer> {
    const nothing: EngineAnswer = {
      hits: [],
      total: 0,
      capped: false,
      facets: Object.fromEntries(asked.facets.map((one: Facet) => [one, []])),
      corrections: [],
    };
    if (asked.read.op === 'false' && asked.list.op === 'false') return nothing;
    const statement = searchStatement(asked, await widened(asked), await bounds());
    if (statement === null) return nothing;
    const { found, generation, hits, facets } = await db.one<FoundRow>(statement);
    if (built && generation === null) throw new CodedError('search_unavailable', { detail: LOST });
    return {
      hits: hits.map(({ id, readable, texts }) => ({ id, readable, texts: texts ?? {} })),
      total: Math.min(found, CAP),
      capped: found > CAP,
      facets,
      corrections: correctionsIn(
        hits.map((hit) => hit.seen),
        asked.text.all,
      ),
    };
  }

  return {
    kind: 'postgres',
    prepare: () =>
      guarded(async () => {
        const { generation, mark } = await selectState(db);
        built = mark !== null && mark === generation;
        return { empty: !built };
      }),
    put: (documents) => guarded(() => put(documents)),
    remove: (ids) =>
      guarded(async () => {
        if (ids.length === 0) return;
        await db.tx(async (tx) => {
          await lockWriting(tx);
          await deleteDocuments(tx, 'live', ids);
        });
      }),
    query: (asked) => guarded(() => query(asked)),
    texts: (ids, read) =>
      guarded(async () => {
        if (ids.length === 0 || read.op === 'false') return [];
        return (await selectTexts(db, ids, read)).map((one) => ({ ...one, readable: true }));
      }),
    rebuild: () =>
      guarded(async () => {
        await beginRebuild(db);
        const fresh = monthsOf(db, 'next');
        const known = new Set<string>();
        return {
          put: (documents) =>
            guarded(async () => {
              if (documents.length === 0) return;
              const rows = rowsOf(documents);
              await fresh.ensure(rows);
              const words = vocabularyOf(rows).filter((word) => !known.has(word));
              await db.tx(async (tx) => {
                await deleteDocuments(tx, 'next', idsOf(rows)); // what changed while the rest was being built comes twice
                await insertWords(tx, 'next', words);
                await insertDocuments(tx, 'next', rows);
              });
              for (const word of words) known.add(word);
            }),
          swap: () =>
            guarded(async () => {
              await finishRebuild(db);
              months.forget();
              built = true;
            }),
          abandon: () => guarded(async () => void (await abandonRebuild(db))),
        };
      }),
    stamps: (after, limit) => guarded(() => selectStamps(db, after, limit)),
    purge: () =>
      guarded(async () => {
        for (const month of await monthsToPurge(db)) await db.tx((tx) => purgeMonth(tx, month));
        await db.tx((tx) => purgeWords(tx));
      }),
    count: () => guarded(() => countEntries(db)),
    close: () => Promise.resolve(),
  };
}
