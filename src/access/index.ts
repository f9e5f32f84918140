export { ACT_NAMES, ACTS, SCOPE_NAMES, SCOPES, scopesCover } from './acts.js';
export type { Act, ActTarget, RecordAct, Scope } from './acts.js';
export { announceChange, assertSeen, changesSeen, closeChange, notSeen } from './changes-first/gate.js';
export { stepOnRecord } from './changes-first/refused.js';
export type { Announced } from './changes-first/gate.js';
export { CHANGE_KINDS } from './changes-first/kinds.js';
export type { ChangeKind } from './changes-first/kinds.js';
export { countChanges, listChanges, remindOfChanges, seeChange } from './changes-first/see.js';
export type { ChangesDeps, WaitingChange } from './changes-first/see.js';
export {
  emergenciesToReview,
  emergencyByNumber,
  expireGrants,
  GRANT_DAYS,
  GRANT_KINDS,
  GRANT_REASON_LENGTH,
  GRANT_RECORDS,
  GRANT_RESULTS,
  GRANT_RULE,
  GRANT_STATES,
  grantActFor,
  grantView,
  handBackGrant,
  handBackIn,
  issueGrant,
  listGrants,
  reviewDue,
  reviewEmergency,
  revokeGrant,
  takeEmergency,
  usesGrants,
  viewableIds,
} from './grants/index.js';
export type {
  GrantDeps,
  GrantDetail,
  GrantInput,
  GrantKind,
  GrantListOptions,
  GrantPage,
  GrantResult,
  GrantState,
  GrantView,
  IssuedGrant,
} from './grants/index.js';
export {
  agreeStanding,
  confirmStanding,
  endStandingRule,
  keepStandingRules,
  listStandingRules,
  proposeStanding,
  refuseStanding,
  STANDING_COUNTED,
  STANDING_DAYS,
  STANDING_NOTICE_DAYS,
  STANDING_STATES,
  standingCovers,
  standingDays,
  standingRuleFor,
  standingText,
  standingTimes,
  standingView,
  standingWaits,
  startStandingRules,
} from './standing/index.js';
export type { AskedByRole, ProposeDeps, StandingInput, StandingListOptions, StandingRow, StandingState, StandingText, StandingView } from './standing/index.js';
export { policyChanges } from './changes.js';
export type { PolicyChange, Shift } from './changes.js';
export { STATES } from './columns.js';
export type { RecordAttributes } from './columns.js';
export { accessControl } from './control.js';
export type { AccessControl, CountedRights } from './control.js';
export { allOf, anyOf, evaluate, mayMeet, simplify, withGranted } from './condition.js';
export { authorize, conditionFor, decide, Forbidden, lacksFactor, mayEver, needsSecondFactor, rulesFor } from './decide.js';
export type { AccessDecision } from './decide.js';
export { accessMatrix, matrixMarkdown, SUBJECT_CLASSES } from './matrix.js';
export type { Cell, MatrixRole, MatrixRow, SubjectClass } from './matrix.js';
export type { Profile, RolePolicy } from './policy-schema.js';
export { createPolicies } from './policies.js';
export type { Policies, PoliciesDeps, PolicyVersion } from './policies.js';
export { actingRules, policySet, policySetFrom } from './policy-set.js';
export type { PolicyDocument, PolicySet } from './policy-set.js';
export { profilesIn, readPolicies } from './read-folder.js';
export { ADMIN_ROLES, isAdminRole, mayHoldBoth, PERSON_ROLES, ROLES } from './roles.js';
export type { AdminRole, PersonRole, Role } from './roles.js';
export { DISCLOSURE_KINDS, listDisclosures, recipientContext, recordDisclosure, referenceContext } from './disclosures/index.js';
export type { DisclosureDeps, DisclosureEvent, DisclosureFilter, DisclosureKind, DisclosureRow } from './disclosures/index.js';
export { asksRecent, asksSecondFactor, assertRecent, assertSecondFactor, RECENT_MINUTES } from './second-factor.js';
export { REQUEST_KINDS } from './routing/schema.js';
export type { RequestKind, RoutingRule, RoutingStep } from './routing/schema.js';
export { mapClaims, signOnMapping } from './sign-on.js';
export type { Claims, Mapped, SignOnMapping } from './sign-on.js';
export { missingHolders, smallestStaffing, unfilledDuties } from './staffing.js';
export type { Candidate, Staffing } from './staffing.js';
export { actText, changeText, roleText, scopeText } from './texts.js';
export { allFilters, anyFilter, notFilter, quoteValue, toSearchFilter } from './to-search-filter.js';
export type { SearchFilter, WriteValue } from './to-search-filter.js';
export { toSql } from './to-sql.js';
export { GRANT_ACTS, RECORD_COLUMNS } from './types.js';
export type { Condition, GrantAct, RecordColumn } from './types.js';
