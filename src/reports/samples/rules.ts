import { z } from 'zod';
import { bilingual, loadVersioned, parseVersioned, type Versioned, type VersionedSet } from '../../classification/index.js';

/** The rules of samples and of the review of accounts as they stand in their file. */
export const oversightContent = z.strictObject({
  format: z.literal(1),
  id: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'not a code'),
  version: z.string().regex(/^\d{4}-\d{2}(\.\d+)?$/, 'not a version'),
  title: bilingual,
  sampling: z.strictObject({
    largest: z.int().min(1).max(10_000),
    drawer_share: z.number().min(0).max(1),
    confidence: z.union([z.literal(0.9), z.literal(0.95), z.literal(0.99)]),
  }),
  accounts: z.strictObject({ unused_days: z.int().min(1).max(3650) }),
});

export type OversightContent = z.infer<typeof oversightContent>;
export type OversightRules = Versioned<OversightContent>;

/** Reads `policies/oversight`. */
export function loadOversightRules(folder: string): Promise<VersionedSet<OversightContent>> {
  return loadVersioned(oversightContent, folder);
}

export function parseOversightRules(data: unknown, file = 'oversight'): OversightRules {
  return parseVersioned(oversightContent, data, file);
}
