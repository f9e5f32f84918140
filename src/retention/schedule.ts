import { z } from 'zod';
import {
  bilingual,
  CHANNELS,
  CLIENT_TYPES,
  condition,
  isPermanent,
  isTimeZone,
  MEDIA,
  PERMANENT,
  SENSITIVITIES,
  SERVICE_TYPES,
} from '../classification/index.js';
import type { Condition, Period } from '../classification/index.js';

const code = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'not a code');

/** Calendar years and months; at least one month. */
const duration = z
  .strictObject({ years: z.int().min(0).max(100).default(0), months: z.int().min(0).max(1200).default(0) })
  .refine((one) => one.years + one.months > 0, 'a period is at least a month');

/** `permanent` is a period like another, one that never ends. */
const period = z.union([
  z.literal('permanent').transform(() => ({ ...PERMANENT })),
  z.strictObject({ years: z.literal(PERMANENT.years), months: z.literal(0) }),
  duration,
]);

/**
 * What a rule may ask, and the values a field can have (`null`: any code). A rule that asks for something else would silently
 * never apply, so it is refused.
 */
const FIELDS: Readonly<Record<string, readonly string[] | null>> = {
  kind: ['service', 'usage'],
  serviceType: SERVICE_TYPES,
  clientType: CLIENT_TYPES,
  channel: CHANNELS,
  medium: MEDIA,
  sensitivity: SENSITIVITIES,
  specialTerm: ['asked', 'confirmed'],
  forms: null,
  tags: null,
};

function faultIn(when: Condition): string | undefined {
  if ('all' in when || 'any' in when) return ('all' in when ? when.all : when.any).map(faultIn).find((fault) => fault !== undefined);
  const allowed = Object.hasOwn(FIELDS, when.field) ? FIELDS[when.field] : undefined;
  if (allowed === undefined) return `no rule can ask for ${when.field}`;
  if (!('in' in when)) return undefined;
  const wrong = when.in.find((value) => typeof value !== 'string' || (allowed !== null && !allowed.includes(value)));
  return wrong === undefined ? undefined : `${when.field} is never ${String(wrong)}`;
}

/** The tag that says that nobody can be told from the record any more. */
const ANONYMOUS = 'anonymised';

/** Whether a condition is met by anonymised records only. */
function onlyAnonymous(when: Condition): boolean {
  if ('all' in when) return when.all.some(onlyAnonymous);
  if ('any' in when) return when.any.every(onlyAnonymous);
  return 'in' in when && when.field === 'tags' && when.in.every((value) => value === ANONYMOUS);
}

/** Keeping for ever needs the name of a law, or records of nobody (R40). */
const permanence = z.union([
  z.strictObject({ law: bilingual.refine((one) => /《[^》]+》/.test(one.zh), 'names no law: 《…》') }),
  z.strictObject({ after: z.literal('anonymisation') }),
]);

const trigger = z.discriminatedUnion('on', [
  z.strictObject({ on: z.literal('closing') }),
  /** The last contact with the client, the closing included. */
  z.strictObject({ on: z.literal('last_contact') }),
  /** The latest event of this name; the closing until it has happened. */
  z.strictObject({ on: z.literal('event'), name: code }),
]);

const months = (one: Period): number => one.years * 12 + one.months;

/** R31: a rule without basis, owner, trigger, minimum or maximum is no rule. */
const rule = z
  .strictObject({
    id: code,
    title: bilingual,
    basis: z.array(bilingual).min(1),
    owner: bilingual,
    match: condition,
    trigger,
    period,
    minimum: period,
    maximum: period,
    /** Why it may be kept for ever; stands with a permanent period or maximum, and only there. */
    permanent: permanence.optional(),
    /** What follows when the term ends: never destruction by itself (R35). */
    follows: z.literal('appraisal'),
  })
  .refine((one) => months(one.minimum) <= months(one.period) && months(one.period) <= months(one.maximum), 'minimum ≤ period ≤ maximum')
  .refine((one) => isPermanent(one.maximum) === (one.permanent !== undefined), 'permanent keeping names its law, or follows anonymisation')
  .refine(
    (one) => one.permanent === undefined || 'law' in one.permanent || onlyAnonymous(one.match),
    `what is kept after anonymisation matches the tag ${ANONYMOUS}`,
  )
  .superRefine((one, context) => {
    const fault = faultIn(one.match);
    if (fault !== undefined) context.addIssue({ code: 'custom', path: ['match'], message: fault });
  });

export const scheduleContent = z
  .strictObject({
    format: z.literal(1),
    id: code,
    version: z.string().regex(/^\d{4}-\d{2}(\.\d+)?$/, 'not a version'),
    title: bilingual,
    timeZone: z.string().refine(isTimeZone, 'not a time zone'),
    rules: z.array(rule).min(1),
  })
  .refine((one) => new Set(one.rules.map((each) => each.id)).size === one.rules.length, 'rule id used twice');

export type ScheduleContent = z.infer<typeof scheduleContent>;
export type Rule = ScheduleContent['rules'][number];

/** A dated schedule 保管期限表, as it stands in its file. */
export interface Schedule extends Readonly<ScheduleContent> {
  /** `sha256:…` of the canonical JSON. */
  readonly digest: string;
  /** `general@2026-01`: how decisions name it. */
  readonly name: string;
}
