import { z } from 'zod';
import { isAdminRole, ROLES } from '../roles.js';

/** Kinds of reading that an application may ask for. */
export const REQUEST_KINDS = ['internal', 'external', 'confidential'] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

const names = z.strictObject({ zh: z.string().min(1).max(200), en: z.string().min(1).max(200) });
const id = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/);
const days = z.int().min(1).max(366);
const approver = z.enum(ROLES).refine((role) => !isAdminRole(role) && role !== 'integration' && role !== 'system', {
  error: 'neither an administrator nor a machine decides about reading',
});

const step = z.strictObject({
  id,
  names,
  role: approver,
  /**
   * Whom of the role: the supervisor of each department that made records and is not the applicant's own, of each that made
   * any, or whoever holds the role in the archive. A step of departments stands once for each, in the order of their codes.
   */
  of: z.enum(['other_departments', 'every_department', 'archive']),
  /** Who may answer as well once the time for it has passed. */
  escalate: approver.optional(),
});

/** One file of `policies/requests`: who decides on a kind of application, in which order, and in how many days. */
export const routingRule = z
  .strictObject({
    kind: z.enum(REQUEST_KINDS),
    names,
    /** The rule as a sentence, for people who review it. */
    says: names,
    steps: z.array(step).min(1).max(10),
    /** Whether nobody may decide two steps of one application. */
    different_persons: z.boolean(),
    /** Roles that are told of every approved application. */
    tell: z.array(approver),
    /** Calendar days: after which an approver is reminded, another may answer as well, an open step counts as refused; the longest time of a grant; between reminders of what is overdue. */
    days: z.strictObject({ remind: days, escalate: days, expire: days, longest: days, overdue: days }),
  })
  .superRefine((rule, context) => {
    if (new Set(rule.steps.map((one) => one.id)).size !== rule.steps.length) context.addIssue('a step id used twice');
    if (!rule.steps.some((one) => one.of === 'archive')) context.addIssue('without a step of the archive some applications would have nobody to decide');
    if (rule.days.remind > rule.days.escalate || rule.days.escalate > rule.days.expire)
      context.addIssue('reminding comes before escalating, and that before the end');
  });

export type RoutingRule = z.infer<typeof routingRule>;
export type RoutingStep = RoutingRule['steps'][number];
