/** What a client may ask (PIPL articles 15 and 44 to 48). Texts stand in the phrase files under `privacy.kinds`. */
export const PRIVACY_KINDS = ['copy', 'correction', 'erasure', 'restriction', 'explanation', 'withdrawal'] as const;
export type PrivacyKind = (typeof PRIVACY_KINDS)[number];

export const PRIVACY_STATES = ['received', 'identified', 'examined', 'decided', 'answered', 'closed'] as const;
export type PrivacyState = (typeof PRIVACY_STATES)[number];

/** How it was made sure that who asks is the client, or acts for the client. */
export const IDENTITY_METHODS = ['document', 'call_back', 'account', 'agent'] as const;
export type IdentityMethod = (typeof IDENTITY_METHODS)[number];

/** `restrict`: what was asked to be erased is kept, and no longer used. */
export const OUTCOMES = ['fulfil', 'partly', 'restrict', 'refuse'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** `erased`: what was marked is destroyed, to be said once it is so. */
export const LETTER_KINDS = ['receipt', 'extension', 'fulfilment', 'refusal', 'erased'] as const;
export type LetterKind = (typeof LETTER_KINDS)[number];

/** Steps of a request. `bind`: something came to stand against erasing what was marked, and it is restricted instead. */
export const PRIVACY_STEPS = ['register', 'identify', 'examine', 'extend', 'decide', 'bind', 'answer', 'close'] as const;
export type PrivacyStep = (typeof PRIVACY_STEPS)[number];
