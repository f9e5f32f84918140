import { CodedError } from '../../errors/index.js';
import { allFilters, type Condition, notFilter, quoteValue, type SearchFilter } from '../../access/index.js';
import { correctionsIn } from '../corrections.js';
import { fold, spaced } from '../analyse/index.js';
import { CAP, PARTS, type EngineAnswer, type EngineHit, type EngineQuery, type Facet } from '../port.js';
import { ask, meets, type Asked } from './ask.js';
import type { Client, Found, Search } from './client.js';
import type { Concepts } from './concepts.js';
import type { StoredDocument } from './document.js';
import { askedFilter, ORDERS, rightsFilter, upTo } from './filters.js';
import { valueOf } from './values.js';

const SHOWN = ['rid', 'tier', 'numbers', 'texts'];
/** Documents that are looked at in one go. */
const LOOK = 250;
/** Looking at documents goes on for at most so long. */
const LOOK_MS = 5_000;

type FacetValues = EngineAnswer['facets'];

const byCount = (a: { value: string; count: number }, b: { value: string; count: number }): number => b.count - a.count || (a.value < b.value ? -1 : 1);

const noFacets = (facets: readonly Facet[]): FacetValues => Object.fromEntries(facets.map((facet) => [facet, []]));

function facetsOf(found: Found | undefined, facets: readonly Facet[]): FacetValues {
  return Object.fromEntries(
    facets.map((facet) => [
      facet,
      Object.entries(found?.facetDistribution?.[facet] ?? {})
        .map(([value, count]) => ({ value: valueOf(value), count }))
        .sort(byCount),
    ]),
  );
}

const onlyThese = (ids: readonly string[]): SearchFilter => ({ kind: 'filter', text: `rid IN [${ids.map(quoteValue).join(', ')}]` });

const text = (filter: SearchFilter): Pick<Search, 'filter'> => (filter.kind === 'filter' ? { filter: filter.text } : {});

/** Every text of a hit that counts for who asks. */
const allTextsOf = (hit: StoredDocument): string[] => [...hit.numbers, ...PARTS.map((part) => hit.texts[part] ?? '')];

function answerOf(query: EngineQuery, page: readonly StoredDocument[], total: number, facets: FacetValues): EngineAnswer {
  const hits = page.map((hit): EngineHit => ({ id: hit.rid, readable: hit.tier === 'r', texts: hit.tier === 'r' ? hit.texts : {} }));
  const shown = (function* () {
    for (const hit of page) for (const one of allTextsOf(hit)) yield spaced(fold(one));
  })();
  return { hits, total: Math.min(total, CAP), capped: total > CAP, facets, corrections: correctionsIn(shown, query.text.all) };
}

interface Asking {
  client: Client;
  query: EngineQuery;
  rights: string | null;
  asked: Asked;
  filter: SearchFilter;
}

const limitOf = ({ offset, limit }: EngineQuery): number => Math.max(Math.min(limit, CAP - offset), 0);

/** Answers a query within the rights that come with it. */
export async function answer(client: Client, concepts: Concepts, query: EngineQuery): Promise<EngineAnswer> {
  const rights = rightsFilter(query.read, query.list);
  const filter = askedFilter(query.filters, query.exclude);
  const asked = ask(query.text, concepts);
  if (rights.kind === 'nothing' || filter.kind === 'nothing' || asked.nothing) return answerOf(query, [], 0, noFacets(query.facets));
  const asking: Asking = { client, query, rights: rights.kind === 'filter' ? rights.text : null, asked, filter };
  return asked.exact ? directly(asking) : byLooking(asking);
}

const base = ({ asked }: Pick<Asking, 'asked'>, filter: SearchFilter): Search => ({ q: asked.q, matchingStrategy: 'all', ...text(filter) });

