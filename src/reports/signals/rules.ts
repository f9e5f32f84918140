import { z } from 'zod';
import { bilingual, loadVersioned, parseVersioned, type Versioned, type VersionedSet } from '../../classification/index.js';

const code = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'not a code');
const minute = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'not a time of day');
const count = z.int().min(1).max(100_000);
const days = z.int().min(1).max(90);
const base = { says: bilingual, on: z.boolean(), minimum: count };
const purposes = z.array(code).max(50);

/** The rules of signals as they stand in their file. */
export const signalContent = z.strictObject({
  format: z.literal(1),
  id: code,
  version: z.string().regex(/^\d{4}-\d{2}(\.\d+)?$/, 'not a version'),
  title: bilingual,
  signals: z.strictObject({
    volume: z.strictObject({ ...base, deviations: z.number().min(1).max(100), history_days: days, least_history: days }),
    outside_clients: z.strictObject({ ...base, not_for: purposes }),
    after_complaint: z.strictObject({ ...base, within_days: days, not_for: purposes }),
    refusals: z.strictObject(base),
    outside_hours: z
      .strictObject({ ...base, from: minute, to: minute, days_off: z.boolean() })
      .refine((one) => one.from < one.to, 'the ordinary hours end after they begin'),
    not_returned: z.strictObject({ ...base, share: z.number().gt(0).max(1) }),
    same_text: z.strictObject({ ...base, within_days: days }),
  }),
});

export type SignalContent = z.infer<typeof signalContent>;
export type SignalRules = Versioned<SignalContent>;

export const SIGNAL_KINDS = ['volume', 'outside_clients', 'after_complaint', 'refusals', 'outside_hours', 'not_returned', 'same_text'] as const;
export type SignalKind = (typeof SIGNAL_KINDS)[number];

/** Reads `policies/signals`. */
export function loadSignalRules(folder: string): Promise<VersionedSet<SignalContent>> {
  return loadVersioned(signalContent, folder);
}

export function parseSignalRules(data: unknown, file = 'signals'): SignalRules {
  return parseVersioned(signalContent, data, file);
}
