import { z } from 'zod';
import { dayOf, endOf, formatDay, parseDay, SENSITIVITIES, SERVICE_TYPES, startOf } from '../../classification/index.js';
import { STATES } from '../columns.js';

const code = z.string().regex(/^(\*|[\p{L}\p{N}_-]{1,40})$/u);
const day = z.iso.date();

/** One file of `policies/standing`. */
export const standingText = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  /** The rule as a sentence, for people who review it. */
  says: z.strictObject({ zh: z.string().min(1).max(200), en: z.string().min(1).max(200) }),
  /** Departments of readers; `*` means each. */
  readers: z.array(code).min(1).max(100),
  /** Departments of records; `own` means the reader's. */
  departments: z.array(code).min(1).max(100),
  types: z.array(z.enum(SERVICE_TYPES)).min(1),
  sensitivities: z.array(z.enum(SENSITIVITIES)).min(1),
  purposes: z.array(code).min(1).max(50),
  states: z
    .array(z.enum(['*', ...STATES]))
    .min(1)
    .max(10),
  from: day,
  /** The last day on which it is in force. */
  until: day,
  /** The zone by which these days count; left out in rules from before there was one, whose days are those of UTC. */
  zone: z.string().min(1).max(64).optional(),
});
export type StandingText = z.infer<typeof standingText>;

/** The first and the last instant of a rule's days, the latter not included. */
export function standingTimes({ from, until, zone = 'UTC' }: Pick<StandingText, 'from' | 'until' | 'zone'>): { from: Date; to: Date } {
  return { from: startOf(parseDay(from), zone), to: endOf(parseDay(until), zone) };
}

/** First and last day of a rule, as they were proposed. */
export function standingDays(row: { starts_on: Date; ends_on: Date; zone: string }): { from: string; until: string } {
  const day = (at: Date): string => formatDay(dayOf(at, row.zone));
  return { from: day(row.starts_on), until: day(new Date(row.ends_on.getTime() - 1)) };
}
