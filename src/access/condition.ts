import type { RecordAttributes } from './columns.js';
import type { Condition, RecordColumn } from './types.js';

type Value = string | boolean;
type Set_ = Extract<Condition, { op: 'eq' | 'in' }>;

export const EVERYTHING: Condition = { op: 'true' };
export const NOTHING: Condition = { op: 'false' };

const order = (a: Value, b: Value): number => (String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0);
const valuesOf = (one: Set_): readonly Value[] => (one.op === 'eq' ? [one.value] : one.values);

/** `column = value` or `column in (…)`, in its one canonical form; nothing to choose from is false, both booleans are true. */
export function among(column: RecordColumn, values: readonly Value[]): Condition {
  const distinct = [...new Set(values)].sort(order);
  if (distinct.length === 2 && distinct.every((value) => typeof value === 'boolean')) return EVERYTHING;
  const [first] = distinct;
  if (first === undefined) return NOTHING;
  return distinct.length === 1 ? { op: 'eq', column, value: first } : { op: 'in', column, values: distinct };
}

/** One text for conditions that mean the same by construction; used to sort and to drop doubles. */
function key(condition: Condition): string {
  switch (condition.op) {
    case 'true':
    case 'false':
      return condition.op;
    case 'eq':
    case 'in':
      return JSON.stringify([condition.column, valuesOf(condition)]);
    case 'and':
      return `and(${condition.all.map(key).join()})`;
    case 'or':
      return `or(${condition.any.map(key).join()})`;
    case 'granted':
      return JSON.stringify(['granted', condition.act, condition.person, condition.at]);
    case 'listed':
      return JSON.stringify(['listed', condition.ids]);
  }
}

/** Joins the comparisons of each column into one: the common values under `and`, all of them under `or`. */
function mergeColumns(parts: readonly Condition[], how: 'common' | 'all'): Condition[] {
  const sets = new Map<RecordColumn, readonly Value[]>();
  const rest: Condition[] = [];
  for (const part of parts) {
    if (part.op !== 'eq' && part.op !== 'in') {
      rest.push(part);
      continue;
    }
    const before = sets.get(part.column);
    const values = valuesOf(part);
    if (before === undefined) sets.set(part.column, values);
    else sets.set(part.column, how === 'all' ? [...before, ...values] : before.filter((value) => values.includes(value)));
  }
  return [...[...sets].map(([column, values]) => among(column, values)), ...rest];
}

function distinctSorted(parts: readonly Condition[]): Condition[] {
  const byKey = new Map(parts.map((part) => [key(part), part]));
  return [...byKey.keys()].sort().map((one) => byKey.get(one) as Condition);
}

export function allOf(parts: readonly Condition[]): Condition {
  const flat = parts.flatMap((part) => (part.op === 'and' ? part.all : [part]));
  const merged = mergeColumns(flat, 'common').filter((part) => part.op !== 'true');
  if (merged.some((part) => part.op === 'false')) return NOTHING;
  const all = distinctSorted(merged);
  const [first] = all;
  if (first === undefined) return EVERYTHING;
  return all.length === 1 ? first : { op: 'and', all };
}

const termsOf = (part: Condition): readonly Condition[] => (part.op === 'and' ? part.all : [part]);

/** Whether whatever meets `narrow` also meets `wide`, as far as their terms show it. */
function within(narrow: Condition, wide: Condition): boolean {
  return termsOf(wide).every((want) =>
    termsOf(narrow).some((have) => {
      if (key(have) === key(want)) return true;
      if ((have.op !== 'eq' && have.op !== 'in') || (want.op !== 'eq' && want.op !== 'in')) return false;
      return have.column === want.column && valuesOf(have).every((value) => valuesOf(want).includes(value));
    }),
  );
}

export function anyOf(parts: readonly Condition[]): Condition {
  const flat = parts.flatMap((part) => (part.op === 'or' ? part.any : [part]));
  const merged = distinctSorted(mergeColumns(flat, 'all').filter((part) => part.op !== 'false'));
  if (merged.some((part) => part.op === 'true')) return EVERYTHING;
  const any = merged.filter((part, i) => !merged.some((other, j) => i !== j && within(part, other) && !(within(other, part) && i < j)));
  const [first] = any;
  if (first === undefined) return NOTHING;
  return any.length === 1 ? first : { op: 'or', any };
}

/** The same condition in its shortest form: no nesting of like operators, one comparison per column, nothing that another part covers. */
export function simplify(condition: Condition): Condition {
  switch (condition.op) {
    case 'eq':
    case 'in':
      return among(condition.column, valuesOf(condition));
    case 'and':
      return allOf(condition.all.map(simplify));
    case 'or':
      return anyOf(condition.any.map(simplify));
    case 'true':
    case 'false':
    case 'granted':
      return condition;
    case 'listed':
      return condition.ids.length === 0 ? NOTHING : condition;
  }
}

/** The same condition for somebody who asks without grants: what they give is given by a list of records instead, or by none. */
export function withGranted(condition: Condition, ids: readonly string[]): Condition {
  switch (condition.op) {
    case 'granted':
      return ids.length === 0 ? NOTHING : { op: 'listed', ids };
    case 'and':
      return allOf(condition.all.map((part) => withGranted(part, ids)));
    case 'or':
      return anyOf(condition.any.map((part) => withGranted(part, ids)));
    default:
      return condition;
  }
}

/** Whether a record meets a condition. A missing attribute meets nothing. */
export function evaluate(condition: Condition, record: Partial<RecordAttributes>): boolean {
  switch (condition.op) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'eq':
      return record[condition.column] === condition.value;
    case 'in': {
      const value = record[condition.column];
      return value !== undefined && condition.values.includes(value);
    }
    case 'granted':
      return record.granted?.includes(condition.act) ?? false;
    case 'listed':
      return record.id !== undefined && condition.ids.includes(record.id);
    case 'and':
      return condition.all.every((part) => evaluate(part, record));
    case 'or':
      return condition.any.some((part) => evaluate(part, record));
  }
}

/** Whether a record of which not everything is known could meet a condition: a missing attribute meets everything. There is no negation, so that this is never too narrow. */
export function mayMeet(condition: Condition, record: Partial<RecordAttributes>): boolean {
  switch (condition.op) {
    case 'eq':
    case 'in':
      return record[condition.column] === undefined || evaluate(condition, record);
    case 'and':
      return condition.all.every((part) => mayMeet(part, record));
    case 'or':
      return condition.any.some((part) => mayMeet(part, record));
    default:
      return evaluate(condition, record);
  }
}
