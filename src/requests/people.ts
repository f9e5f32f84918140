import type { PolicySet } from '../access/index.js';
import type { RequestsDeps } from './deps.js';
import type { Candidate, PlannedStep } from './flow/route.js';

/** Everybody who could decide steps now, with the roles that they hold or stand for under the rules in force. */
export async function candidatesFor(deps: RequestsDeps, steps: readonly Pick<PlannedStep, 'role' | 'escalate'>[]): Promise<Candidate[]> {
  const { profile } = deps.rules();
  const asked = [...new Set(steps.flatMap((one) => [one.role, ...(one.escalate === null ? [] : [one.escalate])]))];
  const standing = asked.flatMap((role) => profile.stands_for[role] ?? []);
  const people = await deps.people.holdersOf([...asked, ...standing]);
  return people.map((one) => ({ ...one, roles: withStandIns(profile, one.roles) }));
}

/** The roles that count for somebody: his own and those he stands for. */
export function withStandIns(profile: PolicySet['profile'], roles: readonly string[]): string[] {
  const stood = Object.entries(profile.stands_for).filter(([, deputy]) => roles.includes(deputy));
  return [...new Set([...roles, ...stood.map(([absent]) => absent)])];
}
