/** `term`: what was appraised once its term was over; `erasure`: what a request of its person marked, before its term. */
export const REGISTER_KINDS = ['term', 'erasure'] as const;
export type RegisterKind = (typeof REGISTER_KINDS)[number];

/** The states in which a record may stand on a list that waits for everybody to agree; and those of registers that were agreed to. */
export const WAITING_STATES: Readonly<Record<RegisterKind, readonly string[]>> = {
  term: ['due'],
  // what is erased before its term is not appraised: it stays among what is kept until everybody agreed
  erasure: ['archived', 'extended', 'due'],
};
export const AGREED_REGISTERS: readonly string[] = ['approved', 'checked', 'executing'];
/** The state of a record on a list that was agreed to. */
export const AGREED_STATES: readonly string[] = ['approved'];

/** Why a record may not stand on a register, or what changed on it since the list was frozen. */
export const CHANGES = ['state', 'hold', 'restriction', 'grant', 'reading', 'loan', 'correction', 'minimum', 'event', 'reclassified', 'other'] as const;
export type Change = (typeof CHANGES)[number];

export const REGISTER_LIMITS = { reason: 500, place: 200, page: 100, named: 10_000 } as const;

export const OFFICES = ['executor', 'supervisor'] as const;
export type Office = (typeof OFFICES)[number];
