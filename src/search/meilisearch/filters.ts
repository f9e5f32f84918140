import { allFilters, anyFilter, notFilter, quoteValue, toSearchFilter, type Condition, type SearchFilter } from '../../access/index.js';
import type { SearchFilters, Sort } from '../port.js';
import { dayNumber, type StoredDocument, type Tier } from './document.js';
import { storedValue } from './values.js';

const filter = (text: string): SearchFilter => ({ kind: 'filter', text });
const tier = (one: Tier): SearchFilter => filter(`tier = ${one}`);

/**
 * What somebody may know: records that he may read, by all their texts, and those that he may only find in the catalogue, by
 * their place there. Of each record at most one document passes. It goes into the token of a request, so that Meilisearch
 * itself holds every search to it.
 */
export function rightsFilter(read: Condition, list: Condition): SearchFilter {
  const [readable, listed] = [toSearchFilter(read, storedValue), toSearchFilter(list, storedValue)];
  return anyFilter([allFilters([tier('r'), readable]), allFilters([tier('c'), listed, notFilter(readable)])]);
}

function among(column: string, values: readonly (string | number)[] | undefined, stored: (value: string) => string = storedValue): SearchFilter[] {
  if (values === undefined) return [];
  if (values.length === 0) return [{ kind: 'nothing' }];
  return [filter(`${column} IN [${values.map((value) => quoteValue(typeof value === 'number' ? String(value) : stored(value))).join(', ')}]`)];
}

const compared = (column: string, operator: string, value: number | undefined): SearchFilter[] =>
  value === undefined ? [] : Number.isFinite(value) ? [filter(`${column} ${operator} "${value}"`)] : [{ kind: 'nothing' }];

/** What was asked for. Values go through the same writing as those of the documents. */
export function askedFilter(filters: SearchFilters, exclude: readonly string[]): SearchFilter {
  const { closed, until } = filters;
  return allFilters([
    ...among('service_type', filters.service_type),
    ...among('client_type', filters.client_type),
    ...among('department', filters.department),
    ...among('channel', filters.channel),
    ...among('sensitivity', filters.sensitivity),
    ...among('medium', filters.medium),
    ...among('state', filters.state),
    ...among('year', filters.year),
    ...among('evaluation', filters.evaluation),
    ...among('client_number', filters.client_number),
    ...among('staff', filters.staff),
    ...among('tag', filters.tag),
    ...compared('closed', '>=', closed?.from?.getTime()),
    ...compared('closed', '<', closed?.before?.getTime()),
    ...compared('until', '>=', until?.from === undefined ? undefined : dayNumber(until.from)),
    ...compared('until', '<=', until?.to === undefined ? undefined : dayNumber(until.to)),
    ...(exclude.length === 0 ? [] : [notFilter(filter(`rid IN [${exclude.map(quoteValue).join(', ')}]`))]),
  ]);
}

/** Orders as Meilisearch is asked for them; by relevance it has rules of its own. */
export const ORDERS: Readonly<Record<Exclude<Sort, 'relevance'>, string[]>> = {
  newest: ['closed:desc', 'rid:desc'],
  oldest: ['closed:asc', 'rid:asc'],
  until: ['until:asc', 'closed:desc', 'rid:desc'],
};

/** A document and everything that comes before it in an order. */
export function upTo(last: Pick<StoredDocument, 'closed' | 'until' | 'rid'>, order: Exclude<Sort, 'relevance'>): SearchFilter {
  const id = quoteValue(last.rid);
  const at = `"${last.closed}"`;
  const newer = `(closed > ${at} OR (closed = ${at} AND rid >= ${id}))`;
  if (order === 'newest') return filter(newer);
  if (order === 'oldest') return filter(`(closed < ${at} OR (closed = ${at} AND rid <= ${id}))`);
  return filter(`(until < "${last.until}" OR (until = "${last.until}" AND ${newer}))`);
}
