export { decide, lockUntil } from './decide.js';
export type { OpenHold, Reason, RetentionDecision, RetentionEvent, RetentionSubject } from './decide.js';
export { diffSchedules } from './diff.js';
export type { FieldChange, ScheduleDiff } from './diff.js';
export { explain, periodText } from './explain.js';
export { loadSchedules, parseSchedule, readSchedule } from './load-schedules.js';
export type { ScheduleSet } from './load-schedules.js';
export type { Rule, Schedule, ScheduleContent } from './schedule.js';
