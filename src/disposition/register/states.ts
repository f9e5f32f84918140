import type { ErrorCode } from '../../errors/index.js';

/**
 * States of a destruction register. `approved`: everybody agreed, the pause runs; `checked`: both supervisors have checked the
 * list; `open`: carried out as far as it goes, but not yet signed as witnessed, or copies under lock remain. The last three
 * are ends that destroy nothing.
 */
export const REGISTER_STATES = ['draft', 'frozen', 'approving', 'approved', 'checked', 'executing', 'open', 'closed', 'rejected', 'voided', 'stopped'] as const;
export type RegisterState = (typeof REGISTER_STATES)[number];

/** States in which anyone named may still stop it. */
export const STOPPABLE: readonly RegisterState[] = ['draft', 'frozen', 'approving', 'approved', 'checked'];
/** States in which a list stands that a changed record voids. */
export const VOIDABLE: readonly RegisterState[] = ['frozen', 'approving', 'approved', 'checked'];

/** `released`: the register came to nothing and the record is free for another one. */
export const ITEM_STATES = ['listed', 'rejected', 'struck', 'destroying', 'shredded', 'destroyed', 'released'] as const;
export type ItemState = (typeof ITEM_STATES)[number];

export type ApprovalState = 'waiting' | 'open' | 'agreed' | 'refused' | 'dropped';

export interface RegisterStep {
  position: number;
  state: ApprovalState;
  /** Person who answered it. */
  by: string | null;
  /** The list that was signed. */
  digest: string | null;
}

export interface Supervisor {
  person: string;
  /** From outside the archive. */
  outside: boolean;
  /** Digest of the list that was checked before. */
  checked: string | null;
  witnessed: boolean;
}

/** A register as far as its way goes. */
export interface RegisterFlow {
  state: RegisterState;
  /** A list that lost items to a rejection is signed anew by everybody. */
  round: number;
  maker: string;
  digest: string | null;
  /** Items that still stand: listed, or gone as far as execution took them. */
  items: number;
  /** Of those, what is not destroyed to the last copy. */
  remaining: number;
  executeAfter: Date | null;
  steps: readonly RegisterStep[];
  executor: string | null;
  supervisors: readonly Supervisor[];
}

export type RegisterEvent =
  | { kind: 'freeze'; digest: string; items: number }
  /** The approvals begin: how many there are to give. */
  | { kind: 'submit'; steps: number }
  | { kind: 'answer'; position: number; by: string; digest: string; agree: boolean; executeAfter: Date }
  /** An approver takes items out; everybody signs what is left. */
  | { kind: 'reject_items'; position: number; by: string; count: number; digest: string }
  | { kind: 'appoint'; office: 'executor' | 'supervisor'; person: string; outside: boolean }
  | { kind: 'dismiss'; person: string }
  | { kind: 'check'; by: string; digest: string }
  /** A record on the list changed. */
  | { kind: 'void' }
  | { kind: 'stop'; by: string }
  /** The executor begins. */
  | { kind: 'begin'; by: string; at: Date }
  /** Carried out as far as it goes. */
  | { kind: 'executed'; remaining: number }
  | { kind: 'removed'; remaining: number }
  | { kind: 'witness'; by: string }
  | { kind: 'close' };

export type RegisterRefusal = Extract<ErrorCode, 'wrong_state' | 'same_person' | 'changed' | 'forbidden'>;
export type RegisterOutcome = { flow: RegisterFlow } | { refused: RegisterRefusal };

const refuse = (refused: RegisterRefusal): RegisterOutcome => ({ refused });
const WRONG = refuse('wrong_state');

/** Everybody who takes part so far: maker, who answered in this round, executor, supervisors. */
export function named(flow: RegisterFlow): string[] {
  const approvers = flow.steps.flatMap((one) => (one.by === null ? [] : [one.by]));
  return [flow.maker, ...approvers, ...(flow.executor === null ? [] : [flow.executor]), ...flow.supervisors.map((one) => one.person)];
}

/** Whether both supervisors, one at least from outside, and an executor are there. */
export function staffed(flow: Pick<RegisterFlow, 'executor' | 'supervisors'>): boolean {
  return flow.executor !== null && flow.supervisors.length === 2 && flow.supervisors.some((one) => one.outside);
}

/** What follows from an event, or why it may not happen now. Pure: nothing is approved by time, and nobody takes two parts. */
export function moveRegister(flow: RegisterFlow, event: RegisterEvent): RegisterOutcome {
  switch (event.kind) {
    case 'freeze':
      return flow.state === 'draft' && event.items > 0
        ? { flow: { ...flow, state: 'frozen', digest: event.digest, items: event.items, remaining: event.items } }
        : WRONG;
    case 'submit':
      return flow.state === 'frozen' && event.steps > 0 ? { flow: { ...flow, state: 'approving', steps: opened(event.steps) } } : WRONG;
    case 'answer':
      return answer(flow, event);
    case 'reject_items':
      return rejectItems(flow, event);
    case 'appoint':
      return appoint(flow, event);
    case 'dismiss':
      return dismiss(flow, event.person);
    case 'check':
      return check(flow, event);
    case 'void':
      return VOIDABLE.includes(flow.state) ? { flow: { ...flow, state: 'voided', steps: dropped(flow.steps) } } : WRONG;
    case 'stop':
      if (!named(flow).includes(event.by)) return refuse('forbidden');
      return STOPPABLE.includes(flow.state) ? { flow: { ...flow, state: 'stopped', steps: dropped(flow.steps) } } : WRONG;
    case 'begin':
      if (flow.executor !== event.by) return refuse('forbidden');
      return flow.state === 'checked' && flow.executeAfter !== null && event.at >= flow.executeAfter ? { flow: { ...flow, state: 'executing' } } : WRONG;
    case 'executed':
      return flow.state === 'executing' ? { flow: { ...flow, state: 'open', remaining: event.remaining } } : WRONG;
    case 'removed':
      return flow.state === 'open' && event.remaining <= flow.remaining ? { flow: { ...flow, remaining: event.remaining } } : WRONG;
    case 'witness':
      return witness(flow, event.by);
    case 'close':
      return flow.state === 'open' && flow.remaining === 0 && flow.supervisors.every((one) => one.witnessed) && staffed(flow)
        ? { flow: { ...flow, state: 'closed' } }
        : WRONG;
  }
}

