/** What a grant may be at most; each approver may take away from it. */
export interface Terms {
  acts: readonly string[];
  startsAt: Date;
  endsAt: Date;
  /** `null` = any number of readings. */
  readings: number | null;
}

/** What an approver takes away; what is left out stays. */
export interface Narrowing {
  acts?: readonly string[] | undefined;
  startsAt?: Date | undefined;
  endsAt?: Date | undefined;
  readings?: number | undefined;
}

/** Fields by which a narrowing would give more than was asked for. */
export type Widened = 'acts' | 'startsAt' | 'endsAt' | 'readings';

/** The terms after a narrowing, or the field by which it would widen them. Taking everything away is a refusal, not a narrowing. */
export function narrow(terms: Terms, by: Narrowing): { terms: Terms } | { widened: Widened } {
  const next: Terms = {
    acts: by.acts === undefined ? terms.acts : terms.acts.filter((act) => by.acts?.includes(act)),
    startsAt: by.startsAt ?? terms.startsAt,
    endsAt: by.endsAt ?? terms.endsAt,
    readings: by.readings ?? terms.readings,
  };
  // whatever else one may do with a record, one may see it
  if (by.acts?.some((act) => !terms.acts.includes(act)) || (terms.acts.includes('view') && !next.acts.includes('view'))) return { widened: 'acts' };
  if (next.startsAt < terms.startsAt || next.startsAt >= next.endsAt) return { widened: 'startsAt' };
  if (next.endsAt > terms.endsAt) return { widened: 'endsAt' };
  if (next.readings !== null && (next.readings < 1 || (terms.readings !== null && next.readings > terms.readings))) return { widened: 'readings' };
  return { terms: next };
}
