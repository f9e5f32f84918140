/** `signing`: submitted to the group; `decided`: every member has signed. */
export const APPRAISAL_STATES = ['draft', 'signing', 'decided', 'withdrawn'] as const;
export type AppraisalState = (typeof APPRAISAL_STATES)[number];

export const PROPOSALS = ['destroy', 'extend', 'transfer', 'keep'] as const;
export type Proposal = (typeof PROPOSALS)[number];

/** What became of a record: `open` = it waits for appraisal as before, since a member dissented or it had changed meanwhile. */
export const OUTCOMES = ['destroy', 'extended', 'transfer', 'kept', 'open'] as const;
export type AppraisalOutcome = (typeof OUTCOMES)[number];

export const APPRAISAL_LIMITS = { reason: 500, basis: 500, opinion: 1000, page: 100, named: 10_000 } as const;

/** Day until which a record is kept that is kept for good: beyond any that a rule can give. */
export const FOREVER = '9999-12-31';
