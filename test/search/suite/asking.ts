import type { SearchDocument, SearchEngine, TextQuery, EngineQuery, Clause, EngineAnswer } from '../../../src/search/index.js';
import { parseSearch, synonymsOf } from '../../../src/search/index.js';
import { documentOf, randomFrom } from './corpus.js';
import type { Bench } from './index.js';

const vocabulary = {
  synonyms: synonymsOf([
    ['退款', '退费', '退货款'],
    ['refund', 'reimbursement'],
  ]),
  departmentOf: (text: string) => (['hotline', 'field', 'archive'].includes(text) ? text : undefined),
};

/** What the box makes of a text; filters left aside. */
export function words(text: string): TextQuery {
  const { all, none } = parseSearch(text, vocabulary);
  return { all, none };
}

export const exactly = (...phrases: string[]): Clause => ({ phrases, forgiving: false });

/** A query of somebody who may do everything. What a test cares about is given. */
export function asking(text: string | TextQuery, change: Partial<EngineQuery> = {}): EngineQuery {
  return {
    text: typeof text === 'string' ? words(text) : text,
    filters: {},
    read: { op: 'true' },
    list: { op: 'true' },
    sort: 'newest',
    offset: 0,
    limit: 50,
    facets: [],
    exclude: [],
    ...change,
  };
}

const random = randomFrom(7);
let serial = 0;

/** A plain document of the hotline; later ones are closed later. */
export function plainDocument(change: Partial<Omit<SearchDocument, 'texts'>> & { texts?: Partial<SearchDocument['texts']> } = {}): SearchDocument {
  serial += 1;
  const { texts, ...rest } = change;
  return documentOf(random, {
    service_type: 'routine',
    client_type: 'individual',
    department: 'hotline',
    sensitivity: 'internal',
    medium: 'electronic',
    channel: 'phone',
    state: 'archived',
    restricted: false,
    year: 2026,
    evaluation: 5,
    client_number: 'C-1029',
    staff_number: '8001',
    staff_name: '李静',
    tags: [],
    closedAt: new Date(Date.UTC(2026, 0, 1) + serial * 60_000),
    termUntil: '2029-01-31',
    numbers: [`S-${70_000 + serial}`], // none that a test looks for
    texts: { title: '', solution: '', content: '', files: '', ...texts },
    ...rest,
  });
}

/** Brings documents into catalogue and index. */
export async function place(bench: Bench, ...documents: SearchDocument[]): Promise<void> {
  await bench.catalogue(documents);
  await bench.engine.put(documents);
}

/** Ids of the hits, in their order. */
export async function idsOf(engine: SearchEngine, query: EngineQuery): Promise<string[]> {
  return (await engine.query(query)).hits.map((hit) => hit.id);
}

/** The hits by a name that a test gave them. */
export function namesOf(answer: EngineAnswer, named: Readonly<Record<string, SearchDocument>>): string[] {
  return answer.hits.map((hit) => Object.entries(named).find(([, one]) => one.id === hit.id)?.[0] ?? hit.id);
}
