import { keepInLedger } from '../ledger.js';
import type { Step } from '../values.js';
import { closure } from './closure.js';
import { catalogue, index, traces } from './forget.js';
import { keys, snapshot, survivors, wraps } from './keys.js';
import { objects } from './objects.js';
import type { StepWork } from './types.js';

const ledger: StepWork = async (context) => ({ done: true, facts: { number: await keepInLedger(context), records: context.records.length } });

/** What each step does; in which order stands in `STEPS`. */
export const WORK: Record<Step, StepWork> = { ledger, wraps, survivors, snapshot, keys, objects, catalogue, index, traces, closure };

export type { Checked, ClosureReport, Remains } from './report.js';
export { pieces, type StepContext, type StepOutcome } from './types.js';
