import { evaluate } from '../../../src/access/index.js';
import { fold, isForgiven, needle, runsOf, spaced, tokensOf, withinOneTypo } from '../../../src/search/analyse/index.js';
import {
  CAP,
  FACETS,
  type Clause,
  type EngineAnswer,
  type EngineQuery,
  type Facet,
  type SearchDocument,
  type SearchFilters,
} from '../../../src/search/index.js';

/** What one person could know of a record: the whole of it, or its place in the catalogue. */
interface Entry {
  document: SearchDocument;
  readable: boolean;
  /** Folded and spaced; one for each number and text. */
  texts: string[];
  words: Set<string>;
}

const prepared = new WeakMap<SearchDocument, { all: Omit<Entry, 'readable' | 'document'>; catalogue: Omit<Entry, 'readable' | 'document'> }>();

function prepare(document: SearchDocument) {
  const known = prepared.get(document);
  if (known) return known;
  const of = (texts: readonly string[]) => {
    const folded = texts.map(fold);
    return { texts: folded.map(spaced), words: new Set(folded.flatMap(tokensOf)) };
  };
  const { title, solution, content, files } = document.texts;
  const made = { all: of([...document.numbers, title, solution, content, files]), catalogue: of([...document.numbers, title]) };
  prepared.set(document, made);
  return made;
}

/** An index that holds only what someone may read, and of what he may only list the catalogue part. */
export function indexFor(documents: readonly SearchDocument[], { read, list, exclude }: Pick<EngineQuery, 'read' | 'list' | 'exclude'>): Entry[] {
  const without = new Set(exclude);
  return documents.flatMap((document): Entry[] => {
    if (without.has(document.id)) return [];
    if (evaluate(read, document)) return [{ document, readable: true, ...prepare(document).all }];
    return evaluate(list, document) ? [{ document, readable: false, ...prepare(document).catalogue }] : [];
  });
}

function phraseOccurs(entry: Entry, phrase: string): boolean {
  const wanted = needle(fold(phrase));
  return runsOf(fold(phrase)).length > 0 && entry.texts.some((text) => text.includes(wanted));
}

function typoOccurs(entry: Entry, phrase: string): boolean {
  const [word, ...more] = tokensOf(fold(phrase));
  if (word === undefined || more.length > 0 || !isForgiven(fold(phrase).trim())) return false;
  for (const one of entry.words) if (isForgiven(one) && withinOneTypo(one, word)) return true;
  return false;
}

const occurs = (entry: Entry, clause: Clause): boolean =>
  clause.phrases.some((phrase) => phraseOccurs(entry, phrase) || (clause.forgiving && typoOccurs(entry, phrase)));

function passes(one: SearchDocument, filters: SearchFilters): boolean {
  const among = <T>(values: readonly T[] | undefined, ...own: readonly (T | null)[]): boolean =>
    values === undefined || own.some((value) => value !== null && values.includes(value));
  const { closed, until } = filters;
  return (
    among(filters.service_type, one.service_type) &&
    among(filters.client_type, one.client_type) &&
    among(filters.department, one.department) &&
    among(filters.channel, one.channel) &&
    among(filters.sensitivity, one.sensitivity) &&
    among(filters.medium, one.medium) &&
    among(filters.state, one.state) &&
    among(filters.year, one.year) &&
    among(filters.evaluation, one.evaluation) &&
    among(filters.client_number, one.client_number) &&
    among(filters.staff, one.staff_number, one.staff_name) &&
    among(filters.tag, ...one.tags) &&
    (closed?.from === undefined || one.closedAt >= closed.from) &&
    (closed?.before === undefined || one.closedAt < closed.before) &&
    (until?.from === undefined || one.termUntil >= until.from) &&
    (until?.to === undefined || one.termUntil <= until.to)
  );
}

const plain = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const newest = (a: Entry, b: Entry): number => Number(b.document.closedAt) - Number(a.document.closedAt) || plain(b.document.id, a.document.id);
const ORDERS = {
  relevance: newest,
  newest,
  oldest: (a: Entry, b: Entry) => -newest(a, b),
  until: (a: Entry, b: Entry) => plain(a.document.termUntil, b.document.termUntil) || newest(a, b),
};

export const facetOrder = (a: { value: string; count: number }, b: { value: string; count: number }): number => b.count - a.count || plain(a.value, b.value);

function facet(hits: readonly Entry[], column: Facet): { value: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { document } of hits) {
    const value = document[column];
    if (value !== null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  return [...counts].map(([value, count]) => ({ value, count })).sort(facetOrder);
}

function corrections(page: readonly Entry[], clauses: readonly Clause[]): string[] {
  const wanted = clauses.filter((clause) => clause.forgiving).flatMap((clause) => clause.phrases.map(fold));
  const found = new Set<string>();
  for (const entry of page)
    for (const word of entry.words)
      for (const phrase of wanted) {
        const [token, ...more] = tokensOf(phrase);
        if (token !== undefined && more.length === 0 && token !== word && isForgiven(phrase.trim()) && isForgiven(word) && withinOneTypo(token, word))
          found.add(word);
      }
  return [...found].sort();
}

/** Facets over every hit, however many: what an engine may count beyond the cap. */
export function facetsOfAll(documents: readonly SearchDocument[], query: EngineQuery): EngineAnswer['facets'] {
  const found = hitsOf(documents, query);
  return Object.fromEntries(query.facets.map((one) => [one, facet(found, one)]));
}

function hitsOf(documents: readonly SearchDocument[], query: EngineQuery): Entry[] {
  return indexFor(documents, query)
    .filter((entry) => passes(entry.document, query.filters))
    .filter((entry) => query.text.all.every((clause) => occurs(entry, clause)) && !query.text.none.some((clause) => occurs(entry, clause)));
}

/** What a search must answer, by looking at every record. By `relevance` hits come newest first: engines order them better. */
export function oracle(documents: readonly SearchDocument[], query: EngineQuery): EngineAnswer {
  const found = hitsOf(documents, query).sort(ORDERS[query.sort]);
  const kept = found.slice(0, CAP);
  const page = kept.slice(query.offset, query.offset + query.limit);
  return {
    hits: page.map(({ document, readable }) => ({ id: document.id, readable, texts: readable ? { ...document.texts } : {} })),
    total: kept.length,
    capped: found.length > CAP,
    facets: Object.fromEntries(FACETS.filter((one) => query.facets.includes(one)).map((one) => [one, facet(kept, one)])),
    corrections: corrections(page, query.text.all),
  };
}
