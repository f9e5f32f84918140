import { z } from 'zod';
import { isAdminRole, ROLES } from '../../access/index.js';
import { bilingual, loadVersioned, parseVersioned, type Versioned, type VersionedSet } from '../../classification/index.js';
import { CodedError } from '../../errors/index.js';
import { SERVICE_TYPES } from '../../records/values.js';

const id = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'not an id');
const role = z.enum(ROLES).refine((one) => !isAdminRole(one) && one !== 'integration' && one !== 'system', {
  error: 'neither an administrator nor a machine decides about destruction',
});
const distinct = (items: readonly { id: string }[]): boolean => new Set(items.map((one) => one.id)).size === items.length;

const place = z.strictObject({ id, names: bilingual, role, of: z.enum(['department', 'archive']) });
const approval = z.strictObject({
  id,
  names: bilingual,
  role,
  /** Asked only where the list has such records. */
  for: z.strictObject({ service_types: z.array(z.enum(SERVICE_TYPES)).min(1) }).optional(),
});

/** A step of the approvals of an erasure before term: of the roles the first that a different person can fill. */
const erasureStep = z.strictObject({ id, names: bilingual, roles: z.array(role).min(1).max(5) });
const COUNSEL: readonly string[] = ['legal', 'compliance_officer'];

const profile = z.strictObject({
  group: z.array(place).min(2).max(10).refine(distinct, 'an id used twice'),
  approvals: z
    .array(approval)
    .min(1)
    .max(10)
    .refine(distinct, 'an id used twice')
    .refine((steps) => steps.some((one) => one.for === undefined), 'some lists would have nobody to approve them'),
  /** Who approves what is destroyed before its term at the request of its person; without it nothing is. */
  erasure: z
    .array(erasureStep)
    .min(2)
    .max(10)
    .refine(distinct, 'an id used twice')
    .refine((steps) => steps.some((one) => one.roles.every((each) => COUNSEL.includes(each))), 'neither legal nor compliance would agree')
    .optional(),
  executors: z.array(role).min(1),
  supervisors: z
    .array(role)
    .min(1)
    .refine((roles) => roles.some((one) => one !== 'records_clerk' && one !== 'records_manager'), 'nobody from outside the archive could supervise'),
});

/** The rules of appraisal and destruction as they stand in their file. */
export const dispositionContent = z.strictObject({
  format: z.literal(1),
  id: z.literal('disposition'),
  version: z.string().regex(/^\d{4}-\d{2}(\.\d+)?$/, 'not a version'),
  title: bilingual,
  pause_days: z.int().min(1).max(90),
  most_records: z.int().min(1).max(10_000),
  profiles: z.record(z.string().regex(/^[a-z]{1,20}$/), profile),
});

export type DispositionContent = z.infer<typeof dispositionContent>;
export type DispositionRules = Versioned<DispositionContent>;
export type DispositionProfile = DispositionContent['profiles'][string];
export type GroupPlace = DispositionProfile['group'][number];
export type ErasureRule = NonNullable<DispositionProfile['erasure']>[number];
export type ApprovalRule = DispositionProfile['approvals'][number];

/** Reads `policies/disposition`. */
export function loadDispositionRules(folder: string): Promise<VersionedSet<DispositionContent>> {
  return loadVersioned(dispositionContent, folder);
}

export function parseDispositionRules(data: unknown, file = 'disposition'): DispositionRules {
  return parseVersioned(dispositionContent, data, file);
}

/** What a profile asks for; one that the rules do not name appraises and destroys nothing. */
export function profileIn(rules: DispositionRules, name: string): DispositionProfile {
  const found = Object.hasOwn(rules.profiles, name) ? rules.profiles[name] : undefined;
  if (found === undefined) throw new CodedError('policy_invalid', { detail: `the rules of disposition say nothing of the profile ${name}` });
  return found;
}
