import { canonicalJson } from '../crypto/index.js';
import { accessMatrix, type MatrixRole } from './matrix.js';
import type { PolicySet } from './policy-set.js';
import type { RolePolicy } from './policy-schema.js';
import type { Act } from './acts.js';
import type { Role } from './roles.js';
import { REQUEST_KINDS, type RequestKind } from './routing/schema.js';

/** How the right of a role to an act differs between two versions, as far as classes of records show it. */
export type Shift = 'given' | 'taken' | 'wider' | 'narrower' | 'other';

export type PolicyChange =
  | { kind: 'right'; role: Role; act: Act; shift: Shift }
  /** A rule's condition or wording changed without a visible difference in the matrix. */
  | { kind: 'rule'; role: Role; rule: string }
  | { kind: 'profile'; part: 'profile' | 'confirm' | 'stands_for' | 'duties' }
  /** Who decides on one kind of application. */
  | { kind: 'routing'; of: RequestKind }
  /** What groups of single sign-on mean. */
  | { kind: 'sign_on' };

const WEIGHT = { none: 0, some: 1, all: 2 } as const;

function rightsOf(role: MatrixRole | undefined): Map<Act, readonly number[]> {
  const rights = new Map<Act, readonly number[]>();
  for (const row of role?.onRecords ?? [])
    rights.set(
      row.act,
      row.cells.map((cell) => WEIGHT[cell]),
    );
  for (const act of role?.onArchive ?? []) rights.set(act, [2]);
  return rights;
}

function shiftOf(before: readonly number[] | undefined, after: readonly number[] | undefined): Shift | null {
  if (before === undefined) return 'given';
  if (after === undefined) return 'taken';
  const steps = after.map((weight, i) => Math.sign(weight - (before[i] ?? 0)));
  if (steps.every((step) => step === 0)) return null;
  if (steps.every((step) => step >= 0)) return 'wider';
  return steps.every((step) => step <= 0) ? 'narrower' : 'other';
}

function rulesOf(role: RolePolicy | undefined): Map<string, string> {
  return new Map((role?.rules ?? []).map((rule) => [rule.id, canonicalJson(rule)]));
}

function roleChanges(before: PolicySet, after: PolicySet, role: Role, matrices: [MatrixRole | undefined, MatrixRole | undefined]): PolicyChange[] {
  const [was, is] = [rightsOf(matrices[0]), rightsOf(matrices[1])];
  const acts = [...new Set([...was.keys(), ...is.keys()])];
  const rights = acts.flatMap((act): PolicyChange[] => {
    const shift = shiftOf(was.get(act), is.get(act));
    return shift === null ? [] : [{ kind: 'right', role, act, shift }];
  });
  const [old, now] = [rulesOf(before.roles.get(role)), rulesOf(after.roles.get(role))];
  const ids = [...new Set([...old.keys(), ...now.keys()])];
  return [...rights, ...ids.filter((id) => old.get(id) !== now.get(id)).map((rule): PolicyChange => ({ kind: 'rule', role, rule }))];
}

/**
 * What a version changes against another: every right that is given, taken, wider or narrower, every rule whose text differs,
 * and the parts of the profile. Empty exactly when both have the same digest, apart from names of roles.
 */
export function policyChanges(before: PolicySet, after: PolicySet): PolicyChange[] {
  const [was, is] = [accessMatrix(before), accessMatrix(after)];
  const roles = is.flatMap(({ role }) => roleChanges(before, after, role, [was.find((one) => one.role === role), is.find((one) => one.role === role)]));
  const parts = (['profile', 'confirm', 'stands_for', 'duties'] as const).filter(
    (part) => canonicalJson(before.profile[part]) !== canonicalJson(after.profile[part]),
  );
  const routes = REQUEST_KINDS.filter((one) => canonicalJson(before.requests.get(one) ?? null) !== canonicalJson(after.requests.get(one) ?? null));
  const signOn: PolicyChange[] = canonicalJson(before.signOn ?? null) === canonicalJson(after.signOn ?? null) ? [] : [{ kind: 'sign_on' }];
  return [
    ...roles,
    ...parts.map((part): PolicyChange => ({ kind: 'profile', part })),
    ...routes.map((of): PolicyChange => ({ kind: 'routing', of })),
    ...signOn,
  ];
}
