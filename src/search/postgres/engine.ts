import { type Db, sqlState } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { droppedForms, withinOneTypo } from '../analyse/index.js';
import { correctionsIn, forgivenWords } from '../corrections.js';
import { CAP, type EngineAnswer, type EngineQuery, type Facet, type SearchDocument, type SearchEngine } from '../port.js';
import { commonStatement, type FoundRow, searchStatement, selectCandidates, selectQuarters, selectTexts } from './query-store.js';
import {
  abandonRebuild,
  beginRebuild,
  countEntries,
  deleteDocuments,
  finishRebuild,
  insertDocuments,
  insertWords,
  lockWriting,
  makeQuarter,
  quartersToPurge,
  purgeQuarter,
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

/** First day of the quarter, in UTC. */
const quarterOf = (time: Date): string => `${time.toISOString().slice(0, 5)}${String(3 * Math.floor(time.getUTCMonth() / 3) + 1).padStart(2, '0')}-01`;

/** The last one of each id, made ready for the table. */
function rowsOf(documents: readonly SearchDocument[]): Row[] {
  return [...new Map(documents.map((one) => [one.id, one])).values()].map((document) => ({ document, vectors: vectorsOf(document) }));
}

const idsOf = (rows: readonly Row[]): string[] => rows.map((row) => row.document.id);
const vocabularyOf = (rows: readonly Row[]): string[] => [...new Set(rows.flatMap((row) => row.vectors.vocabulary))].sort();

/** Makes partitions as they are needed, and remembers which there are. */
function quartersOf(db: Db, which: Which): { ensure(rows: readonly Row[]): Promise<void>; forget(): void } {
  const known = new Set<string>();
  return {
    async ensure(rows) {
      for (const quarter of new Set(rows.map((row) => quarterOf(row.document.closedAt)))) {
        if (known.has(quarter)) continue;
        await makeQuarter(db, which, quarter);
        known.add(quarter);
      }
    },
    forget: () => known.clear(),
  };
}

/** The embedded search engine: masked texts in unlogged tables beside the catalogue, asked together with it. */
export function createPostgresSearch(deps: { db: Db }): SearchEngine {
  const { db } = deps;
  const quarters = quartersOf(db, 'live');
  /** Set once an index was seen whole: when its mark is gone later, a crash has emptied the tables. */
  let built = false;

  /** How time is cut for a search; a little out of date does no harm. */
  let cuts: { at: number; quarters: Promise<string[]> } | undefined;
  function bounds(): Promise<string[]> {
    if (cuts !== undefined && Date.now() - cuts.at < CUTS_KEPT) return cuts.quarters;
    const quarters = selectQuarters(db);
    const made = { at: Date.now(), quarters };
    cuts = made;
    quarters.catch(() => {
      if (cuts === made) cuts = undefined;
    });
    return quarters;
  }

  async function write(rows: readonly Row[]): Promise<void> {
    await quarters.ensure(rows);
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
      quarters.forget(); // a quarter that was there went with an index that was replaced
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

  /** `null` where nothing can be found. */
  async function found(asked: EngineQuery, clauses: readonly WideClause[], cut: readonly string[]): Promise<FoundRow | null> {
    const probe = commonStatement(asked, clauses, cut);
    if (probe !== null && (await db.one<{ common: boolean }>(probe)).common) {
      const along = searchStatement(asked, clauses, cut, true);
      const row = along && (await db.one<FoundRow>(along));
      if (row !== null && row.found > CAP) return row;
    }
    const statement = searchStatement(asked, clauses, cut);
    return statement && (await db.one<FoundRow>(statement));
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
    const row = await found(asked, await widened(asked), await bounds());
    if (row === null) return nothing;
    const { found: count, generation, hits, facets } = row;
    if (built && generation === null) throw new CodedError('search_unavailable', { detail: LOST });
    return {
      hits: hits.map(({ id, readable, texts }) => ({ id, readable, texts: texts ?? {} })),
      total: Math.min(count, CAP),
      capped: count > CAP,
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
        const fresh = quartersOf(db, 'next');
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
              quarters.forget();
              built = true;
            }),
          abandon: () => guarded(async () => void (await abandonRebuild(db))),
        };
      }),
    stamps: (after, limit) => guarded(() => selectStamps(db, after, limit)),
    purge: () =>
      guarded(async () => {
        for (const quarter of await quartersToPurge(db)) await db.tx((tx) => purgeQuarter(tx, quarter));
        await db.tx((tx) => purgeWords(tx));
      }),
    count: () => guarded(() => countEntries(db)),
    close: () => Promise.resolve(),
  };
}
