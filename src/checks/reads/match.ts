import type { StoreRead } from './lines.js';

/** What an entry of the log, or a verification, lets be read: these ranges of an object, each once, within a time. */
export interface Permit {
  /** The entry. */
  id: string;
  kind: 'reading' | 'system';
  from: Date;
  until: Date;
  /** Ranges of sealed bytes that one opening asks the store for; what was read is taken out. */
  left: { start: number; end: number }[];
}

/** A verification reads each object whole, once for each time it was taken up. */
export interface Verification {
  from: Date;
  until: Date;
  times: number;
  /** Everything that it reads has a lower id. */
  run: string;
  /** As many objects as it read in all; `null`: as many as there are. */
  left: number | null;
  /** How often it read each object so far. */
  used: Map<string, number>;
}

export type ReadKind = Permit['kind'] | 'verification' | 'unlogged';

const inTime = ({ from, until }: { from: Date; until: Date }, at: Date): boolean => from <= at && at <= until;

/** Which of the ranges a read took; a source that tells no range may have taken any. */
function placeOf(permit: Permit, { range }: StoreRead, told: boolean): number {
  if (!told) return permit.left.length - 1;
  return permit.left.findIndex((one) => one.start === range?.start && one.end === range.end);
}

/**
 * What accounts for a read of an object. Of several entries the one whose time ends first: so that no later read is left without,
 * where another choice would have found one for each. `told`: whether the source tells which bytes were read.
 */
export function accountFor(
  read: StoreRead,
  object: string,
  told: boolean,
  permits: readonly Permit[],
  verifications: readonly Verification[],
): { kind: ReadKind; entry?: string } {
  let best: { permit: Permit; place: number } | undefined;
  for (const permit of permits) {
    if (!inTime(permit, read.at) || (best && best.permit.until <= permit.until)) continue;
    const place = placeOf(permit, read, told);
    if (place >= 0) best = { permit, place };
  }
  if (best) {
    best.permit.left.splice(best.place, 1);
    return { kind: best.permit.kind, entry: best.permit.id };
  }
  if (read.range === null)
    for (const one of verifications) {
      const used = one.used.get(object) ?? 0;
      if (!inTime(one, read.at) || used >= one.times || one.left === 0 || object > one.run) continue;
      one.used.set(object, used + 1);
      if (one.left !== null) one.left--;
      return { kind: 'verification' };
    }
  return { kind: 'unlogged' };
}
