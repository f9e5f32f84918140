import { addPeriod, compareDays, dayOf, endOf, formatDay, holds as conditionHolds, isPermanent, parseDay } from '../classification/index.js';
import type { Channel, ClientType, Day, Medium, Period, Sensitivity, ServiceType } from '../classification/index.js';
import { CodedError } from '../errors/index.js';
import type { Rule, Schedule } from './schedule.js';

/** What the rules may look at. Nothing of it is content. */
export interface RetentionSubject {
  /** `service` = a service record; `usage` = a record of use (a reading). */
  kind: 'service' | 'usage';
  closedAt: Date;
  serviceType?: ServiceType;
  clientType?: ClientType;
  channel?: Channel;
  medium?: Medium;
  sensitivity?: Sensitivity;
  tags?: readonly string[];
  /** Forms beyond that of the service type, `feedback` for instance. */
  forms?: readonly string[];
  /** A longer term: asked for, or confirmed by the records manager. Only `confirmed` acts (R29). */
  specialTerm?: 'asked' | 'confirmed';
}

/** What happened to a record that terms depend on. */
export type RetentionEvent =
  | { kind: 'contact'; at: Date }
  | { kind: 'event'; name: string; at: Date }
  /**
   * Kept after appraisal 续存: the whole term anew, counted from the original anchor. `until`: the day that was signed, which no
   * version of the schedule takes back; `basis`: what a record is kept for good by.
   */
  | { kind: 'extension'; at: Date; period: Period; until?: string; basis?: string }
  /** A day promised earlier that a change of the record must not take back. */
  | { kind: 'promised'; at: Date; until: string; minimum: string };

export interface OpenHold {
  id: string;
}

/** One step of the derivation, rendered by `explain`. */
export type Reason =
  | { code: 'rule'; rule: string; trigger: 'closing' | 'last_contact' | 'event'; anchor: string; period: Period; until: string; decides: boolean }
  | { code: 'month_end'; anchor: string; until: string }
  | { code: 'special_asked' }
  | { code: 'minimum'; rule: string; day: string }
  | { code: 'maximum'; rule: string; day: string }
  | { code: 'extended'; period: Period; anchor: string; until: string }
  /** Kept for good on a legal basis, by an appraisal. */
  | { code: 'kept'; basis: string }
  /** The day that an appraisal signed is later than what the rules and the extension now come to. */
  | { code: 'signed'; until: string }
  | { code: 'promised'; until: string }
  | { code: 'held'; count: number }
  | { code: 'over_maximum'; day: string };

/** Until when a record is kept, and why. Days are the last day of keeping; the end of that day ends the term. */
export interface RetentionDecision {
  until: string;
  /** Destruction before the end of this day is refused. */
  minimum: string;
  /** Keeping beyond this day is reported (R40). */
  maximum: string;
  /** Id of the deciding rule. */
  rule: string;
  /** Name of the schedule, `general@2026-01`. */
  version: string;
  /** The term as given: what the archival code names. */
  period: Period;
  extended: boolean;
  held: boolean;
  /** The term is over and nothing holds the record: it waits for appraisal. */
  due: boolean;
  reasons: Reason[];
}

interface Applied {
  rule: Rule;
  anchor: Day;
  until: Day;
  minimum: Day;
  maximum: Day;
}

/**
 * Decides until when a record is kept (pure). The trigger day is not counted; a period ends on the corresponding day,
 * or on the month's last where there is none. Of several matching rules the one that keeps longest decides, and every
 * rule's minimum stands. A record that no rule matches is an error, never "nothing to keep".
 * @param on the day for which it is asked, `YYYY-MM-DD` in the schedule's time zone
 */
