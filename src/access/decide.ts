import type { Actor } from '../audit/index.js';
import { CodedError } from '../errors/index.js';
import { ACTS, scopesCover } from './acts.js';
import type { Act, RecordAct } from './acts.js';
import type { RecordAttributes } from './columns.js';
import { anyOf, NOTHING } from './condition.js';
import { grantedOn, grantRules, usesGrants } from './grants/rule.js';
import { actingRules } from './policy-set.js';
import { asksSecondFactor } from './second-factor.js';
import type { PolicySet } from './policy-set.js';
import { allowingRule, toAbility } from './to-casl.js';
import type { ActingRule, ArchiveAbility } from './to-casl.js';
import type { Condition } from './types.js';

/** What was decided, by which rule of which version; both go into the audit entry. */
export interface AccessDecision {
  allow: boolean;
  /** `roles@sha256:…` */
  policy: string;
  /** `role/rule`, or `null` where no rule allows it. */
  rule: string | null;
}

/** Roles that count. Machines and the system have one fixed role each, whatever else an actor claims; nobody has none. */
function rolesOf(actor: Actor): readonly string[] {
  switch (actor.kind) {
    case 'person':
      return actor.roles.filter((role) => role !== 'integration' && role !== 'system');
    case 'integration':
      return ['integration'];
    case 'system':
      return ['system'];
    case 'nobody':
      return [];
  }
}

/** What the rules of a set come to for whoever has these roles in this place. */
interface Made {
  rules: readonly ActingRule[];
  /** What roles alone give, by act. */
  conditions: Map<RecordAct, Condition>;
  ability?: ArchiveAbility;
}

/** How many persons' rules are kept of a set; whoever has not asked for longest goes first. */
const KEPT = 2000;

/** By set: an activation makes another one, and what was made of the one before goes with it. */
const made = new WeakMap<PolicySet, Map<string, Made>>();

function madeFor(set: PolicySet, actor: Actor): Made {
  const kept = made.get(set) ?? new Map<string, Made>();
  made.set(set, kept);
  const roles = rolesOf(actor);
  // all that rules and grants ask of an actor
  const key = JSON.stringify([
    actor.kind,
    roles,
    actor.department,
    actor.accountId,
    actor.kind === 'integration' && actor.scopes,
    usesGrants(actor) && actor.personId,
  ]);
  const known = kept.get(key) ?? { rules: rulesOf(set, actor, roles), conditions: new Map<RecordAct, Condition>() };
  kept.delete(key);
  kept.set(key, known);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
  }
  return known;
}

function rulesOf(set: PolicySet, actor: Actor, roles: readonly string[]): ActingRule[] {
  const rules = actingRules(set, roles, { department: actor.department, account: actor.accountId ?? '' });
  return actor.kind === 'integration' ? rules.filter((rule) => scopesCover(actor.scopes, rule.act)) : rules;
}

/** The rules as they act for one actor, within the scopes of its token if it is a machine. */
export function rulesFor(set: PolicySet, actor: Actor): readonly ActingRule[] {
  return madeFor(set, actor).rules;
}

/** Whether an act asks for a second factor that was not shown in this session. */
export function lacksFactor(actor: Actor, act: string): boolean {
  return !actor.secondFactor && asksSecondFactor(actor, act);
}

/** Whether roles give an act that asks for a second factor: who holds them has to enrol. */
export function needsSecondFactor(set: PolicySet, roles: readonly string[]): boolean {
  const rules = actingRules(set, roles, { department: '', account: '' });
  return rules.some((rule) => asksSecondFactor({ kind: 'person', roles }, rule.act));
}

/**
 * Which records an act may touch for an actor, as one simplified condition; false where no rule gives it.
 * @param at the instant at which grants are asked for; left out, they give nothing
 */
export function conditionFor(set: PolicySet, actor: Actor, act: RecordAct, at?: Date): Condition {
  if (lacksFactor(actor, act)) return NOTHING;
  const byRoles = conditionByRoles(madeFor(set, actor), act);
  const granted = at === undefined ? undefined : grantedOn(actor, act, at);
  return granted === undefined ? byRoles : anyOf([byRoles, granted]);
}

function conditionByRoles({ rules, conditions }: Made, act: RecordAct): Condition {
  const known = conditions.get(act);
  if (known) return known;
  const condition = anyOf(rules.filter((rule) => rule.act === act && rule.on === 'record').map((rule) => rule.condition));
  conditions.set(act, condition);
  return condition;
}

/** The ability of an actor. */
function abilityOf(set: PolicySet, actor: Actor): ArchiveAbility {
  const known = madeFor(set, actor);
  return (known.ability ??= toAbility([...known.rules, ...grantRules(actor)]));
}

/** Decides one act on one record (attributes needed) or on the archive; without a second factor that the act asks for it is not allowed. An act on a record without its attributes is denied. */
export function decide(set: PolicySet, actor: Actor, act: Act, record?: RecordAttributes): AccessDecision {
  const policy = set.version;
  if (!Object.hasOwn(ACTS, act)) return { allow: false, policy, rule: null };
  if (ACTS[act] === 'record' && record === undefined) return { allow: false, policy, rule: null };
  const rule = allowingRule(abilityOf(set, actor), act, ACTS[act] === 'archive' ? 'archive' : { record: record as RecordAttributes });
  return { allow: rule !== null && !lacksFactor(actor, act), policy, rule };
}

/** Whether an act could be allowed on anything at all: for menus, never for a decision. */
export function mayEver(set: PolicySet, actor: Actor, act: Act): boolean {
  return [...rulesFor(set, actor), ...grantRules(actor)].some((rule) => rule.act === act && rule.condition.op !== 'false');
}

/** Throws `forbidden` unless the act is allowed, `second_factor_required` where only that is missing; the caller logs the refusal with `policy` of the error. */
export function authorize(set: PolicySet, actor: Actor, act: Act, record?: RecordAttributes): AccessDecision & { allow: true; rule: string } {
  const { allow, policy, rule } = decide(set, actor, act, record);
  if (rule === null) throw new Forbidden(act, policy);
  if (!allow) throw new CodedError('second_factor_required', { params: { act }, detail: policy });
  return { allow, policy, rule };
}

/** A refusal by the rules: `forbidden`, with what the audit entry needs. */
export class Forbidden extends CodedError {
  constructor(
    readonly act: Act,
    readonly policy: string,
  ) {
    super('forbidden', { params: { act }, detail: policy });
    this.name = 'Forbidden';
  }
}
