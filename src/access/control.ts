import type { Actor } from '../audit/index.js';
import type { Sql } from '../db/index.js';
import { CodedError } from '../errors/index.js';
import type { Act, RecordAct } from './acts.js';
import type { RecordAttributes } from './columns.js';
import { authorize, conditionFor, decide, Forbidden, lacksFactor, mayEver, type AccessDecision } from './decide.js';
import { grantedOn, usesGrants } from './grants/rule.js';
import type { PolicySet } from './policy-set.js';
import { butNot, liveActs, NO_ACTS, toSql } from './to-sql.js';
import type { Condition, RecordColumn } from './types.js';

/** The rights of an actor as counts need them. */
export interface CountedRights {
  roles: Sql;
  /** What `roles` speaks of: department, sensitivity, state and restriction alone; other columns that counts are kept by; or such that only records have. */
  reach: 'cells' | 'columns' | 'records';
  beyond: Sql | null;
}

/** Access decisions under the version of the policies that acts now. */
export interface AccessControl {
  /** `roles@sha256:…` of the version that decides. */
  version(): string;
  /** The condition of an act on records as SQL over an alias of `records`; `false` where nothing is allowed. */
  where(actor: Actor, act: RecordAct, alias: string): Sql;
  /** The same condition as data, for a search engine; false where nothing is allowed. */
  condition(actor: Actor, act: RecordAct): Condition;
  /** Whether the condition of an act looks at a column at all. */
  looksAt(actor: Actor, act: RecordAct, column: RecordColumn): boolean;
  /**
   * The same condition in two: what roles give, and which records grants give beyond that, `null` where they give none. Of which
   * columns the first speaks decides from which counts it can be told.
   */
  counted(actor: Actor, act: RecordAct): CountedRights;
  /** What live grants give an actor on the records of an alias, as a list of texts: a record that comes with it is decided with it. */
  granted(actor: Actor, alias: string): Sql;
  decide(actor: Actor, act: Act, record?: RecordAttributes): AccessDecision;
  /** Throws `forbidden` unless the act is allowed, `second_factor_required` where only that is missing. */
  authorize(actor: Actor, act: Act, record?: RecordAttributes): AccessDecision;
  /** Whether the act could be allowed on anything; for doors and menus. */
  mayEver(actor: Actor, act: Act): boolean;
  /** The same, and the second factor was shown where the act asks for one; for what a page fetches by the way. */
  mayNow(actor: Actor, act: Act): boolean;
  /** Throws `forbidden` unless the act could be allowed on something, `second_factor_required` where only that is missing. */
  authorizeEver(actor: Actor, act: Act): void;
}

/** What mostly decides over a record; counts are kept by these together, and by these and each other column. */
const CELL: ReadonlySet<RecordColumn> = new Set(['department', 'sensitivity', 'state', 'restricted']);

/** How narrow the columns are that a condition speaks of. */
function reachOf(condition: Condition): CountedRights['reach'] {
  const columns = new Set(columnsOf(condition));
  if (columns.has('staff_account')) return 'records';
  return [...columns].every((one) => CELL.has(one)) ? 'cells' : 'columns';
}

function columnsOf(condition: Condition): RecordColumn[] {
  switch (condition.op) {
    case 'true':
    case 'false':
    case 'granted':
    case 'listed':
      return [];
    case 'eq':
    case 'in':
      return [condition.column];
    case 'and':
      return condition.all.flatMap(columnsOf);
    case 'or':
      return condition.any.flatMap(columnsOf);
  }
}

/**
 * @param current gives the active set at the moment of each decision, so that an activation holds from the next one on
 * @param now the clock by which grants begin and end
 */
export function accessControl(current: () => PolicySet, now: () => Date = () => new Date()): AccessControl {
  return {
    version: () => current().version,
    where: (actor, act, alias) => toSql(conditionFor(current(), actor, act, now()), alias),
    condition: (actor, act) => conditionFor(current(), actor, act, now()),
    looksAt: (actor, act, column) => columnsOf(conditionFor(current(), actor, act, now())).includes(column),
    counted(actor, act) {
      const byRoles = conditionFor(current(), actor, act);
      const granted = grantedOn(actor, act, now());
      const roles = toSql(byRoles, 'r');
      return { roles, reach: reachOf(byRoles), beyond: granted === undefined ? null : butNot(toSql(granted, 'r'), roles) };
    },
    granted(actor, alias) {
      if (!usesGrants(actor)) return NO_ACTS;
      return liveActs(actor.personId, alias, now());
    },
    decide: (actor, act, record) => decide(current(), actor, act, record),
    authorize: (actor, act, record) => authorize(current(), actor, act, record),
    mayEver: (actor, act) => mayEver(current(), actor, act),
    mayNow: (actor, act) => !lacksFactor(actor, act) && mayEver(current(), actor, act),
    authorizeEver(actor, act) {
      if (!mayEver(current(), actor, act)) throw new Forbidden(act, current().version);
      if (lacksFactor(actor, act)) throw new CodedError('second_factor_required', { params: { act }, detail: current().version });
    },
  };
}
