/**
 * Disposal holds 处置冻结. A destructive step locks its records in the order of their ids, the table before them, and asks under that
 * lock, in its own transaction: `record_is_held(uuid) returns boolean` (stable), and `records.held`, which is true exactly while a
 * hold is open over the record. Whatever the program forgets, triggers refuse: a held record goes
 * neither to `approved`, `destroying`, `shredded`, `destroyed` nor `transferred` (constraint `records_kept_by_hold`), the keys of its
 * objects stay (`objects_kept_by_hold`), and what is `destroying` already is held no more (`hold_records_gone`).
 */
export { answerProposal, type AnswerInput, type HoldAnswered } from './answer.js';
export type { HoldsDeps } from './deps.js';
export { ownersOf, type HoldInput, type ScopeInput } from './input.js';
export { keepHold } from './keep.js';
export { answerLift, proposeLift } from './lift.js';
export { holdNotices, type HoldTold } from './notices/notices.js';
export { checkHolds, type HoldsCheck, type HoldsCheckOptions } from './objects/check.js';
export { tellStore, type ObjectsTold } from './objects/tell.js';
export { previewHold, type HoldPreview } from './preview.js';
export { makeHold, type HoldMade, type HoldWay } from './set.js';
export { keepHoldTimes, type HoldTimes } from './tick.js';
export * from './values.js';
export { exportHold, type HeldLine } from './views/export.js';
export { HOLD_PAGE, holdsOfRecord, holdsWaiting, listHolds, viewHold } from './views/list.js';
export type { HeldRecord, Hold, HoldQuestion, HoldView, RecordHold } from './views/list.js';
