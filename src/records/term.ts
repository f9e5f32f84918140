import { dayOf, endOf, formatDay, parseDay, startOf, type Period } from '../classification/index.js';
import { CodedError } from '../errors/index.js';
import { decide, type RetentionDecision, type RetentionSubject, type ScheduleSet } from '../retention/index.js';

/** The day of an instant in the archive's zone, `YYYY-MM-DD`. */
export function dayText(at: Date, zone: string): string {
  return formatDay(dayOf(at, zone));
}

/** The end of a day (the first instant of the next) in the archive's zone. */
export function endOfDay(day: string, zone: string): Date {
  return endOf(parseDay(day), zone);
}

/** The first instant of a day in the archive's zone. */
export function dayStart(day: string, zone: string): Date {
  return startOf(parseDay(day), zone);
}

/** The first instant after a day: where a span that includes it ends. */
export function dayEnd(day: string, zone: string): Date {
  return endOfDay(day, zone);
}

/** The term of a service record under the newest schedule, before any event or hold. */
export function termOf(schedules: ScheduleSet, subject: Omit<RetentionSubject, 'kind'>, now: Date): RetentionDecision {
  const schedule = schedules.newest;
  return decide({ ...subject, kind: 'service' }, [], schedule, [], dayText(now, schedule.timeZone));
}

/** The period that a rule gave: what the archival code names. */
export function periodOfRule(schedules: ScheduleSet, version: string, rule: string): Period {
  const found = schedules.get(version).rules.find((one) => one.id === rule);
  if (!found) throw new CodedError('policy_invalid', { detail: 'no such rule in the schedule' });
  return found.period;
}

/** A term as the catalogue keeps it. */
export function termColumns(term: RetentionDecision): { rule: string; until: string; minimum: string; maximum: string; reasons: string; version: string } {
  return { rule: term.rule, until: term.until, minimum: term.minimum, maximum: term.maximum, reasons: JSON.stringify(term.reasons), version: term.version };
}
