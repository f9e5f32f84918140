import { invalidField, CodedError } from '../../errors/index.js';
import { dayEnd, dayStart } from '../../records/index.js';
import type { SearchFilters } from '../port.js';
import { parseSearch, type ParsedQuery } from '../query/parse.js';
import type { SearchDeps } from './deps.js';
import { vocabularyOf } from './vocabulary.js';

/** The filters of a query as the engines take them: days as instants of the archive's zone. */
export function filtersOf(deps: Pick<SearchDeps, 'settings'>, { filters }: Pick<ParsedQuery, 'filters'>): SearchFilters {
  const { closed, ...rest } = filters;
  if (closed === undefined) return rest;
  const { zone } = deps.settings;
  return {
    ...rest,
    closed: { ...(closed.from !== undefined && { from: dayStart(closed.from, zone) }), ...(closed.to !== undefined && { before: dayEnd(closed.to, zone) }) },
  };
}

/**
 * A query that the catalogue answers surely, now and of every record to come: filters alone. Words, which only an index answers,
 * are refused, and so is a query that asks for nothing.
 */
export async function catalogueQuery(deps: SearchDeps, q: string): Promise<SearchFilters> {
  const text = q.trim();
  if (text === '') throw invalidField('query', 'missing');
  if (text.includes('\0')) throw invalidField('query', 'nul');
  if (!text.isWellFormed()) throw invalidField('query', 'lone_surrogate');
  const parsed = parseSearch(text, await vocabularyOf(deps));
  if (parsed.problems.length > 0)
    throw new CodedError('invalid_field', { fields: parsed.problems.map((one) => ({ ...one, field: one.field.replace(/^q\b/, 'query') })) });
  if (parsed.rest !== '' || parsed.all.length + parsed.none.length > 0) throw invalidField('query', 'words_not_sure');
  const filters = filtersOf(deps, parsed);
  if (Object.keys(filters).length === 0) throw invalidField('query', 'missing');
  return filters;
}
