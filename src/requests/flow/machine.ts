import type { ErrorCode } from '../../errors/index.js';
import type { PlannedStep } from './route.js';

/**
 * States of an application. `lapsed` is refused by time: nobody answered by its date. `expired`: the time of the grant is
 * over and the result of the use is still owed; `returned`: handed back with its result.
 */
export const REQUEST_STATES = ['submitted', 'approved', 'expired', 'returned', 'refused', 'lapsed', 'withdrawn'] as const;
export type RequestState = (typeof REQUEST_STATES)[number];

/** `waiting` for its turn, `open` to be answered, answered, `unanswered` by its date, or `dropped` because the application ended before. */
export const STEP_STATES = ['waiting', 'open', 'agreed', 'refused', 'unanswered', 'dropped'] as const;
export type StepState = (typeof STEP_STATES)[number];

export interface FlowStep extends PlannedStep {
  state: StepState;
  decidedBy: string | null;
}

/** An application as far as its way goes. */
export interface Flow {
  state: RequestState;
  /** Person. */
  applicant: string;
  steps: readonly FlowStep[];
}

export type FlowEvent =
  | { kind: 'decide'; position: number; by: string; for: string | null; agree: boolean }
  /** Nobody answered the open step by its date. */
  | { kind: 'lapse' }
  | { kind: 'withdraw'; by: string }
  /** The time of the grant is over. */
  | { kind: 'expire' }
  /** The applicant hands back, with the result of the use. */
  | { kind: 'hand_back'; by: string };

export type Outcome = { flow: Flow } | { refused: Extract<ErrorCode, 'wrong_state' | 'same_person'> };

const WRONG: Outcome = { refused: 'wrong_state' };

/** A new application: its first step is open. Without steps nobody ever decided, so it is none. */
export function begin(applicant: string, planned: readonly PlannedStep[]): Flow {
  const steps = planned.map((step, i): FlowStep => ({ ...step, state: i === 0 ? 'open' : 'waiting', decidedBy: null }));
  return { state: steps.length === 0 ? 'refused' : 'submitted', applicant, steps };
}

/** What follows from an event, or why it may not happen now. Pure: the same flow and event always give the same outcome. */
export function advance(flow: Flow, event: FlowEvent): Outcome {
  switch (event.kind) {
    case 'decide':
      return decide(flow, event);
    case 'lapse':
      return flow.state === 'submitted' ? { flow: close(flow, 'lapsed', 'unanswered') } : WRONG;
    case 'withdraw':
      if (event.by !== flow.applicant) return { refused: 'same_person' };
      return flow.state === 'submitted' ? { flow: close(flow, 'withdrawn', 'dropped') } : WRONG;
    case 'expire':
      return flow.state === 'approved' ? { flow: { ...flow, state: 'expired' } } : WRONG;
    case 'hand_back':
      if (event.by !== flow.applicant) return { refused: 'same_person' };
      return flow.state === 'approved' || flow.state === 'expired' ? { flow: { ...flow, state: 'returned' } } : WRONG;
  }
}

function decide(flow: Flow, event: Extract<FlowEvent, { kind: 'decide' }>): Outcome {
  const step = flow.steps.find((one) => one.position === event.position);
  // a step is answered in its turn, once: whoever skips one is told so
  if (flow.state !== 'submitted' || step?.state !== 'open') return WRONG;
  if (event.by === flow.applicant || event.for === flow.applicant) return { refused: 'same_person' };
  if (step.different && flow.steps.some((one) => one.decidedBy === event.by)) return { refused: 'same_person' };
  const answered = flow.steps.map((one): FlowStep => (one === step ? { ...one, state: event.agree ? 'agreed' : 'refused', decidedBy: event.by } : one));
  if (!event.agree) return { flow: close({ ...flow, steps: answered }, 'refused', 'dropped') };
  const next = answered.find((one) => one.state === 'waiting');
  if (next === undefined) return { flow: { ...flow, state: 'approved', steps: answered } };
  return { flow: { ...flow, steps: answered.map((one): FlowStep => (one === next ? { ...one, state: 'open' } : one)) } };
}

/** The application ends: what was open becomes `open`, what waited is dropped. */
function close(flow: Flow, state: RequestState, open: StepState): Flow {
  const end = (one: FlowStep): FlowStep => (one.state === 'open' ? { ...one, state: open } : one.state === 'waiting' ? { ...one, state: 'dropped' } : one);
  return { ...flow, state, steps: flow.steps.map(end) };
}
