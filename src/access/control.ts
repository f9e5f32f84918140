import type { Actor } from '../audit/index.js';
import type { Sql } from '../db/index.js';
import type { Act, RecordAct } from './acts.js';
import type { RecordAttributes } from './columns.js';
import { authorize, conditionFor, decide, Forbidden, mayEver, type AccessDecision } from './decide.js';
import type { PolicySet } from './policy-set.js';
import { toSql } from './to-sql.js';
import type { Condition, RecordColumn } from './types.js';

/** Access decisions under the version of the policies that acts now. */
export interface AccessControl {
  /** `roles@sha256:…` of the version that decides. */
  version(): string;
  /** The condition of an act on records as SQL over an alias of `records`; `false` where nothing is allowed. */
  where(actor: Actor, act: RecordAct, alias: string): Sql;
  /** The same condition as data, for a search engine; false where nothing is allowed. */
  condition(actor: Actor, act: RecordAct): Condition;
  /** Whether the condition of an act speaks of a column. */
  mentions(actor: Actor, act: RecordAct, column: RecordColumn): boolean;
  decide(actor: Actor, act: Act, record?: RecordAttributes): AccessDecision;
  /** Throws `forbidden` unless the act is allowed. */
  authorize(actor: Actor, act: Act, record?: RecordAttributes): AccessDecision;
  /** Whether the act could be allowed on anything; for doors and menus. */
  mayEver(actor: Actor, act: Act): boolean;
  /** Throws `forbidden` unless the act could be allowed on something. */
  authorizeEver(actor: Actor, act: Act): void;
}

function speaksOf(condition: Condition, column: RecordColumn): boolean {
  switch (condition.op) {
    case 'true':
    case 'false':
      return false;
    case 'eq':
    case 'in':
      return condition.column === column;
    case 'and':
      return condition.all.some((one) => speaksOf(one, column));
    case 'or':
      return condition.any.some((one) => speaksOf(one, column));
  }
}

/** @param current gives the active set at the moment of each decision, so that an activation holds from the next one on */
export function accessControl(current: () => PolicySet): AccessControl {
  return {
    version: () => current().version,
    where: (actor, act, alias) => toSql(conditionFor(current(), actor, act), alias),
    condition: (actor, act) => conditionFor(current(), actor, act),
    mentions: (actor, act, column) => speaksOf(conditionFor(current(), actor, act), column),
    decide: (actor, act, record) => decide(current(), actor, act, record),
    authorize: (actor, act, record) => authorize(current(), actor, act, record),
    mayEver: (actor, act) => mayEver(current(), actor, act),
    authorizeEver(actor, act) {
      if (!mayEver(current(), actor, act)) throw new Forbidden(act, current().version);
    },
  };
}
