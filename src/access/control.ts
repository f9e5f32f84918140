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

/** Access decisions under the version of the policies that acts now. */
export interface AccessControl {
  /** `roles@sha256:…` of the version that decides. */
  version(): string;
  /** The condition of an act on records as SQL over an alias of `records`; `false` where nothing is allowed. */
  where(actor: Actor, act: RecordAct, alias: string): Sql;
  /** The same condition as data, for a search engine; false where nothing is allowed. */
  condition(actor: Actor, act: RecordAct): Condition;
  /**
   * The same condition in two: what roles give, over columns that counts are kept by unless `staff` is said; and which records
   * grants give beyond that, `null` where they give none.
   */
  counted(actor: Actor, act: RecordAct): { roles: Sql; staff: boolean; beyond: Sql | null };
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

function speaksOf(condition: Condition, column: RecordColumn): boolean {
  switch (condition.op) {
    case 'true':
    case 'false':
    case 'granted':
    case 'listed':
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

/**
 * @param current gives the active set at the moment of each decision, so that an activation holds from the next one on
 * @param now the clock by which grants begin and end
 */
export function accessControl(current: () => PolicySet, now: () => Date = () => new Date()): AccessControl {
  return {
    version: () => current().version,
    where: (actor, act, alias) => toSql(conditionFor(current(), actor, act, now()), alias),
    condition: (actor, act) => conditionFor(current(), actor, act, now()),
    counted(actor, act) {
      const byRoles = conditionFor(current(), actor, act);
      const granted = grantedOn(actor, act, now());
      const roles = toSql(byRoles, 'r');
      return { roles, staff: speaksOf(byRoles, 'staff_account'), beyond: granted === undefined ? null : butNot(toSql(granted, 'r'), roles) };
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
