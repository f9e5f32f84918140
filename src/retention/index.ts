export { decide, lockUntil } from './decide.js';
export type { OpenHold, Reason, RetentionDecision, RetentionEvent, RetentionSubject } from './decide.js';
export { explain, periodText } from './explain.js';
export { loadSchedules, parseSchedule } from './load-schedules.js';
export type { ScheduleSet } from './load-schedules.js';
export type { Rule, Schedule, ScheduleContent } from './schedule.js';
