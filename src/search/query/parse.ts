import type { FieldError } from '../../errors/index.js';
import { fold } from '../analyse/index.js';
import type { Clause, SearchFilters } from '../port.js';
import { daysOf, type Days } from './dates.js';
import { isClosed, keyOf, type Key, valueOf } from './keys.js';
import { lex, type Lexeme } from './lex.js';
import { clausesOfTerm, exactClause, isSmall } from './segment.js';
import type { Synonyms } from './synonyms.js';

/** Longest query, in characters. */
export const QUERY_LENGTH = 200;
/** Most clauses and filters of one query. */
export const CLAUSES = 20;

type DayFilters = 'closed' | 'until';
export type ParsedFilters = Omit<SearchFilters, DayFilters> & { closed?: Days; until?: Days };

/** A query as it was understood. */
export interface ParsedQuery {
  all: Clause[];
  none: Clause[];
  filters: ParsedFilters;
  /** The query without its filters, as typed: what may be a number or a phone number. */
  rest: string;
  /** What could not be understood; such a query is refused, never answered as if it were not there. */
  problems: FieldError[];
}

export interface Vocabulary {
  synonyms: Synonyms;
  /** Code of a department by code or name, where there is one. */
  departmentOf(text: string): string | undefined;
}

const COLUMNS = {
  type: 'service_type',
  clientType: 'client_type',
  channel: 'channel',
  sensitivity: 'sensitivity',
  medium: 'medium',
  state: 'state',
  client: 'client_number',
  staff: 'staff',
  tag: 'tag',
} as const;

function add(filters: ParsedFilters, column: keyof SearchFilters, value: string | number): void {
  const all = filters as Record<string, (string | number)[] | undefined>;
  const list = (all[column] ??= []);
  if (!list.includes(value)) list.push(value);
}

function readFilter(key: Key, text: string, filters: ParsedFilters, vocabulary: Vocabulary): string | undefined {
  const value = text.normalize('NFKC').trim();
  if (value === '') return 'missing';
  if (isClosed(key)) {
    const code = valueOf(key, value);
    if (code === undefined) return 'unknown_value';
    add(filters, COLUMNS[key], code);
    return undefined;
  }
  switch (key) {
    case 'department': {
      const code = vocabulary.departmentOf(value);
      if (code === undefined) return 'unknown_value';
      add(filters, 'department', code);
      return undefined;
    }
    case 'evaluation':
      if (!/^[1-5]$/.test(value)) return 'unknown_value';
      add(filters, 'evaluation', Number(value));
      return undefined;
    case 'year': {
      const years = /^(\d{4})(?:\.\.(\d{4}))?年?$/.exec(value);
      const [first, last] = [Number(years?.[1]), Number(years?.[2] ?? years?.[1])];
      if (!years || first < 1900 || last < first || last - first > 100) return 'not_a_date';
      for (let year = first; year <= last; year++) add(filters, 'year', year);
      return undefined;
    }
    case 'date':
    case 'until': {
      const days = daysOf(value);
      if (!days) return 'not_a_date';
      // until:2027-03 asks for what may go by then, so that a day alone is the last one
      filters[key === 'date' ? 'closed' : 'until'] = key === 'until' && !/\.\.|~|至/u.test(value) ? { to: days.to ?? '' } : days;
      return undefined;
    }
    default:
      add(filters, COLUMNS[key], value);
      return undefined;
  }
}

/** A query without its filters, as typed: what may be a number or a telephone number. */
export function bareQuery(text: string): string {
  return lex(text, (key) => keyOf(key) !== undefined)
    .filter((one) => one.kind !== 'filter')
    .map((one) => one.text)
    .join(' ');
}

/** Understands the one box, for people and machines alike: words, "phrases", -without, and filters as `key:value` in either language. */
export function parseSearch(text: string, vocabulary: Vocabulary): ParsedQuery {
  const parsed: ParsedQuery = { all: [], none: [], filters: {}, rest: '', problems: [] };
  if (Array.from(text).length > QUERY_LENGTH) {
    parsed.problems.push({ field: 'q', code: 'too_long', params: { max: QUERY_LENGTH } });
    return parsed;
  }
  const rest: string[] = [];
  const asked: Clause[] = [];
  const lexemes = lex(text, (key) => keyOf(key) !== undefined);
  for (const one of lexemes) {
    if (one.kind === 'filter') readLexeme(one, text, parsed, vocabulary);
    else {
      if (!one.without) rest.push(one.text);
      const folded = fold(one.text);
      if (one.without) parsed.none.push(...exactClause(folded));
      else if (one.kind === 'phrase') parsed.all.push(...exactClause(folded));
      else asked.push(...clausesOfTerm(folded));
    }
  }
  const telling = asked.filter((clause) => !isSmall(clause));
  parsed.all = [...vocabulary.synonyms.widen(telling.length + parsed.all.length === 0 ? asked : telling), ...parsed.all];
  parsed.rest = rest.join(' ');
  if (parsed.all.length + parsed.none.length > CLAUSES) parsed.problems.push({ field: 'q', code: 'too_many_words', params: { max: CLAUSES } });
  return parsed;
}

/** A problem says where it stands: `at` counts signs from 1, `text` is what was typed there. */
function readLexeme(one: Lexeme, query: string, parsed: ParsedQuery, vocabulary: Vocabulary): void {
  const key = keyOf(one.key);
  if (key === undefined) return;
  const code = one.without ? 'not_excludable' : readFilter(key, one.text, parsed.filters, vocabulary);
  if (code !== undefined) parsed.problems.push({ field: `q.${key}`, code, params: { at: one.at + 1, text: query.slice(one.at, one.end) } });
}
