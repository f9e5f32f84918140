import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { RequestsDeps } from '../deps.js';
import type { Flow } from '../flow/machine.js';
import { fits, type Candidate } from '../flow/route.js';
import { candidatesFor, withStandIns } from '../people.js';
import { principalsOf, type RequestRow, type StepRow } from '../store.js';

/** Who somebody is where applications are decided: himself, and those for whom he is a deputy today. */
export interface Capacity {
  me: Candidate;
  principals: readonly Candidate[];
}

/** In which capacity a step is answered, and for whom. */
export interface Answering {
  as: 'own' | 'deputy' | 'escalated';
  for: string | null;
}

export async function capacityOf(deps: RequestsDeps, actor: Actor): Promise<Capacity> {
  if (actor.personId === null) throw new CodedError('forbidden', { detail: 'only a person decides' });
  const { profile, requests } = deps.rules();
  const me = { personId: actor.personId, roles: withStandIns(profile, actor.roles), department: actor.department };
  const absent = await principalsOf(deps.db, actor.personId, deps.now());
  if (absent.length === 0) return { me, principals: [] };
  const steps = [...requests.values()].flatMap((rule) => rule.steps.map((step) => ({ role: step.role, escalate: step.escalate ?? null })));
  const all = await candidatesFor(deps, steps);
  return { me, principals: all.filter((one) => absent.includes(one.personId)) };
}

/** How somebody may answer a step: by his own role, for an absent approver, or because it was handed up; `null` = not at all. */
export function answeringAs(step: Pick<StepRow, 'role' | 'department' | 'escalate' | 'escalated_at'>, { me, principals }: Capacity): Answering | null {
  if (fits(step, me)) return { as: 'own', for: null };
  const absent = principals.find((one) => fits(step, one));
  if (absent) return { as: 'deputy', for: absent.personId };
  if (step.escalated_at !== null && step.escalate !== null && me.roles.includes(step.escalate)) return { as: 'escalated', for: null };
  return null;
}

/** Position of the step that somebody may answer now; `null` = none. Nobody answers his own application, nor two steps of one that asks for different persons. */
export function stepToAnswer(request: Pick<RequestRow, 'state' | 'applicant'>, steps: readonly StepRow[], capacity: Capacity): number | null {
  const open = steps.find((one) => one.state === 'open');
  if (request.state !== 'submitted' || open === undefined || request.applicant === capacity.me.personId) return null;
  const as = answeringAs(open, capacity);
  if (as === null || as.for === request.applicant) return null;
  return open.different && steps.some((one) => one.decided_by === capacity.me.personId) ? null : open.position;
}

/** The way of a stored application. */
export function flowOf(request: Pick<RequestRow, 'state' | 'applicant'>, steps: readonly StepRow[]): Flow {
  return {
    state: request.state,
    applicant: request.applicant,
    steps: steps.map((one) => ({
      position: one.position,
      rule: one.rule,
      role: one.role,
      department: one.department,
      escalate: one.escalate,
      different: one.different,
      state: one.state,
      decidedBy: one.decided_by,
    })),
  };
}
