import { unfilledDuties, type PolicySet } from '../../access/index.js';
import type { Actor } from '../../audit/index.js';
import { CodedError } from '../../errors/index.js';
import type { DispositionDeps } from './deps.js';

/** A person as far as places are filled: with the roles he holds and stands for. */
export interface Standing {
  personId: string;
  accountId: string;
  roles: readonly string[];
  department: string;
}

/** A place that somebody of a role fills; of a department, where one is named. */
export interface Place {
  role: string;
  department: string | null;
}

/** The roles that count for somebody: his own and those he stands for. */
function withStandIns(profile: PolicySet['profile'], roles: readonly string[]): string[] {
  const stood = Object.entries(profile.stands_for).filter(([, deputy]) => roles.includes(deputy));
  return [...new Set([...roles, ...stood.map(([absent]) => absent)])];
}

/** Whoever acts, as a person: machines and the system take no part. */
export function standingOf(deps: Pick<DispositionDeps, 'rules'>, actor: Actor): Standing {
  if (actor.kind !== 'person' || actor.personId === null || actor.accountId === null) throw new CodedError('forbidden', { detail: 'only a person takes part' });
  return { personId: actor.personId, accountId: actor.accountId, roles: withStandIns(deps.rules().profile, actor.roles), department: actor.department };
}

export function fits(place: Place, who: Pick<Standing, 'roles' | 'department'>): boolean {
  return who.roles.includes(place.role) && (place.department === null || place.department === who.department);
}

/** Roles of places that no different persons could fill today, besides those who are taken. */
export async function unfilled(deps: DispositionDeps, places: readonly Place[], taken: readonly string[]): Promise<string[]> {
  const { profile } = deps.rules();
  const asked = [...new Set(places.map((one) => one.role))];
  const people = await deps.people.holdersOf([...asked, ...asked.flatMap((role) => (profile.stands_for as Record<string, string>)[role] ?? [])]);
  // each place as a duty of its own, and whoever fits it as holding that duty
  const duties = places.map((place, i) => ({ id: `p${i}`, names: { zh: place.role, en: place.role }, roles: [`p${i}`] }));
  const candidates = people
    .filter((one) => !taken.includes(one.personId))
    .map((one) => {
      const who = { roles: withStandIns(profile, one.roles), department: one.department };
      return { personId: one.personId, roles: places.flatMap((place, i) => (fits(place, who) ? [`p${i}`] : [])) };
    });
  return unfilledDuties({ ...profile, duties: duties as unknown as typeof profile.duties }, candidates).map((duty) => duty.names.en);
}
