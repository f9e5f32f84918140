import { CodedError } from '../errors/index.js';
import type { RecordState } from './values.js';

/** Steps that intake may take. What follows archiving belongs to disposition and transfer. */
export type IntakeStep = 'complete' | 'send_back' | 'archive';

const STEPS: Record<IntakeStep, Partial<Record<RecordState, RecordState>>> = {
  complete: { received: 'received', sent_back: 'received' },
  send_back: { received: 'sent_back' },
  archive: { received: 'archived' },
};

/** The state after a step; throws `wrong_state` where the step is not allowed. */
export function nextState(state: RecordState, step: IntakeStep): RecordState {
  const next = STEPS[step][state];
  if (next === undefined) throw new CodedError('wrong_state', { params: { state, step } });
  return next;
}

/** Whether content may be read in this state: never once destruction has begun. */
export function isReadable(state: RecordState): boolean {
  return state !== 'destroying' && state !== 'shredded' && state !== 'destroyed';
}
