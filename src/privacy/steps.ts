import { CodedError, invalidField } from '../errors/index.js';
import type { Ground } from './policy.js';
import type { LetterKind, Outcome, PrivacyKind, PrivacyState, PrivacyStep } from './values.js';

/** What the steps look at of a request. */
export interface CaseFacts {
  kind: PrivacyKind;
  state: PrivacyState;
  due: string;
  extended: boolean;
  registeredBy: string;
  twoPersons: boolean;
  outcome: Outcome | null;
}

const STEPS: Record<Exclude<PrivacyStep, 'register'>, { from: readonly PrivacyState[]; to: PrivacyState | null }> = {
  identify: { from: ['received'], to: 'identified' },
  examine: { from: ['identified'], to: 'examined' },
  // changes the due day, not the state
  extend: { from: ['received', 'identified', 'examined'], to: null },
  decide: { from: ['examined'], to: 'decided' },
  bind: { from: ['decided', 'answered'], to: null },
  answer: { from: ['decided'], to: 'answered' },
  close: { from: ['answered'], to: 'closed' },
};

/** The state after a step; throws `wrong_state` where one was skipped. */
export function afterStep(state: PrivacyState, step: Exclude<PrivacyStep, 'register'>): PrivacyState {
  const { from, to } = STEPS[step];
  if (!from.includes(state)) throw new CodedError('wrong_state', { params: { state, step } });
  return to ?? state;
}

/** The steps that stand open now, for the page. */
export function openSteps(facts: Pick<CaseFacts, 'state' | 'extended'> & { bindable?: number }): PrivacyStep[] {
  return (Object.keys(STEPS) as Exclude<PrivacyStep, 'register'>[]).filter(
    (step) => STEPS[step].from.includes(facts.state) && (step !== 'extend' || !facts.extended) && (step !== 'bind' || (facts.bindable ?? 0) > 0),
  );
}

/** One extension, and only before the due day is over. */
export function checkExtension(facts: Pick<CaseFacts, 'state' | 'due' | 'extended'>, today: string): void {
  afterStep(facts.state, 'extend');
  if (facts.extended || today > facts.due) throw new CodedError('wrong_state', { params: { state: facts.extended ? 'extended' : 'overdue', step: 'extend' } });
}

/** What each kind may come to. Only what was asked to be erased can be restricted instead. */
const OUTCOMES_OF: Record<PrivacyKind, readonly Outcome[]> = {
  copy: ['fulfil', 'partly', 'refuse'],
  correction: ['fulfil', 'partly', 'refuse'],
  erasure: ['fulfil', 'partly', 'restrict', 'refuse'],
  restriction: ['fulfil', 'refuse'],
  explanation: ['fulfil', 'refuse'],
  withdrawal: ['fulfil', 'restrict', 'refuse'],
};

export const outcomesOf = (kind: PrivacyKind): readonly Outcome[] => OUTCOMES_OF[kind];

/**
 * Checks a decision: the step, the persons, and that whatever is not simply fulfilled names a ground that serves for it.
 * Who could not be identified is refused before anything of the client is looked at.
 */
export function checkDecision(facts: CaseFacts, by: string, outcome: Outcome, ground: Ground | undefined, groundId: string | undefined): void {
  const unidentified = groundId === 'identity' && outcome === 'refuse' && (facts.state === 'received' || facts.state === 'identified');
  if (!unidentified) afterStep(facts.state, 'decide');
  if (facts.twoPersons && by === facts.registeredBy) throw new CodedError('same_person');
  if (!OUTCOMES_OF[facts.kind].includes(outcome)) throw invalidField('outcome', 'unknown_value');
  if (outcome === 'fulfil') return;
  if (groundId === undefined || groundId === '') throw invalidField('ground', 'missing');
  if (!ground?.outcomes.includes(outcome)) throw invalidField('ground', 'unknown_value');
}

/** What was done about a decided request so far. */
export interface Done {
  /** Copies that left whole. */
  copies: number;
  /** Corrections that a second person confirmed. */
  corrections: number;
  /** Restrictions that stand. */
  restrictions: number;
  /** Records marked for destruction, and those of them that are restricted instead since something came to stand against it. */
  marked: number;
  bound?: number;
  /** Letters made since the decision, by kind. */
  letters: readonly LetterKind[];
}

/** What is still missing before a decided request may be answered; empty when nothing is. Pure. */
export function missingBeforeAnswer(kind: PrivacyKind, outcome: Outcome, done: Done): ('copy' | 'correction' | 'restriction' | 'mark' | LetterKind)[] {
  const missing: ReturnType<typeof missingBeforeAnswer> = [];
  const does = outcome === 'fulfil' || outcome === 'partly';
  if (kind === 'copy' && does && done.copies === 0) missing.push('copy');
  if (kind === 'correction' && does && done.corrections === 0) missing.push('correction');
  if ((kind === 'restriction' || kind === 'withdrawal') && does && done.restrictions === 0) missing.push('restriction');
  if (outcome === 'restrict' && done.restrictions === 0) missing.push('restriction');
  if (kind === 'erasure' && does && (outcome === 'partly' || (done.bound ?? 0) > 0) && done.restrictions === 0) missing.push('restriction');
  if (kind === 'erasure' && does && done.marked === 0) missing.push('mark');
  const letter = letterFor(outcome);
  if (!done.letters.includes(letter)) missing.push(letter);
  return missing;
}

/** What is still missing before an answered request may be closed; empty when nothing is. `uncertified`: a destruction waits for its certificate. Pure. */
export function missingBeforeClose(done: {
  marked: number;
  open: number;
  bound: number;
  restrictions: number;
  letters: readonly LetterKind[];
  uncertified?: boolean;
}): ('destruction' | 'restriction' | 'certificate' | 'erased')[] {
  if (done.open > 0) return ['destruction'];
  return [
    ...(done.bound > 0 && done.restrictions === 0 ? (['restriction'] as const) : []),
    ...(done.marked > 0 && !done.letters.includes('erased') ? ([done.uncertified === true ? 'certificate' : 'erased'] as const) : []),
  ];
}

/** The letter that tells a client of a decision. */
export function letterFor(outcome: Outcome): LetterKind {
  return outcome === 'fulfil' ? 'fulfilment' : 'refusal';
}
