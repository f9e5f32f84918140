/**
 * Disposal holds 处置冻结 (R34). `hold`: set by legal or compliance, until two persons lift it. `freeze`: set by the records
 * manager, for at most {@link FREEZE_HOURS} hours. Texts stand in the phrase files under `holds`.
 */
export const HOLD_KINDS = ['hold', 'freeze'] as const;
export type HoldKind = (typeof HOLD_KINDS)[number];

/** What it is for. */
export const HOLD_MATTERS = ['lawsuit', 'complaint', 'inspection', 'other'] as const;
export type HoldMatter = (typeof HOLD_MATTERS)[number];

/** What it is over: named records, or everything of a client or that meets a query, present and to come; or the entries of a log. */
export const HOLD_SCOPES = ['list', 'client', 'query', 'log'] as const;
export type HoldScope = (typeof HOLD_SCOPES)[number];

export const HOLD_STATES = ['proposed', 'declined', 'in_force', 'lifting', 'lifted', 'lapsed'] as const;
export type HoldState = (typeof HOLD_STATES)[number];

/** States in which a hold stands over its records. */
export const OPEN_STATES = ['in_force', 'lifting'] as const satisfies readonly HoldState[];

export type HoldStep = 'accept' | 'decline' | 'propose_lift' | 'lift' | 'keep' | 'lapse';

const STEPS: Record<HoldStep, readonly [from: readonly HoldState[], to: HoldState]> = {
  accept: [['proposed'], 'in_force'],
  decline: [['proposed'], 'declined'],
  propose_lift: [['in_force'], 'lifting'],
  lift: [['lifting'], 'lifted'],
  keep: [['lifting'], 'in_force'],
  lapse: [['in_force', 'lifting'], 'lapsed'],
};

/** The state after a step; `undefined` where the step is not allowed. */
export function afterStep(state: HoldState, step: HoldStep): HoldState | undefined {
  const [from, to] = STEPS[step];
  return from.includes(state) ? to : undefined;
}

export const FREEZE_HOURS = 72;
/** Records that one hold may name. */
export const HOLD_NAMED = 5_000;
/** Records that a hold takes at once; what comes later is not counted. */
export const HOLD_TAKES = 20_000;
export const HOLD_REASON = 1_000;
export const HOLD_REFERENCE = 100;
/** Days from now within which a hold has to be reviewed. */
export const REVIEW_DAYS = 366;
/** Roles that may keep a hold as its owner. */
export const OWNER_ROLES = ['legal', 'compliance_officer'] as const;

/** How far the store was told of a hold's objects. */
export const OBJECT_STATES = ['pending', 'done', 'failed'] as const;

/** What somebody is told of a hold. */
export const HOLD_NOTICES = ['proposed', 'accepted', 'declined', 'lift_proposed', 'lifted', 'kept', 'lapsed', 'review', 'overdue'] as const;
export type HoldNotice = (typeof HOLD_NOTICES)[number];
