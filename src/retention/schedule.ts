import { z } from 'zod';
import { bilingual, condition, isTimeZone } from '../classification/index.js';
import type { Period } from '../classification/index.js';

const code = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'not a code');

/** Calendar years and months; at least one month. */
const period = z
  .strictObject({ years: z.int().min(0).max(100).default(0), months: z.int().min(0).max(1200).default(0) })
  .refine((one) => one.years + one.months > 0, 'a period is at least a month');

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
    /** What follows when the term ends: never destruction by itself (R35). */
    follows: z.literal('appraisal'),
  })
  .refine((one) => months(one.minimum) <= months(one.period) && months(one.period) <= months(one.maximum), 'minimum ≤ period ≤ maximum');

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
