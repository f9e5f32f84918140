/**
 * Why a record may be kept but not used (R87): the grounds of PIPL articles 44 to 47. Texts stand in the phrase files
 * under `values.restrictionGround`.
 */
export const RESTRICTION_GROUNDS = [
  /** Erasure was asked for, and the term that law prescribes is not over (article 47). */
  'term',
  /** Erasure was asked for, and a disposal hold stands. */
  'hold',
  /** Erasure was asked for, and it cannot be done technically for now (article 47). */
  'technical',
  /** The client disputes that it is right; until it is verified (article 46). */
  'disputed',
  /** The client refuses that it is used (article 44). */
  'objection',
  /** The client withdrew the consent it was kept on (articles 15 and 47). */
  'consent_withdrawn',
] as const;
export type RestrictionGround = (typeof RESTRICTION_GROUNDS)[number];

/** Over a client: `setting` and `releasing` are agreed to and under way, piece by piece, until every record is marked or free. */
export const RESTRICTION_STATES = ['proposed', 'refused', 'setting', 'live', 'release_proposed', 'releasing', 'released'] as const;
export type RestrictionState = (typeof RESTRICTION_STATES)[number];

/** What may happen to a restriction. Whoever proposed a step may take it back, but only another person agrees to it. */
export type RestrictionStep = 'agree' | 'refuse' | 'propose_release' | 'release' | 'refuse_release';

const STEPS: Record<RestrictionStep, readonly [from: RestrictionState, to: RestrictionState]> = {
  agree: ['proposed', 'live'],
  refuse: ['proposed', 'refused'],
  propose_release: ['live', 'release_proposed'],
  release: ['release_proposed', 'released'],
  refuse_release: ['release_proposed', 'live'],
};

/** The state after a step; `undefined` where the step is not allowed. */
export function afterStep(state: RestrictionState, step: RestrictionStep): RestrictionState | undefined {
  const [from, to] = STEPS[step];
  return state === from ? to : undefined;
}

/** Where what two persons agreed to ends once it is carried out; `undefined` where nothing is under way. */
export function afterPieces(state: RestrictionState): 'live' | 'released' | undefined {
  return state === 'setting' ? 'live' : state === 'releasing' ? 'released' : undefined;
}
