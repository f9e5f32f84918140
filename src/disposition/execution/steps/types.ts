import type { DestructionCause } from '../../../vault/index.js';
import type { ExecutionDeps } from '../deps.js';
import type { RunRow } from '../store.js';
import type { Facts } from '../values.js';
import type { ClosureReport } from './report.js';

export interface StepContext {
  deps: ExecutionDeps;
  run: RunRow;
  cause: DestructionCause;
  /** The records, in the order of the register. */
  records: readonly string[];
}

/** What came of an attempt. `waits`: nothing failed, and yet it is not done; a code says for what. `report`: what the closure check judged. */
export type StepOutcome = { done: true; facts: Facts; report?: ClosureReport } | { done: false; waits: string; facts: Facts };

export type StepWork = (context: StepContext) => Promise<StepOutcome>;

/** Pieces of a list, so that no transaction is over all of it. */
export function* pieces<T>(list: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}
