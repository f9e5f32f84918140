import { keepInLedger } from '../ledger.js';
import type { Step } from '../values.js';
import { closure } from './closure.js';
import { catalogue, index, traces } from './forget.js';
import { keys, snapshot, survivors, wraps } from './keys.js';
import { objects } from './objects.js';
import { sealPapers } from './papers.js';
import type { StepWork } from './types.js';

/** What names the records by their titles is made and signed first: afterwards there are none. Then the ledger. */
const ledger: StepWork = async (context) => {
  const papers = await sealPapers(context);
  return { done: true, facts: { papers, number: await keepInLedger(context), records: context.records.length } };
};

/** What each step does; in which order stands in `STEPS`. */
export const WORK: Record<Step, StepWork> = { ledger, wraps, survivors, snapshot, keys, objects, catalogue, index, traces, closure };

export type { Checked, ClosureReport, Remains } from './report.js';
export { followIndex } from './forget.js';
export { pieces, type StepContext, type StepOutcome } from './types.js';
