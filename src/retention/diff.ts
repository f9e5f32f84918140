import { isPermanent, type Period } from '../classification/index.js';
import { canonicalJson } from '../crypto/index.js';
import type { Rule, Schedule } from './schedule.js';

/** One field that has another value. */
export interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
}

/** What a version of a schedule changes against another. */
export interface ScheduleDiff {
  before: string;
  after: string;
  /** Of the schedule as a whole. */
  general: FieldChange[];
  added: Rule[];
  removed: Rule[];
  changed: { id: string; before: Rule; after: Rule; fields: FieldChange[] }[];
  /**
   * Rules by which some record might have to be kept less long; `''` for the schedule as a whole. Empty: no record can, unless it
   * was extended from another day than that of the rule which then decides; whoever recomputes keeps the day of such a one.
   */
  shortens: string[];
}

const months = ({ years, months: more }: Period): number => years * 12 + more;
const text = (value: unknown): string => canonicalJson(value ?? null);

/** Compares two versions of a schedule, rule by rule and field by field (pure). */
export function diffSchedules(before: Schedule, after: Schedule): ScheduleDiff {
  const general = fieldChanges({ title: before.title, timeZone: before.timeZone }, { title: after.title, timeZone: after.timeZone });
  const removed = before.rules.filter((rule) => !after.rules.some(({ id }) => id === rule.id));
  const changed = before.rules.flatMap((rule) => {
    const now = after.rules.find(({ id }) => id === rule.id);
    const fields = now ? fieldChanges(rule, now) : [];
    return now && fields.length > 0 ? [{ id: rule.id, before: rule, after: now, fields }] : [];
  });
  return {
    before: before.name,
    after: after.name,
    general,
    added: after.rules.filter((rule) => !before.rules.some(({ id }) => id === rule.id)),
    removed,
    changed,
    shortens: [...(before.timeZone === after.timeZone ? [] : ['']), ...removed.map(({ id }) => id), ...changed.filter(mayShorten).map(({ id }) => id)],
  };
}

/** What decides which records a rule meets, and from when it counts, may shorten the term of some record whatever its length is. */
function mayShorten({ before, after, fields }: { before: Rule; after: Rule; fields: FieldChange[] }): boolean {
  const shorter = (name: 'period' | 'minimum'): boolean => months(after[name]) < months(before[name]);
  return fields.some(({ field }) => field === 'match' || field === 'trigger') || shorter('period') || shorter('minimum') || endsPermanence(before, after);
}

function endsPermanence(before: Rule, after: Rule): boolean {
  return isPermanent(before.maximum) && !isPermanent(after.maximum);
}

function fieldChanges(before: object, after: object): FieldChange[] {
  const [was, is] = [before as Record<string, unknown>, after as Record<string, unknown>];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((field) => text(was[field]) !== text(is[field]))
    .map((field) => ({ field, before: was[field], after: is[field] }));
}
