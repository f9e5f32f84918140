import type { Actor } from '../../audit/index.js';
import { lookUp, parseQuery, type RecordSummary } from '../../records/index.js';
import { CAP, FACETS, type EngineAnswer, type Facet, type SearchFilters, type Sort } from '../port.js';
import { recordsMeeting } from '../postgres/query-store.js';
import type { ParsedQuery } from '../query/parse.js';
import { narrowedBy, type Apart } from './apart.js';
import type { SearchDeps } from './deps.js';
import { filtersOf } from './filters.js';
import type { FoundBy } from './types.js';

/** What a query finds in the catalogue, by being a number or a day and nothing else but filters. */
export interface Exact {
  kind: 'none' | 'number' | 'day';
  /** First and last day. */
  days: { from: string; to: string } | null;
  /** What is found by a number, in its order; at most one more than the cap. */
  items: (RecordSummary & { by: FoundBy })[];
  /** The text is the number or phone number of one client. */
  client: string | null;
}

const NOTHING: Exact = { kind: 'none', days: null, items: [], client: null };

const orderOf = (sort: Sort): 'newest' | 'oldest' | 'until' => (sort === 'relevance' ? 'newest' : sort);

/** Numbers and phone numbers are looked up here, under the filters typed beside them; a day only narrows what the index is asked. */
export async function exactOf(deps: SearchDeps, actor: Actor, parsed: ParsedQuery, apart: Apart, sort: Sort): Promise<Exact> {
  if (parsed.rest.trim() === '' || parsed.none.length > 0) return NOTHING;
  const understood = parseQuery(parsed.rest);
  if (understood.kind === 'day')
    return apart.days === null && parsed.filters.closed === undefined
      ? { ...NOTHING, kind: 'day', days: { from: understood.from, to: understood.to } }
      : NOTHING;
  const options = { order: orderOf(sort), limit: CAP + 1, meeting: recordsMeeting(filtersWith(deps, parsed, apart, NOTHING)) };
  const { items, client } = await lookUp(deps, actor, parsed.rest, options);
  return { kind: 'number', days: null, items: items.map((one) => ({ ...one, by: one.by as FoundBy })), client };
}

/** What the catalogue knows by itself while the index cannot be asked: numbers as ever, and the records of days, newest first. */
export async function withoutIndex(deps: SearchDeps, actor: Actor, parsed: ParsedQuery, exact: Exact): Promise<Exact['items']> {
  if (exact.kind !== 'day') return exact.items;
  const { items } = await lookUp(deps, actor, parsed.rest, { limit: CAP, meeting: recordsMeeting(filtersOf(deps, parsed)) });
  return items.map((one) => ({ ...one, by: 'text' }));
}

const COLUMN_OF: Readonly<Record<Facet, (one: RecordSummary) => string | number | null>> = {
  service_type: (one) => one.serviceType,
  client_type: (one) => one.clientType,
  year: (one) => one.year,
  department: (one) => one.department,
  channel: (one) => one.channel,
  sensitivity: (one) => one.sensitivity,
  medium: (one) => one.medium,
  state: (one) => one.state,
  evaluation: (one) => one.evaluation,
};

/** The counts of an answer with those of what was found by number, which the answer leaves out. */
export function withCounts(facets: EngineAnswer['facets'], items: readonly RecordSummary[]): EngineAnswer['facets'] {
  if (items.length === 0) return facets;
  return Object.fromEntries(
    FACETS.map((facet) => {
      const counts = new Map((facets[facet] ?? []).map(({ value, count }) => [value, count]));
      for (const one of items) {
        const value = COLUMN_OF[facet](one);
        if (value !== null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
      }
      const list = [...counts].map(([value, count]) => ({ value, count }));
      return [facet, list.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))];
    }),
  );
}

/** The filters of a query, with the days that it is or holds and the clients of a phone number in it. */
export function filtersWith(deps: SearchDeps, parsed: ParsedQuery, apart: Apart, exact: Pick<Exact, 'days'>): SearchFilters {
  const closed = parsed.filters.closed ?? exact.days ?? apart.days;
  return narrowedBy(filtersOf(deps, closed === null ? parsed : { filters: { ...parsed.filters, closed } }), apart);
}
