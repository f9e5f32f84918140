import type { Entry } from '../types.js';
import type { Checkpoints, KnownCheckpoint } from './checkpoints.js';
import type { PublishedBreak, PublishedFault } from './types.js';

const sizeIn = (value: unknown): bigint | null => (typeof value === 'string' && /^\d{1,19}$/.test(value) ? BigInt(value) : null);

/** What the first entry of a log says of a log that two persons closed; `undefined` where it opens as usual. */
export function breakIn(opening: Entry | undefined, log: string): PublishedBreak | undefined {
  if (opening?.act !== 'log.break') return undefined;
  const facts = opening.facts ?? {};
  return {
    log,
    closed: String(facts['previous']),
    size: sizeIn(facts['size']) ?? 0n,
    published: sizeIn(facts['published']),
    signed: sizeIn(facts['signed']),
    reason: String(facts['reason']),
    persons: Array.isArray(facts['persons']) ? facts['persons'] : [],
    beyond: [],
  };
}

/** Whether an opening entry goes on from one of these checkpoints of the log before it. */
export function goesOnFrom(opening: Entry, before: string, good: readonly KnownCheckpoint[]): boolean {
  const facts = opening.facts ?? {};
  return good.some(
    (one) =>
      facts['previous'] === before && facts['size'] === String(one.size) && facts['root'] === one.root.toString('base64') && facts['checkpoint'] === one.digest,
  );
}

/**
 * A checkpoint beyond the end of a closed log is what the break tells of, up to the size that it names: it is listed with the break, not
 * as a fault. One that differs from the root that the break names, or lies beyond, stays one: then the break does not tell the truth.
 */
export function tellBreaks(
  faults: readonly PublishedFault[],
  openings: ReadonlyMap<string, Entry>,
  breaks: readonly PublishedBreak[],
  checkpoints: Checkpoints,
): PublishedFault[] {
  return faults.flatMap((fault): PublishedFault[] => {
    const broken = breaks.find((one) => one.closed === fault.log);
    if (fault.kind !== 'short' || !broken) return [fault];
    const one = checkpoints.of(fault.log).find(({ name }) => name === fault.name);
    const most = [broken.signed, broken.published].reduce<bigint>((max, size) => (size !== null && size > max ? size : max), 0n);
    if (!one || one.size > most) return [fault];
    broken.beyond.push(one.name);
    const facts = openings.get(broken.log)?.facts ?? {};
    const roots = (['signed', 'published'] as const).filter((name) => facts[name] === String(one.size)).map((name) => facts[`${name}Root`]);
    return roots.every((root) => root === one.root.toString('base64')) ? [] : [{ ...fault, kind: 'fork', sequence: one.size }];
  });
}
