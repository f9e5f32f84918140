import { z } from 'zod';
import { ADMIN_ROLES, PERSON_ROLES, type PersonRole } from './roles.js';

const group = z.string().trim().min(1).max(200);
const claim = z.string().regex(/^[\w:./-]{1,100}$/);
const role = z
  .enum(PERSON_ROLES as readonly [PersonRole, ...PersonRole[]])
  .refine((one) => !(ADMIN_ROLES as readonly string[]).includes(one), { error: 'no group makes an administrator' });
const values = z.array(z.string().min(1).max(200)).max(20).default([]);

/** `policies/sign-on/*.yaml`: what the provider's claims mean here. Part of the rules, so that a change of it needs two persons. */
export const signOnMapping = z.strictObject({
  /** The claim that names an account by its user name; only accounts that somebody made are linked. */
  link: z.strictObject({ claim }),
  groups: z.strictObject({ claim }),
  roles: z.array(z.strictObject({ group, role })).max(500),
  /** The first group of the list that somebody is in decides. Left empty: departments are kept by hand. */
  departments: z
    .array(z.strictObject({ group, department: z.string().regex(/^[\p{L}\p{N}_-]{1,40}$/u) }))
    .max(500)
    .default([]),
  /** Values of `acr` and `amr` that count as a second factor. None unless named. */
  second_factor: z.strictObject({ acr: values, amr: values }).prefault({}),
});

export type SignOnMapping = z.infer<typeof signOnMapping>;

/** What a person's claims come to. */
export interface Mapped {
  /** Value of the claim that names the account; `null` where the provider gave none. */
  link: string | null;
  roles: PersonRole[];
  /** `null`: in no department; `undefined`: departments are kept by hand. */
  department: string | null | undefined;
  secondFactor: boolean;
}

export type Claims = Readonly<Record<string, unknown>>;

const texts = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string');

/** Applies the mapping to claims (pure). Groups are compared exactly; unknown ones mean nothing. */
export function mapClaims(mapping: SignOnMapping, claims: Claims): Mapped {
  const groups = new Set(texts(claims[mapping.groups.claim]));
  const link = claims[mapping.link.claim];
  const roles = mapping.roles.filter((one) => groups.has(one.group)).map((one) => one.role);
  const department = mapping.departments.length === 0 ? undefined : (mapping.departments.find((one) => groups.has(one.group))?.department ?? null);
  const shown = (claimed: unknown, counts: readonly string[]): boolean => texts(claimed).some((one) => counts.includes(one));
  return {
    link: typeof link === 'string' && link.trim() !== '' ? link : null,
    roles: [...new Set(roles)],
    department,
    secondFactor: shown(claims['acr'], mapping.second_factor.acr) || shown(claims['amr'], mapping.second_factor.amr),
  };
}
