import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { bilingual } from '../classification/index.js';
import { readYaml } from '../config/index.js';
import { canonicalJson } from '../crypto/index.js';
import { CodedError } from '../errors/index.js';
import { RESTRICTION_GROUNDS } from '../records/index.js';
import { OUTCOMES, PRIVACY_KINDS } from './values.js';

const term = z.strictObject({ days: z.int().min(1).max(90), unit: z.enum(['working_days', 'days']) });
const ground = z.strictObject({
  title: bilingual,
  law: bilingual,
  outcomes: z.array(z.enum(OUTCOMES).exclude(['fulfil'])).min(1),
  restriction: z.enum(RESTRICTION_GROUNDS).optional(),
});
export type Ground = z.infer<typeof ground>;

const content = z.strictObject({
  format: z.literal(1),
  id: z.literal('privacy'),
  version: z.string().regex(/^\d{4}-\d{2}(?:-[a-z0-9]{1,20})?$/),
  title: bilingual,
  owner: bilingual,
  answer: term,
  extension: term,
  remind: z.int().min(0).max(60),
  twoPersons: z.array(z.enum(PRIVACY_KINDS)),
  // who could not be identified is refused on a ground of its own, so that one must be there
  grounds: z.record(z.string().regex(/^[a-z_]{1,40}$/), ground).refine((all) => all['identity']?.outcomes.includes('refuse') === true),
});

/** Rules for privacy requests, as they stood in one version. */
export interface PrivacyPolicy extends z.infer<typeof content> {
  /** `privacy@2026-01` */
  name: string;
  /** `sha256:…` of the canonical JSON. */
  digest: string;
}

/** Every version that requests were ever registered under. */
export interface PrivacyPolicies {
  readonly newest: PrivacyPolicy;
  get(name: string): PrivacyPolicy;
}

/** Validates one version; refuses with `policy_invalid`, never with a guess. */
export function parsePrivacyPolicy(data: unknown, file = 'privacy'): PrivacyPolicy {
  const read = content.safeParse(data);
  if (!read.success) {
    const first = read.error.issues[0];
    throw new CodedError('policy_invalid', { detail: `${file}: ${first?.path.join('.') ?? ''} ${first?.message ?? ''}` });
  }
  const digest = `sha256:${createHash('sha256').update(canonicalJson(read.data)).digest('hex')}`;
  return { ...read.data, name: `privacy@${read.data.version}`, digest };
}

/** Reads all versions of `policies/privacy`; one bad file refuses everything. */
export async function loadPrivacyPolicies(folder: string): Promise<PrivacyPolicies> {
  const files = (await readdir(folder).catch(() => [] as string[])).filter((file) => file.endsWith('.yaml')).sort();
  const versions: PrivacyPolicy[] = [];
  for (const file of files) {
    const policy = parsePrivacyPolicy(await readYaml(join(folder, file)), file);
    if (`${policy.version}.yaml` !== file) throw new CodedError('policy_invalid', { detail: `${file}: named after another version` });
    versions.push(policy);
  }
  const newest = versions.at(-1);
  if (!newest) throw new CodedError('policy_invalid', { detail: 'no rules for privacy requests' });
  return {
    newest,
    get(name) {
      const found = versions.find((one) => one.name === name);
      if (!found) throw new CodedError('policy_invalid', { detail: 'no such version of the rules for privacy requests' });
      return found;
    },
  };
}
