import type { ReconciliationRow } from './log-store.js';

/** Reads of an object that went past the archive, as reconciliations of the past found them. */
export interface FoundReads {
  /** The object that was read; `null`: more than a reconciliation names. */
  object: string | null;
  firstFound: Date;
  lastFound: Date;
  /** Whether the newest reconciliation that compared something still finds it, or could not tell. */
  open: boolean;
}

/** Objects that a reconciliation names at most. */
const NAMED = 20;

/**
 * What the reconciliations of the past found, of all of them (pure): what the newest one still finds first, then the newest. One that had
 * nothing to compare says nothing; one whose log of the store was not whole closes nothing.
 */
export function foundReads(rows: readonly Pick<ReconciliationRow, 'at' | 'facts'>[]): FoundReads[] {
  const told = rows.filter((one) => one.facts.result !== 'empty').toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const newest = told.at(-1);
  if (!newest) return [];
  const namedIn = ({ facts }: Pick<ReconciliationRow, 'facts'>): (string | null)[] => {
    if (facts.result !== 'unlogged') return [];
    const objects = facts.objects ?? [];
    return objects.length >= NAMED || objects.length === 0 ? [...objects, null] : objects;
  };
  const still = new Set(namedIn(newest));
  const all = new Map<string | null, FoundReads>();
  for (const row of told)
    for (const object of namedIn(row)) {
      const open = newest.facts.result === 'incomplete' || still.has(object) || still.has(null);
      all.set(object, { object, firstFound: all.get(object)?.firstFound ?? row.at, lastFound: row.at, open });
    }
  return [...all.values()].toSorted((a, b) => Number(b.open) - Number(a.open) || b.lastFound.getTime() - a.lastFound.getTime());
}
