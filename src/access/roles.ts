/** The roles of an archive, each with a policy file of its own. `system` is the machine itself (commands, jobs) and is given to nobody. */
export const ROLES = [
  'agent',
  'supervisor',
  'records_clerk',
  'records_manager',
  'executive',
  'legal',
  'compliance_officer',
  'system_admin',
  'security_admin',
  'audit_admin',
  'integration',
  'system',
] as const;
export type Role = (typeof ROLES)[number];

/** Roles that a person's account may hold. */
export const PERSON_ROLES = ROLES.slice(0, 10) as readonly Exclude<Role, 'integration' | 'system'>[];
export type PersonRole = (typeof PERSON_ROLES)[number];

/** The three administrators 三员: exclusive with every other role and with each other, by person (R82). */
export const ADMIN_ROLES = ['system_admin', 'security_admin', 'audit_admin'] as const satisfies readonly Role[];
export type AdminRole = (typeof ADMIN_ROLES)[number];

export function isAdminRole(role: string): role is AdminRole {
  return (ADMIN_ROLES as readonly string[]).includes(role);
}

/** Whether one person may hold both roles. The database enforces the same by a constraint. */
export function mayHoldBoth(one: string, other: string): boolean {
  return one === other || (!isAdminRole(one) && !isAdminRole(other));
}