export function decide(
  subject: RetentionSubject,
  events: readonly RetentionEvent[],
  schedule: Schedule,
  holds: readonly OpenHold[],
  on: string,
): RetentionDecision {
  const closing = dayOf(subject.closedAt, schedule.timeZone);
  const applied = schedule.rules.filter((rule) => conditionHolds(rule.match, subject)).map((rule) => apply(rule, subject, events, schedule.timeZone, closing));
  const decider = applied.reduce<Applied | undefined>((best, one) => (best && compareDays(best.until, one.until) >= 0 ? best : one), undefined);
  if (!decider) throw new CodedError('policy_invalid', { detail: `no rule of ${schedule.name} matches the record` });
  const floor = applied.reduce((best, one) => (compareDays(one.minimum, best.minimum) > 0 ? one : best), decider);

  const extension = extensionOf(events);
  const asked = extension ? later(addPeriod(decider.anchor, extension.period), decider.until) : decider.until;
  const promised = events.filter((one) => one.kind === 'promised');
  const ruled = events.reduce((best, one) => (one.kind === 'extension' && one.until !== undefined ? later(best, parseDay(one.until)) : best), asked);
  const until = promised.reduce((best, one) => later(best, parseDay(one.until)), ruled);
  const minimum = promised.reduce((best, one) => later(best, parseDay(one.minimum)), floor.minimum);
  // an extension was decided with its reason, so what it allows is not kept too long
  const maximum = later(later(decider.maximum, minimum), ruled);
  const today = parseDay(on);

  const reasons: Reason[] = applied.map((one) => ruleReason(one, one === decider));
  if (decider.anchor.d !== decider.until.d) reasons.push({ code: 'month_end', anchor: formatDay(decider.anchor), until: formatDay(decider.until) });
  if (subject.specialTerm === 'asked') reasons.push({ code: 'special_asked' });
  if (extension && isPermanent(extension.period)) reasons.push({ code: 'kept', basis: extension.basis ?? '' });
  else if (extension) reasons.push({ code: 'extended', period: extension.period, anchor: formatDay(decider.anchor), until: formatDay(asked) });
  if (compareDays(ruled, asked) > 0) reasons.push({ code: 'signed', until: formatDay(ruled) });
  if (compareDays(until, ruled) > 0) reasons.push({ code: 'promised', until: formatDay(until) });
  reasons.push({ code: 'minimum', rule: floor.rule.id, day: formatDay(minimum) }, { code: 'maximum', rule: decider.rule.id, day: formatDay(maximum) });
  if (holds.length > 0) reasons.push({ code: 'held', count: holds.length });
  if (compareDays(today, maximum) > 0) reasons.push({ code: 'over_maximum', day: formatDay(maximum) });

  return {
    until: formatDay(until),
    minimum: formatDay(minimum),
    maximum: formatDay(maximum),
    rule: decider.rule.id,
    version: schedule.name,
    period: decider.rule.period,
    extended: extension !== undefined,
    held: holds.length > 0,
    due: holds.length === 0 && compareDays(today, until) > 0,
    reasons,
  };
}

function apply(rule: Rule, subject: RetentionSubject, events: readonly RetentionEvent[], zone: string, closing: Day): Applied {
  const at = anchorOf(rule, subject, events);
  const anchor = at === subject.closedAt ? closing : dayOf(at, zone);
  return { rule, anchor, until: addPeriod(anchor, rule.period), minimum: addPeriod(anchor, rule.minimum), maximum: addPeriod(anchor, rule.maximum) };
}

function anchorOf({ trigger }: Rule, subject: RetentionSubject, events: readonly RetentionEvent[]): Date {
  if (trigger.on === 'closing') return subject.closedAt;
  if (trigger.on === 'event') return latest(events.filter((one) => one.kind === 'event' && one.name === trigger.name))?.at ?? subject.closedAt;
  const contact = latest(events.filter((one) => one.kind === 'contact'))?.at;
  return contact && contact > subject.closedAt ? contact : subject.closedAt;
}

/** The latest extension; one that keeps for good stands before all others. */
function extensionOf(events: readonly RetentionEvent[]): Extract<RetentionEvent, { kind: 'extension' }> | undefined {
  const all = events.filter((one) => one.kind === 'extension');
  return latest(all.filter((one) => isPermanent(one.period))) ?? latest(all);
}

function latest<E extends { at: Date }>(events: readonly E[]): E | undefined {
  return events.reduce<E | undefined>((best, one) => (best && best.at >= one.at ? best : one), undefined);
}

function later(a: Day, b: Day): Day {
  return compareDays(a, b) >= 0 ? a : b;
}

function ruleReason({ rule, anchor, until }: Applied, decides: boolean): Reason {
  return { code: 'rule', rule: rule.id, trigger: rule.trigger.on, anchor: formatDay(anchor), period: rule.period, until: formatDay(until), decides };
}

/** The instant until which the store must lock an object: the end of the minimum's last day. */
export function lockUntil(decision: Pick<RetentionDecision, 'minimum'>, schedule: Pick<Schedule, 'timeZone'>): Date {
  return endOf(parseDay(decision.minimum), schedule.timeZone);
}
