import { type Lang, phrasesFor } from '../../phrases/index.js';
import { CLOSED, isClosed, keyOf, type Key } from '../query/keys.js';
import { lex } from '../query/lex.js';
import { parseSearch, type ParsedFilters, type Vocabulary } from '../query/parse.js';
import type { Facet, SearchFilters } from '../port.js';

/** The filter that each facet sets. */
export const KEY_OF_FACET: Record<Facet, Key> = {
  service_type: 'type',
  client_type: 'clientType',
  year: 'year',
  department: 'department',
  channel: 'channel',
  sensitivity: 'sensitivity',
  medium: 'medium',
  state: 'state',
  evaluation: 'evaluation',
};

/** How a filter is written in a viewer's language: `类型:投诉`. A value with blanks is quoted. */
export function writeFilter(lang: Lang, key: Key, value: string): string {
  const phrases = phrasesFor(lang);
  const name = phrases.search.keys[key].split('|')[0] ?? key;
  const label = isClosed(key) ? ((CLOSED[key].texts(phrases) as Readonly<Record<string, string>>)[value] ?? value) : value;
  return `${name}:${/[\s"“”「」]/u.test(label) ? `"${label.replaceAll('"', '')}"` : label}`;
}

/** The query with one filter more. */
export function withFilter(q: string, lang: Lang, key: Key, value: string): string {
  return `${q.trim()} ${writeFilter(lang, key, value)}`.trim();
}

const valuesIn = (filters: ParsedFilters, column: keyof SearchFilters): string[] => {
  const value = (filters as Record<string, unknown>)[column];
  return Array.isArray(value) ? value.map(String) : [];
};

/** The query without the pieces that set this filter (to this value, where one is given). */
export function withoutFilter(q: string, vocabulary: Vocabulary, key: Key, column: keyof SearchFilters, value?: string): string {
  const kept: string[] = [];
  for (const one of lex(q, (name) => keyOf(name) !== undefined)) {
    const piece = q.slice(one.at, one.end);
    const drops =
      one.kind === 'filter' && keyOf(one.key) === key && (value === undefined || valuesIn(parseSearch(piece, vocabulary).filters, column).includes(value));
    if (!drops) kept.push(piece);
  }
  return kept.join(' ');
}
