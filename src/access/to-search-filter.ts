import { simplify } from './condition.js';
import type { Condition } from './types.js';

/**
 * A filter for the search engine. All and nothing are kinds of their own, because an empty filter text
 * would let everything through: the caller has to choose.
 */
export type SearchFilter = { kind: 'nothing' } | { kind: 'everything' } | { kind: 'filter'; text: string };

const quote = (value: string | boolean): string => (typeof value === 'boolean' ? String(value) : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`);

function write(condition: Condition): string {
  switch (condition.op) {
    case 'eq':
      return `${condition.column} = ${quote(condition.value)}`;
    case 'in':
      return `${condition.column} IN [${condition.values.map(quote).join(', ')}]`;
    case 'and':
      return `(${condition.all.map(write).join(' AND ')})`;
    case 'or':
      return `(${condition.any.map(write).join(' OR ')})`;
    case 'true':
    case 'false':
      throw new Error('a simplified condition has no constants inside');
  }
}

/** The condition as a filter expression over the fields of the search documents, which bear the names of the columns. */
export function toSearchFilter(condition: Condition): SearchFilter {
  const simple = simplify(condition);
  if (simple.op === 'false') return { kind: 'nothing' };
  if (simple.op === 'true') return { kind: 'everything' };
  return { kind: 'filter', text: write(simple) };
}