/** Meilisearch finds exactly what is wanted, in one question: beyond the cap too, where it counts by itself what is all there. */
async function directly({ client, rights, filter, ...asking }: Asking): Promise<EngineAnswer> {
  const { query } = asking;
  const [found] = await client.search(rights, [
    {
      ...base(asking, filter),
      ...(query.sort === 'relevance' ? {} : { sort: ORDERS[query.sort] }),
      offset: query.offset,
      limit: limitOf(query),
      attributesToRetrieve: SHOWN,
      ...(query.facets.length === 0 ? {} : { facets: [...query.facets] }),
    },
  ]);
  const total = found?.estimatedTotalHits;
  if (found === undefined || total === undefined) throw new CodedError('search_unavailable', { detail: 'meilisearch: no answer' });
  return answerOf(query, found.hits, total, facetsOf(found, query.facets));
}

/** Meilisearch finds that and perhaps more: its hits are looked at in order, as far as the cap needs. */
async function byLooking(asking: Asking): Promise<EngineAnswer> {
  const { client, query, rights } = asking;
  const order = query.sort === 'relevance' ? 'newest' : query.sort;
  const until = Date.now() + LOOK_MS;
  const found: StoredDocument[] = [];
  let beyond: SearchFilter = { kind: 'everything' };
  while (found.length <= CAP) {
    if (Date.now() > until) throw new CodedError('search_unavailable', { detail: 'meilisearch: too much to look at' });
    const filter = allFilters([asking.filter, beyond]);
    const search: Search = { ...base(asking, filter), sort: ORDERS[order], limit: LOOK, attributesToRetrieve: [...SHOWN, 'closed', 'until', ...query.facets] };
    const [next] = await client.search(rights, [search]);
    const hits = next?.hits ?? [];
    found.push(...hits.filter((hit) => meets(allTextsOf(hit), query.text)));
    const last = hits.at(-1);
    if (last === undefined || hits.length < LOOK) break;
    beyond = notFilter(upTo(last, order));
  }
  const kept = found.slice(0, CAP);
  const page = query.sort === 'relevance' ? await byRelevance(asking, kept) : kept;
  return answerOf(query, page.slice(query.offset, query.offset + limitOf(query)), found.length, countedIn(kept, query.facets));
}

/** The same documents in the order of relevance. */
async function byRelevance(asking: Asking, kept: readonly StoredDocument[]): Promise<StoredDocument[]> {
  if (kept.length < 2) return [...kept];
  const ids = onlyThese(kept.map((hit) => hit.rid));
  const [ranked] = await asking.client.search(asking.rights, [{ ...base(asking, ids), limit: CAP, attributesToRetrieve: ['rid'] }]);
  const places = new Map((ranked?.hits ?? []).map((hit, place) => [hit.rid, place]));
  return [...kept].sort((a, b) => (places.get(a.rid) ?? CAP) - (places.get(b.rid) ?? CAP));
}

function countedIn(kept: readonly StoredDocument[], facets: readonly Facet[]): FacetValues {
  return Object.fromEntries(
    facets.map((facet) => {
      const counts = new Map<string, number>();
      for (const hit of kept) {
        const value = (hit as StoredDocument & Partial<Record<Facet, string | number>>)[facet];
        if (value !== undefined) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
      }
      return [facet, [...counts].map(([value, count]) => ({ value: valueOf(value), count })).sort(byCount)];
    }),
  );
}

/** The texts of records by id, within what may be read. */
export async function textsOf(client: Client, ids: readonly string[], read: Condition): Promise<EngineHit[]> {
  const rights = rightsFilter(read, { op: 'false' });
  if (ids.length === 0 || rights.kind === 'nothing') return [];
  const [found] = await client.search(rights.kind === 'filter' ? rights.text : null, [
    { q: '', ...text(onlyThese(ids)), limit: ids.length, attributesToRetrieve: ['rid', 'texts'] },
  ]);
  return (found?.hits ?? []).map((hit) => ({ id: hit.rid, readable: true, texts: hit.texts }));
}
