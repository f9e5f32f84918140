import { createHash } from 'node:crypto';
import { CodedError } from '../errors/index.js';
import { ACTS } from './acts.js';
import type { Act } from './acts.js';
import { canonicalJson } from '../crypto/index.js';
import { PLACEHOLDERS } from './columns.js';
import { allOf, among, anyOf, EVERYTHING, NOTHING } from './condition.js';
import { profilePolicy, rolePolicy } from './policy-schema.js';
import type { Profile, RolePolicy, When } from './policy-schema.js';
import { ADMIN_ROLES, ROLES } from './roles.js';
import type { Role } from './roles.js';
import { REQUEST_KINDS, routingRule, type RequestKind, type RoutingRule } from './routing/schema.js';
import { signOnMapping, type SignOnMapping } from './sign-on.js';
import type { ActingRule } from './to-casl.js';
import type { Condition, RecordColumn } from './types.js';

/** A whole, valid set of rules: what decides, under one digest. */
export interface PolicySet {
  /** `roles@sha256:…`, named by every decision. */
  version: string;
  /** `sha256:…` of `canonical`. */
  digest: string;
  /** Canonical JSON (RFC 8785), kept in the database and named by digest in the log. */
  canonical: string;
  profile: Profile;
  roles: ReadonlyMap<Role, RolePolicy>;
  /** Who decides on applications, by kind. A kind without a rule is refused. */
  requests: ReadonlyMap<RequestKind, RoutingRule>;
  /** What groups of single sign-on mean; without it nobody signs on. */
  signOn?: SignOnMapping;
}

/** What a set of rules is before it is checked: the shape of its canonical JSON. */
export interface PolicyDocument {
  profile: unknown;
  roles: readonly unknown[];
  /** Absent in versions from before there were applications: these refuse every one. */
  requests?: readonly unknown[];
  /** Absent where people sign on nowhere else. */
  signOn?: unknown;
}

function invalid(detail: string, cause?: unknown): CodedError {
  return new CodedError('policy_invalid', { detail, cause });
}

function firstFault(error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] }): string {
  const issue = error.issues[0];
  return issue === undefined ? 'invalid' : `${issue.path.map(String).join('.')}: ${issue.message}`;
}

function checkWhole(profile: Profile, roles: readonly RolePolicy[]): void {
  for (const role of ROLES) {
    const files = roles.filter((one) => one.role === role).length;
    if (files !== 1) throw invalid(`${role}: ${files === 0 ? 'no file' : 'more than one file'}`);
  }
  for (const admin of ADMIN_ROLES) {
    if (!profile.confirm.includes(admin)) throw invalid(`${admin}: giving an administrator's role always needs a second person`);
    const touches = roles.find((one) => one.role === admin)?.rules.some((rule) => rule.acts.some((act) => ACTS[act] === 'record'));
    if (touches) throw invalid(`${admin}: no administrator acts on records`);
  }
  for (const role of profile.holders) {
    // else the number of duties would not be the smallest staffing
    if (!profile.duties.some((duty) => duty.roles.includes(role))) throw invalid(`${role}: no duty may be filled by who holds it`);
  }
  for (const [absent, deputy] of Object.entries(profile.stands_for)) {
    const pair: readonly string[] = [absent, deputy];
    if (ADMIN_ROLES.some((admin) => pair.includes(admin))) throw invalid('nobody stands for an administrator, and no administrator for others');
  }
}

function checkRouting(rules: readonly RoutingRule[], profile: Profile, roles: readonly RolePolicy[]): void {
  for (const kind of REQUEST_KINDS) {
    const files = rules.filter((one) => one.kind === kind).length;
    if (files !== 1) throw invalid(`requests, ${kind}: ${files === 0 ? 'no file' : 'more than one file'}`);
  }
  const decides = (role: Role): boolean => roles.some((one) => one.role === role && one.rules.some((rule) => rule.acts.includes('request.decide')));
  for (const rule of rules)
    for (const role of rule.steps.flatMap((step) => [step.role, ...(step.escalate === undefined ? [] : [step.escalate])]))
      if (![role, profile.stands_for[role]].some((one) => one !== undefined && decides(one)))
        throw invalid(`requests, ${rule.kind}: no rule lets ${role} decide`);
}

