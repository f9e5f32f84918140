import { createMongoAbility, subject } from '@casl/ability';
import type { MongoAbility, RawRuleOf } from '@casl/ability';
import type { Act } from './acts.js';
import type { RecordAttributes } from './columns.js';
import { allOf, simplify } from './condition.js';
import type { Condition } from './types.js';

type Query = Record<string, unknown>;
export type ArchiveAbility = MongoAbility;

/** One rule as it acts for one actor. */
export interface ActingRule {
  /** `role/rule`, as decisions name it. */
  id: string;
  act: Act;
  on: 'record' | 'archive';
  condition: Condition;
}

/** The same condition as alternatives, each a plain list of comparisons with every column at most once. */
function alternatives(condition: Condition): Condition[] {
  if (condition.op === 'or') return condition.any.flatMap(alternatives);
  if (condition.op !== 'and') return condition.op === 'false' ? [] : [condition];
  return condition.all.reduce<Condition[]>(
    (sofar, part) => sofar.flatMap((left) => alternatives(part).map((right) => allOf([left, right]))).filter((one) => one.op !== 'false'),
    [{ op: 'true' }],
  );
}

const grantedIn = (parts: readonly Condition[]): string[] => parts.flatMap((part) => (part.op === 'granted' ? [part.act] : []));

function comparisons(condition: Condition): Query {
  const parts = condition.op === 'and' ? condition.all : [condition];
  const query: Query = {};
  for (const part of parts) {
    if (part.op === 'eq') query[part.column] = { $eq: part.value };
    if (part.op === 'in') query[part.column] = { $in: [...part.values] };
    if (part.op === 'granted') query['granted'] = { $all: [...grantedIn(parts)] };
    if (part.op === 'listed') query['id'] = { $in: [...part.ids] };
  }
  return query;
}

/**
 * The condition as queries of the rule library, of which one must be met; none where nothing meets it.
 * The library knows no `$and` and `$or` of its own: several rules are its `or`, a map of columns its `and`.
 */
export function toQueries(condition: Condition): Query[] {
  return alternatives(simplify(condition)).map(comparisons);
}

/** An ability of one actor. Rules that nothing meets are left out; there are no inverted rules. The first rule of the list wins. */
export function toAbility(rules: readonly ActingRule[]): ArchiveAbility {
  const raw: RawRuleOf<ArchiveAbility>[] = [];
  for (const { id, act, on, condition } of rules.toReversed()) {
    for (const conditions of toQueries(condition)) {
      const rule = { action: act, subject: on, reason: id };
      raw.push(Object.keys(conditions).length === 0 ? rule : { ...rule, conditions });
    }
  }
  return createMongoAbility(raw);
}

/** The rule that allows an act on this very record, or on the archive; never decided by type, which is true as soon as one conditional rule exists. */
export function allowingRule(ability: ArchiveAbility, act: Act, on: 'archive' | { record: RecordAttributes }): string | null {
  const rule = ability.relevantRuleFor(act, on === 'archive' ? 'archive' : subject('record', { ...on.record }));
  return rule === null || rule.inverted ? null : (rule.reason ?? null);
}
