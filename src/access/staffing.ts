import type { Profile } from './policy-schema.js';

/** Someone who could fill a duty: one person, whatever accounts they have. */
export interface Candidate {
  personId: string;
  roles: readonly string[];
}

export interface Staffing {
  /** The smallest number of different persons the profile can work with. */
  persons: number;
  duties: Profile['duties'];
  /** Roles that somebody among them must hold besides. */
  holders: Profile['holders'];
}

/** Every duty of a profile needs a person of its own, so the duties are the smallest staffing. */
export function smallestStaffing(profile: Profile): Staffing {
  return { persons: profile.duties.length, duties: profile.duties, holders: profile.holders };
}

/** The duties that cannot be filled with different persons at the same time; empty when the staffing is enough (a matching of duties and persons). */
export function unfilledDuties(profile: Profile, people: readonly Candidate[]): Profile['duties'] {
  const holder = new Map<string, number>();
  const fill = (duty: number, tried: Set<string>): boolean => {
    for (const { personId, roles } of people) {
      if (tried.has(personId) || !profile.duties[duty]?.roles.some((role) => roles.includes(role))) continue;
      tried.add(personId);
      const before = holder.get(personId);
      if (before === undefined || fill(before, tried)) {
        holder.set(personId, duty);
        return true;
      }
    }
    return false;
  };
  return profile.duties.filter((_, duty) => !fill(duty, new Set()));
}

/** The roles that nobody holds yet although the profile needs somebody to. */
export function missingHolders(profile: Profile, people: readonly Candidate[]): Profile['holders'] {
  return profile.holders.filter((role) => !people.some((one) => one.roles.includes(role)));
}
