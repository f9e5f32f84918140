import { z } from 'zod';
import { SENSITIVITIES, SERVICE_TYPES } from '../../classification/index.js';
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
});
export type StandingText = z.infer<typeof standingText>;
