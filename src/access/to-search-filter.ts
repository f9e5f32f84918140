import { simplify } from './condition.js';
import type { Condition } from './types.js';

/**
 * A filter for the search engine. All and nothing are kinds of their own, because an empty filter text
 * would let everything through: the caller has to choose.
 */
export type SearchFilter = { kind: 'nothing' } | { kind: 'everything' } | { kind: 'filter'; text: string };

/** How a value stands in the documents, where that is not as it is. */
export type WriteValue = (value: string) => string;

/** A text as a value of a filter expression. */
export const quoteValue = (value: string): string => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

function write(condition: Condition, stored: WriteValue): string {
  const value = (one: string | boolean): string => (typeof one === 'boolean' ? String(one) : quoteValue(stored(one)));
  switch (condition.op) {
    case 'eq':
      return `${condition.column} = ${value(condition.value)}`;
    case 'in':
      return `${condition.column} IN [${condition.values.map(value).join(', ')}]`;
    case 'and':
      return `(${condition.all.map((part) => write(part, stored)).join(' AND ')})`;
    case 'or':
      return `(${condition.any.map((part) => write(part, stored)).join(' OR ')})`;
    case 'listed':
      return `rid IN [${condition.ids.map(quoteValue).join(', ')}]`;
    case 'granted':
      throw new Error('an index knows no grants: name the records with withGranted');
    case 'true':
    case 'false':
      throw new Error('a simplified condition has no constants inside');
  }
}

/** The condition as a filter expression over the fields of the search documents, which bear the names of the columns. */
export function toSearchFilter(condition: Condition, stored: WriteValue = (value) => value): SearchFilter {
  const simple = simplify(condition);
  if (simple.op === 'false') return { kind: 'nothing' };
  if (simple.op === 'true') return { kind: 'everything' };
  return { kind: 'filter', text: write(simple, stored) };
}

/** What passes all of them; without any, everything. */
export function allFilters(parts: readonly SearchFilter[]): SearchFilter {
  if (parts.some((part) => part.kind === 'nothing')) return { kind: 'nothing' };
  const texts = parts.flatMap((part) => (part.kind === 'filter' ? [part.text] : []));
  const [first] = texts;
  if (first === undefined) return { kind: 'everything' };
  return { kind: 'filter', text: texts.length === 1 ? first : `(${texts.join(' AND ')})` };
}

/** What passes at least one of them; without any, nothing. */
export function anyFilter(parts: readonly SearchFilter[]): SearchFilter {
  if (parts.some((part) => part.kind === 'everything')) return { kind: 'everything' };
  const texts = parts.flatMap((part) => (part.kind === 'filter' ? [part.text] : []));
  const [first] = texts;
  if (first === undefined) return { kind: 'nothing' };
  return { kind: 'filter', text: texts.length === 1 ? first : `(${texts.join(' OR ')})` };
}

/** What does not pass it. Right because the columns are never null: a document without the field would pass. */
export function notFilter(part: SearchFilter): SearchFilter {
  if (part.kind === 'nothing') return { kind: 'everything' };
  if (part.kind === 'everything') return { kind: 'nothing' };
  return { kind: 'filter', text: `NOT (${part.text})` };
}
