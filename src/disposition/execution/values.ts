/**
 * The steps of a destruction, in their order. Each is repeated until it is done; nothing after one begins before.
 * ledger: kept outside the database that these records go; wraps: their wraps are deleted and the generations of their keys closed;
 * survivors: what stays is wrapped anew; snapshot: its key table is kept twice and opened; keys: the old keys are destroyed in every
 * registered keystore; objects: sealed bytes are removed by version, or wait for the end of their lock; catalogue: what speaks of
 * people goes from it; index: rewritten without them; traces: uploads, rejected rows; closure: everything is looked at once more.
 */
export const STEPS = ['ledger', 'wraps', 'survivors', 'snapshot', 'keys', 'objects', 'catalogue', 'index', 'traces', 'closure'] as const;
export type Step = (typeof STEPS)[number];

export const STEP_STATES = ['open', 'failed', 'done'] as const;
export type StepState = (typeof STEP_STATES)[number];

export const COPY_STATES = ['kept', 'locked', 'gone'] as const;
export type CopyState = (typeof COPY_STATES)[number];

export const CERTIFICATE_KINDS = ['main', 'supplement'] as const;
export type CertificateKind = (typeof CERTIFICATE_KINDS)[number];

/** Why a record on the list is not destroyed now. */
export const OBSTACLES = ['state', 'held', 'restricted', 'term', 'version', 'objects', 'digest', 'reading', 'grant', 'correction', 'loan'] as const;
export type Obstacle = (typeof OBSTACLES)[number];

export type Facts = Readonly<Record<string, string | number | boolean | null>>;
