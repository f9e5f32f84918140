/**
 * Disposal holds 处置冻结. A destructive step asks here first, in its own transaction:
 *
 * ```ts
 * await assertFree(tx, recordIds); // Promise<void>; locks the records' rows in id order, throws `held` (409, params.count)
 * const held = await heldAmong(tx, recordIds); // Promise<string[]>; the same locks, says which ones instead of throwing
 * const holds = await holdsOf(db, recordIds); // Promise<Map<record, HoldOver[]>>; which holds, without locks, for pages and lists
 * ```
 *
 * Both refuse an empty list and ids that are not there. In SQL: `record_is_held(uuid) returns boolean` (stable) and `records.held`,
 * which is true exactly while a hold is open over the record. Whatever the program forgets, triggers refuse: a held record goes
 * neither to `approved`, `destroying`, `shredded`, `destroyed` nor `transferred` (constraint `records_kept_by_hold`), the keys of its
 * objects stay (`objects_kept_by_hold`), and what is `destroying` already is held no more (`hold_records_gone`).
 */
export { answerProposal, type AnswerInput, type HoldAnswered } from './answer.js';
export type { HoldsDeps } from './deps.js';
export { assertFree, heldAmong, holdsOf } from './free/free.js';
export type { HoldOver } from './free/store.js';
export { ownersOf, type HoldInput, type ScopeInput } from './input.js';
export { keepHold } from './keep.js';
export { answerLift, proposeLift } from './lift.js';
export { holdNotices, type HoldTold } from './notices/notices.js';
export { checkHolds, type HoldsCheck } from './objects/check.js';
export { tellStore, type ObjectsTold } from './objects/tell.js';
export { previewHold, type HoldPreview } from './preview.js';
export { makeHold, type HoldMade, type HoldWay } from './set.js';
export { keepHoldTimes } from './tick.js';
export * from './values.js';
export { exportHold, type HeldLine } from './views/export.js';
export { HOLD_PAGE, holdsOfRecord, holdsWaiting, listHolds, viewHold } from './views/list.js';
export type { HeldRecord, Hold, HoldQuestion, HoldView, RecordHold } from './views/list.js';