const opened = (count: number): RegisterStep[] =>
  Array.from({ length: count }, (_, position) => ({ position, state: position === 0 ? 'open' : 'waiting', by: null, digest: null }));

/** What was answered stays with its answer; what still waited is dropped. */
const dropped = (steps: readonly RegisterStep[]): RegisterStep[] =>
  steps.map((one) => (one.state === 'open' || one.state === 'waiting' ? { ...one, state: 'dropped' } : one));

/** Why somebody may not answer this step now, over this list. */
function mayAnswer(flow: RegisterFlow, event: { position: number; by: string }): RegisterRefusal | undefined {
  const step = flow.steps.find((one) => one.position === event.position);
  if (flow.state !== 'approving' || step?.state !== 'open') return 'wrong_state';
  return named(flow).includes(event.by) ? 'same_person' : undefined;
}

function answer(flow: RegisterFlow, event: Extract<RegisterEvent, { kind: 'answer' }>): RegisterOutcome {
  const refused = mayAnswer(flow, event);
  if (refused) return refuse(refused);
  if (event.digest !== flow.digest) return refuse('changed');
  const given = { by: event.by, digest: event.digest };
  const answered = flow.steps.map((one): RegisterStep =>
    one.position === event.position ? { ...one, ...given, state: event.agree ? 'agreed' : 'refused' } : one,
  );
  if (!event.agree) return { flow: { ...flow, state: 'rejected', steps: dropped(answered) } };
  const next = answered.find((one) => one.state === 'waiting');
  if (next === undefined) return { flow: { ...flow, state: 'approved', steps: answered, executeAfter: event.executeAfter } };
  return { flow: { ...flow, steps: answered.map((one): RegisterStep => (one === next ? { ...one, state: 'open' } : one)) } };
}

function rejectItems(flow: RegisterFlow, event: Extract<RegisterEvent, { kind: 'reject_items' }>): RegisterOutcome {
  const refused = mayAnswer(flow, event);
  if (refused) return refuse(refused);
  // who takes everything out rejects the whole, and says so
  if (event.count < 1 || event.count >= flow.items) return WRONG;
  const items = flow.items - event.count;
  return { flow: { ...flow, round: flow.round + 1, items, remaining: items, digest: event.digest, steps: opened(flow.steps.length) } };
}

function appoint(flow: RegisterFlow, event: Extract<RegisterEvent, { kind: 'appoint' }>): RegisterOutcome {
  if (!['frozen', 'approving', 'approved'].includes(flow.state)) return WRONG;
  if (named(flow).includes(event.person)) return refuse('same_person');
  if (event.office === 'executor') return flow.executor === null ? { flow: { ...flow, executor: event.person } } : WRONG;
  if (flow.supervisors.length >= 2) return WRONG;
  return { flow: { ...flow, supervisors: [...flow.supervisors, { person: event.person, outside: event.outside, checked: null, witnessed: false }] } };
}

/** Another is to take the place; a supervisor who has checked the list stays. */
function dismiss(flow: RegisterFlow, person: string): RegisterOutcome {
  if (!['frozen', 'approving', 'approved'].includes(flow.state)) return WRONG;
  if (flow.executor === person) return { flow: { ...flow, executor: null } };
  const one = flow.supervisors.find((supervisor) => supervisor.person === person);
  if (one === undefined || one.checked !== null) return WRONG;
  return { flow: { ...flow, supervisors: flow.supervisors.filter((supervisor) => supervisor !== one) } };
}

function check(flow: RegisterFlow, event: Extract<RegisterEvent, { kind: 'check' }>): RegisterOutcome {
  const mine = flow.supervisors.find((one) => one.person === event.by);
  if (mine === undefined) return refuse('forbidden');
  if (flow.state !== 'approved' || mine.checked !== null || !staffed(flow)) return WRONG;
  if (event.digest !== flow.digest) return refuse('changed');
  const supervisors = flow.supervisors.map((one) => (one === mine ? { ...one, checked: event.digest } : one));
  const all = supervisors.every((one) => one.checked === flow.digest);
  return { flow: { ...flow, supervisors, state: all ? 'checked' : 'approved' } };
}

function witness(flow: RegisterFlow, by: string): RegisterOutcome {
  const mine = flow.supervisors.find((one) => one.person === by);
  if (mine === undefined) return refuse('forbidden');
  if (flow.state !== 'open' || mine.witnessed) return WRONG;
  return { flow: { ...flow, supervisors: flow.supervisors.map((one) => (one === mine ? { ...one, witnessed: true } : one)) } };
}
