export { routesMarkdown } from './flow/describe.js';
export { dueActs, overdueReminders, stepTimes } from './flow/clock.js';
export { advance, begin, REQUEST_STATES, STEP_STATES } from './flow/machine.js';
export type { Flow, FlowEvent, RequestState, StepState } from './flow/machine.js';
export { narrow } from './flow/narrow.js';
export { fits, planRoute, stepWithoutApprover } from './flow/route.js';
export type { Candidate, PlannedStep } from './flow/route.js';
