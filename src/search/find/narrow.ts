import { type Lang } from '../../phrases/index.js';
import { FACETS, type EngineAnswer, type Facet, type SearchFilters } from '../port.js';
import type { Key } from '../query/keys.js';
import type { ParsedFilters, ParsedQuery, Vocabulary } from '../query/parse.js';
import { KEY_OF_FACET, withFilter, withoutFilter } from './rewrite.js';
import type { FacetValue, SearchAnswer, SetFilter } from './types.js';

const COLUMN_OF: Record<Key, keyof SearchFilters> = {
  type: 'service_type',
  clientType: 'client_type',
  client: 'client_number',
  staff: 'staff',
  department: 'department',
  channel: 'channel',
  sensitivity: 'sensitivity',
  medium: 'medium',
  state: 'state',
  evaluation: 'evaluation',
  year: 'year',
  date: 'closed',
  until: 'until',
  tag: 'tag',
};

const span = (days: { from?: string; to?: string }): string => (days.from === days.to ? (days.from ?? '') : `${days.from ?? ''}..${days.to ?? ''}`);

function valuesOf(filters: ParsedFilters, key: Key): string[] {
  const value = filters[COLUMN_OF[key] as keyof ParsedFilters];
  if (value === undefined) return [];
  return Array.isArray(value) ? value.map(String) : [span(value as { from?: string; to?: string })];
}

/** The filters that are set, each with the query that is left without it. */
export function chipsOf(q: string, parsed: ParsedQuery, vocabulary: Vocabulary): SetFilter[] {
  return (Object.keys(COLUMN_OF) as Key[]).flatMap((key) =>
    valuesOf(parsed.filters, key).map((value) => ({
      key,
      value,
      remove: withoutFilter(q, vocabulary, key, COLUMN_OF[key], key === 'date' || key === 'until' ? undefined : value),
    })),
  );
}

/** The counts of hits by column, each value with the query that adds it or takes it away. */
export function facetsOf(q: string, lang: Lang, parsed: ParsedQuery, answer: EngineAnswer, vocabulary: Vocabulary): SearchAnswer['facets'] {
  const facets: Partial<Record<Facet, FacetValue[]>> = {};
  for (const facet of FACETS) {
    const key = KEY_OF_FACET[facet];
    const set = new Set(valuesOf(parsed.filters, key));
    facets[facet] = (answer.facets[facet] ?? []).map(({ value, count }) => ({
      value,
      count,
      set: set.has(value),
      q: set.has(value) ? withoutFilter(q, vocabulary, key, COLUMN_OF[key], value) : withFilter(q, lang, key, value),
    }));
  }
  return facets;
}
