import type { Role, RoutingRule } from '../../access/index.js';

/** One step of an application, as the rule asks for it. */
export interface PlannedStep {
  position: number;
  /** Id of the step in the rule. */
  rule: string;
  role: Role;
  /** Department whose holder of the role decides; `null` = anybody of the role. */
  department: string | null;
  /** Role that may answer as well once the time for it has passed. */
  escalate: Role | null;
  /** No other step of the application may be decided by the same person. */
  different: boolean;
}

/** What of an application decides its way. */
export interface RouteFacts {
  /** The applicant's department; `''` where there is none. */
  own: string;
  /** Departments that made the records applied for. */
  departments: readonly string[];
}

/** The steps of an application in their order: those of departments once for each, by code. */
export function planRoute(rule: RoutingRule, facts: RouteFacts): PlannedStep[] {
  const departments = [...new Set(facts.departments)].sort();
  const list = rule.steps.flatMap((step) => {
    const of = step.of === 'archive' ? [null] : departments.filter((one) => step.of === 'every_department' || one !== facts.own);
    return of.map((department) => ({
      rule: step.id,
      role: step.role,
      department,
      escalate: step.escalate ?? null,
      different: rule.different_persons,
    }));
  });
  return list.map((step, position) => ({ position, ...step }));
}

/** Somebody who could decide: the roles he holds (those he stands for included), and where. */
export interface Candidate {
  personId: string;
  roles: readonly string[];
  department: string;
}

/** Whether somebody may decide a step by his own role. */
export function fits(step: Pick<PlannedStep, 'role' | 'department'>, one: Candidate): boolean {
  return one.roles.includes(step.role) && (step.department === null || step.department === one.department);
}

/**
 * The first step that nobody could decide: because nobody but the applicant holds its role, or, where different persons
 * must decide, because those who do are needed for others. `null` where every step can be decided. Persons are assigned to
 * steps by augmenting paths, so that the answer does not depend on the order in which they are tried.
 */
export function stepWithoutApprover(steps: readonly PlannedStep[], people: readonly Candidate[], applicant: string): PlannedStep | null {
  const others = people.filter((one) => one.personId !== applicant);
  const seat = new Map<string, number>();
  const place = (at: number, tried: Set<string>): boolean =>
    others.some((one) => {
      const step = steps[at];
      if (step === undefined || tried.has(one.personId) || !fits(step, one)) return false;
      tried.add(one.personId);
      const holder = seat.get(one.personId);
      if (holder !== undefined && !place(holder, tried)) return false;
      seat.set(one.personId, at);
      return true;
    });
  for (const [at, step] of steps.entries()) {
    const possible = step.different ? place(at, new Set()) : others.some((one) => fits(step, one));
    if (!possible) return step;
  }
  return null;
}
