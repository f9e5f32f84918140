import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Clause, type EngineAnswer, type EngineQuery, snippetOf } from '../../../src/search/index.js';
import { below, documentOf, pick, policies, queryOf, randomFrom, viewersOf } from './corpus.js';
import type { Suite } from './index.js';
import { facetOrder, oracle } from './oracle.js';

const CORPORA = 25;
const DOCUMENTS = 60;
const QUERIES = 10_000;
/** How many at once: enough to keep an engine busy, few enough for its pool. */
const LANES = 4;

/** What must be equal: everything but the order within `relevance`. */
function comparable(answer: EngineAnswer, query: EngineQuery) {
  const hits = answer.hits.map((hit) => ({ ...hit, snippet: snippetOf(hit.texts, query.text.all, answer.corrections) }));
  return {
    hits: query.sort === 'relevance' ? hits.sort((a, b) => (a.id < b.id ? -1 : 1)) : hits,
    total: answer.total,
    capped: answer.capped,
    facets: Object.fromEntries(Object.entries(answer.facets).map(([column, values]) => [column, [...values].sort(facetOrder)])),
    corrections: [...answer.corrections].sort(),
  };
}

const told = (query: EngineQuery): string => JSON.stringify({ ...query, read: undefined, list: undefined });
const terms = (clauses: readonly Clause[]): boolean => clauses.length > 0;

/** The heart of it: whoever asks gets what an index would answer that holds only what he may know. */
export function oracleTests({ test, name, open }: Suite): void {
  test(`${name}: R52: 10,000 random queries by people of every role give what an index of only their records gives`, async (t) => {
    t.timeout(600_000);
    const bench = await open(t);
    const viewers = viewersOf(await policies());
    const seen = { equal: 0, found: 0, empty: 0, text: 0, placeholder: 0, listed: 0, corrected: 0 };
    for (let corpus = 0; corpus < CORPORA; corpus++) {
      const random = randomFrom(1_000 + corpus);
      const documents = Array.from({ length: DOCUMENTS }, () => documentOf(random));
      await bench.catalogue(documents);
      const rebuild = await bench.engine.rebuild();
      await rebuild.put(documents);
      await rebuild.swap();
      const queries = Array.from({ length: QUERIES / CORPORA }, () => {
        const viewer = pick(random, viewers);
        return { viewer, query: queryOf(random, documents, viewer) };
      });
      const lane = async (from: number): Promise<void> => {
        for (let i = from; i < queries.length; i += LANES) {
          const { viewer, query } = queries[i] as (typeof queries)[number];
          const answer = await bench.engine.query(query);
          const expected = comparable(oracle(documents, query), query);
          const given = comparable(answer, query);
          // the assertion itself makes texts of both sides, which takes as long as the search: only what differs is shown
          if (!isDeepStrictEqual(given, expected)) t.deepEqual(given, expected, `corpus ${corpus}, ${viewer.who}: ${told(query)}`);
          seen.equal++;
          seen[expected.total > 0 ? 'found' : 'empty']++;
          seen[terms(query.text.all) || terms(query.text.none) ? 'text' : 'placeholder']++;
          if (expected.hits.some((hit) => !hit.readable)) seen.listed++;
          if (expected.corrections.length > 0) seen.corrected++;
        }
      };
      await Promise.all(Array.from({ length: LANES }, (_, i) => lane(i)));
      await sleep(0);
    }
    t.log(JSON.stringify(seen));
    for (const [what, count] of Object.entries(seen)) t.true(count > 150, `queries that say something: ${what} ${count}`);
  });

  test(`${name}: R52: order by relevance too is that of an index of only what the viewer may know`, async (t) => {
    t.timeout(300_000);
    const [whole, part] = [await open(t), await open(t)];
    const viewers = viewersOf(await policies());
    const random = randomFrom(99);
    for (let round = 0; round < 12; round++) {
      const documents = Array.from({ length: DOCUMENTS }, () => documentOf(random));
      const viewer = viewers[below(random, viewers.length)] as (typeof viewers)[number];
      const everything = oracle(documents, {
        ...queryOf(random, documents, viewer),
        text: { all: [], none: [] },
        filters: {},
        exclude: [],
        offset: 0,
        limit: 1_000,
      });
      const readable = new Map(everything.hits.map((hit) => [hit.id, hit.readable]));
      const known = documents
        .filter((one) => readable.has(one.id))
        .map((one) => (readable.get(one.id) === true ? one : { ...one, texts: { ...one.texts, solution: '', content: '', files: '' } }));
      for (const [bench, list] of [
        [whole, documents],
        [part, known],
      ] as const) {
        await bench.catalogue(list);
        const rebuild = await bench.engine.rebuild();
        if (list.length > 0) await rebuild.put(list);
        await rebuild.swap();
      }
      for (let i = 0; i < 60; i++) {
        const query = queryOf(random, documents, viewer);
        query.sort = 'relevance';
        t.deepEqual(await whole.engine.query(query), await part.engine.query(query), `${viewer.who}: ${told(query)}`);
      }
    }
  });
}