/** Checks a document and gives the set it describes. Throws `policy_invalid` when anything is missing, unknown or doubled. */
export function policySet(document: PolicyDocument): PolicySet {
  const profile = profilePolicy.safeParse(document.profile);
  if (!profile.success) throw invalid(`profile: ${firstFault(profile.error)}`);
  const roles = document.roles.map((one) => {
    const role = rolePolicy.safeParse(one);
    if (role.success) return role.data;
    const name = typeof one === 'object' && one !== null && 'role' in one ? String(one.role) : 'a role';
    throw invalid(`${name}: ${firstFault(role.error)}`);
  });
  checkWhole(profile.data, roles);
  const requests = document.requests?.map((one) => {
    const rule = routingRule.safeParse(one);
    if (rule.success) return rule.data;
    const name = typeof one === 'object' && one !== null && 'kind' in one ? String(one.kind) : 'a kind';
    throw invalid(`requests, ${name}: ${firstFault(rule.error)}`);
  });
  if (requests) checkRouting(requests, profile.data, roles);
  requests?.sort((a, b) => REQUEST_KINDS.indexOf(a.kind) - REQUEST_KINDS.indexOf(b.kind));
  const signOn = document.signOn === undefined ? undefined : signOnMapping.safeParse(document.signOn);
  if (signOn && !signOn.success) throw invalid(`sign-on: ${firstFault(signOn.error)}`);
  roles.sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
  const canonical = canonicalJson({ profile: profile.data, roles, ...(requests ? { requests } : {}), ...(signOn ? { signOn: signOn.data } : {}) });
  const digest = `sha256:${createHash('sha256').update(canonical).digest('hex')}`;
  return {
    version: `roles@${digest}`,
    digest,
    canonical,
    profile: profile.data,
    roles: new Map(roles.map((one) => [one.role, one])),
    requests: new Map((requests ?? []).map((one) => [one.kind, one])),
    ...(signOn ? { signOn: signOn.data } : {}),
  };
}

/** The set of a stored canonical text; a text that is not the one of `digest` is invalid. */
export function policySetFrom(canonical: string, digest: string): PolicySet {
  let document: PolicyDocument;
  try {
    document = JSON.parse(canonical) as PolicyDocument;
  } catch (cause) {
    throw invalid('not JSON', cause);
  }
  if (typeof document !== 'object' || document === null || !Array.isArray(document.roles)) throw invalid('not a policy document');
  // the text is what was approved: it is compared as it stands, since a newer program may read the same rules with further defaults
  if (`sha256:${createHash('sha256').update(canonical).digest('hex')}` !== digest) throw invalid('the stored text has another digest than its row says');
  return { ...policySet(document), version: `roles@${digest}`, digest, canonical };
}

/** Who the placeholders stand for. */
export interface Placed {
  department: string;
  account: string;
}

function fill(value: string | boolean, placed: Placed): string | boolean | null {
  if (typeof value !== 'string' || !Object.hasOwn(PLACEHOLDERS, value)) return value;
  const own = value === '$user.department' ? placed.department : placed.account;
  return own === '' ? null : own; // nobody's department is not everybody's
}

function place(when: When, placed: Placed): Condition {
  if (when === 'every_record') return EVERYTHING;
  if ('all' in when && Array.isArray(when.all)) return allOf(when.all.map((part) => place(part, placed)));
  if ('any' in when && Array.isArray(when.any)) return anyOf(when.any.map((part) => place(part, placed)));
  return allOf(
    Object.entries(when).map(([column, wanted]) => {
      const values = (Array.isArray(wanted) ? wanted : [wanted]).map((value: string | boolean) => fill(value, placed)).filter((value) => value !== null);
      return values.length === 0 ? NOTHING : among(column as RecordColumn, values);
    }),
  );
}

function names(when: When, column: RecordColumn): boolean {
  if (when === 'every_record') return false;
  if ('all' in when && Array.isArray(when.all)) return when.all.some((part) => names(part, column));
  if ('any' in when && Array.isArray(when.any)) return when.any.some((part) => names(part, column));
  return column in when;
}

/** A rule's condition for one person. Restricted records are left out unless the rule speaks of them itself. */
export function conditionOf(when: When, placed: Placed): Condition {
  const own = place(when, placed);
  return names(when, 'restricted') ? own : allOf([own, among('restricted', [false])]);
}

/** The rules of some roles as they act for one person, in the order of roles and files; deputies have the rules of whom they stand for. */
export function actingRules(set: PolicySet, held: readonly string[], placed: Placed): ActingRule[] {
  const roles = new Set<Role>();
  for (const role of ROLES) if (held.includes(role)) roles.add(role);
  for (const [absent, deputy] of Object.entries(set.profile.stands_for)) if (held.includes(deputy)) roles.add(absent as Role);
  return [...roles].flatMap((role) =>
    (set.roles.get(role)?.rules ?? []).flatMap((rule) => {
      const condition = rule.when === undefined ? EVERYTHING : conditionOf(rule.when, placed);
      return rule.acts.map((act: Act) => ({ id: `${role}/${rule.id}`, act, on: ACTS[act], condition }));
    }),
  );
}
