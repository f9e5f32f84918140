import { z } from 'zod';
import { ACT_NAMES, ACTS } from './acts.js';
import { COLUMN_VALUES, PLACEHOLDERS } from './columns.js';
import type { Placeholder } from './columns.js';
import { ROLES } from './roles.js';
import { RECORD_COLUMNS } from './types.js';
import type { RecordColumn } from './types.js';

/** What a rule asks of a record: `every_record`, a map of columns (all must hold; a list means one of), or such maps joined by `all` and `any`. */
export type When = 'every_record' | { all: When[] } | { any: When[] } | Partial<Record<RecordColumn, string | boolean | (string | boolean)[]>>;

const CODE = /^[\p{L}\p{N}_-]{1,40}$/u;
const names = z.strictObject({ zh: z.string().min(1).max(200), en: z.string().min(1).max(200) });

const scalar = z.union([z.string(), z.boolean()]);

/** A value that its column can never hold would make a rule that silently never acts. */
function canHold(column: RecordColumn, value: string | boolean): boolean {
  const values = COLUMN_VALUES[column];
  if (values === 'boolean') return typeof value === 'boolean';
  if (typeof value === 'boolean') return false;
  if (values !== null) return values.includes(value);
  return Object.hasOwn(PLACEHOLDERS, value) ? PLACEHOLDERS[value as Placeholder] === column : CODE.test(value);
}

const columns = z.partialRecord(z.enum(RECORD_COLUMNS), z.union([scalar, z.array(scalar).min(1)])).superRefine((map, context) => {
  const entries = Object.entries(map) as [RecordColumn, string | boolean | (string | boolean)[]][];
  // an empty map would mean every record; that has to be said in words
  if (entries.length === 0) context.addIssue('a condition without columns');
  for (const [column, wanted] of entries) {
    if (![wanted].flat().every((value) => canHold(column, value))) context.addIssue(`${column}: a value it can never hold`);
  }
});

const when: z.ZodType<When> = z.lazy(() =>
  z.union([z.literal('every_record'), z.strictObject({ all: z.array(when).min(1) }), z.strictObject({ any: z.array(when).min(1) }), columns]),
);

const rule = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
    /** The rule as a sentence, for people who review it. */
    says: names,
    acts: z.array(z.enum(ACT_NAMES)).min(1),
    when: when.optional(),
  })
  .refine((one) => one.acts.every((act) => (ACTS[act] === 'record') === (one.when !== undefined)), {
    error: 'acts on records need `when`, and only they may have it',
  });

const distinct = (items: readonly unknown[]): boolean => new Set(items).size === items.length;

/** One file of `policies/roles`. */
export const rolePolicy = z.strictObject({
  role: z.enum(ROLES),
  names,
  rules: z
    .array(rule)
    .min(1)
    .refine((rules) => distinct(rules.map((one) => one.id)), { error: 'a rule id used twice' }),
});

/** `profile.yaml` of a profile: which grants of roles need a second person, and how few people it can work with. */
export const profilePolicy = z.strictObject({
  profile: z.string().regex(/^[a-z]{1,20}$/),
  names,
  /** Roles that a second person confirms one by one also where a group of single sign-on gives them. What is given by hand always needs two. */
  confirm: z.array(z.enum(ROLES)),
  /** Roles that stand for another one where the office has nobody else: `{ executive: records_manager }`. */
  stands_for: z.partialRecord(z.enum(ROLES), z.enum(ROLES)).default({}),
  /** Roles that somebody must hold besides; whoever fills one of the duties may. */
  holders: z.array(z.enum(ROLES)).default([]),
  /** The duties that different persons must fill at the same time, with the roles that may. */
  duties: z.array(z.strictObject({ id: z.string().regex(/^[a-z][a-z-]{0,39}$/), names, roles: z.array(z.enum(ROLES)).min(1) })).min(1),
});

export type RolePolicy = z.infer<typeof rolePolicy>;
export type RuleText = RolePolicy['rules'][number];
export type Profile = z.infer<typeof profilePolicy>;
