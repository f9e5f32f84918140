import type { FaultKind } from '../verify/checker.js';
import type { RunRow } from './store.js';

/** Something that verifications found: one entry, a range of them, or a log as a whole. */
export interface FoundFault {
  kind: FaultKind;
  log: string;
  /** First and last entry of the range; `null` where the log as a whole is concerned. */
  from: string | null;
  to: string | null;
  firstFound: Date;
  lastFound: Date;
  /** Whether the newest verification that came to its end found it too, or had too many to name them all. */
  open: boolean;
}

type Run = Pick<RunRow, 'started_at' | 'result' | 'fault_count' | 'faults'>;
const keyOf = ({ kind, log, sequence }: Run['faults'][number]): string => `${log} ${kind} ${sequence ?? ''}`;

/**
 * What the verifications of the past found, of all their runs (pure): what the newest one still finds first, then the newest. Entries
 * beside each other with the same fault, found by the same runs, are one range.
 */
export function foundFaults(runs: readonly Run[]): FoundFault[] {
  const ended = runs.filter((run) => run.result === 'whole' || run.result === 'faulty').toSorted((a, b) => a.started_at.getTime() - b.started_at.getTime());
  const newest = ended.at(-1);
  if (!newest) return [];
  const still = new Set(newest.faults.map(keyOf));
  const cut = Number(newest.fault_count ?? 0n) > newest.faults.length;
  const all = new Map<string, FoundFault>();
  for (const run of ended)
    for (const fault of run.faults) {
      const key = keyOf(fault);
      const known = all.get(key);
      const { kind, log, sequence } = fault;
      const firstFound = known?.firstFound ?? run.started_at;
      all.set(key, { kind, log, from: sequence, to: sequence, firstFound, lastFound: run.started_at, open: cut || still.has(key) });
    }
  return ranges([...all.values()]).toSorted((a, b) => Number(b.open) - Number(a.open) || b.lastFound.getTime() - a.lastFound.getTime());
}

function ranges(faults: FoundFault[]): FoundFault[] {
  const order = (one: FoundFault): bigint => BigInt(one.from ?? -1);
  const sorted = faults.toSorted((a, b) => a.log.localeCompare(b.log) || a.kind.localeCompare(b.kind) || (order(a) < order(b) ? -1 : 1));
  const made: FoundFault[] = [];
  for (const one of sorted) {
    const last = made.at(-1);
    if (last && isNext(last, one)) last.to = one.from;
    else made.push({ ...one });
  }
  return made;
}

function isNext(last: FoundFault, one: FoundFault): boolean {
  if (last.to === null || one.from === null || BigInt(last.to) + 1n !== BigInt(one.from)) return false;
  const same = last.log === one.log && last.kind === one.kind && last.open === one.open;
  return same && last.firstFound.getTime() === one.firstFound.getTime() && last.lastFound.getTime() === one.lastFound.getTime();
}
