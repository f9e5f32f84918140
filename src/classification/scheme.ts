import { z } from 'zod';
import { patternFault } from './archival-code.js';
import { condition, fieldPath } from './condition.js';
import { SENSITIVITIES, SERVICE_TYPES } from './values.js';

/** A text in both languages; part of the scheme itself, because each version keeps its own words. */
export const bilingual = z.strictObject({ zh: z.string().min(1).max(300), en: z.string().min(1).max(300) });
export type Bilingual = z.infer<typeof bilingual>;

const code = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'not a code');

/** One demand of a form: this field, or one of these, and when. */
const requirement = z
  .strictObject({ field: fieldPath.optional(), oneOf: z.array(fieldPath).min(2).optional(), when: condition.optional() })
  .refine((one) => (one.field === undefined) !== (one.oneOf === undefined), 'either field or oneOf');

const form = z.strictObject({
  title: bilingual,
  /** Left out: the form of its service type. Given: it also applies to every draft for which this holds. */
  appliesWhen: condition.optional(),
  required: z.array(requirement).min(1),
  /** Closed value sets by path. */
  values: z.record(fieldPath, z.array(z.union([z.string(), z.number()])).min(1)).default({}),
  /** Purposes of reading for records that carry this form; with several forms only what all of them allow. */
  purposes: z.array(code).min(1).optional(),
});

const serviceType = z.strictObject({
  title: bilingual,
  /** 门类代码 in the archival code. */
  class: z.string().regex(/^[A-Z0-9]{1,8}$/, 'not a class code'),
  /** Default grade (R17). */
  sensitivity: z.enum(SENSITIVITIES),
  form: code,
  purposes: z.array(code).min(1),
});

const scopeRule = z.strictObject({ id: code, title: bilingual, when: condition, decision: z.enum(['in', 'out']) });

const schemeShape = z.strictObject({
  format: z.literal(1),
  id: code,
  version: z.string().regex(/^\d{4}-\d{2}(\.\d+)?$/, 'not a version'),
  title: bilingual,
  owner: bilingual,
  archivalCode: z.strictObject({ pattern: z.string().max(100) }),
  purposes: z.record(code, bilingual),
  forms: z.record(code, form),
  serviceTypes: z.record(z.enum(SERVICE_TYPES), serviceType),
  /** 归档范围: the first rule that matches decides; what none names is filed. */
  filingScope: z.strictObject({ default: z.enum(['in', 'out']), rules: z.array(scopeRule) }),
  /** Sensitive personal data: kinds that text may betray, tags that say so, and the grade they demand at least. */
  sensitivePersonalData: z.strictObject({
    basis: bilingual,
    tags: z.array(z.string().min(1).max(64)),
    kinds: z.array(z.enum(['residentId', 'bankCard'])),
    atLeast: z.enum(SENSITIVITIES),
  }),
});

export type SchemeContent = z.infer<typeof schemeShape>;
export type FormContent = SchemeContent['forms'][string];

/** What no type of field can say: names must resolve, codes must be unique. */
export const schemeContent = schemeShape.superRefine((scheme, context) => {
  const fault = (path: (string | number)[], message: string): void => context.addIssue({ code: 'custom', path, message });
  const pattern = patternFault(scheme.archivalCode.pattern);
  if (pattern) fault(['archivalCode', 'pattern'], pattern);
  const classes = new Set<string>();
  for (const [name, type] of Object.entries(scheme.serviceTypes)) {
    if (classes.has(type.class)) fault(['serviceTypes', name, 'class'], 'class code used twice');
    classes.add(type.class);
    if (!Object.hasOwn(scheme.forms, type.form)) fault(['serviceTypes', name, 'form'], 'no such form');
    for (const purpose of type.purposes) if (!Object.hasOwn(scheme.purposes, purpose)) fault(['serviceTypes', name, 'purposes'], 'no such purpose');
  }
  for (const [name, one] of Object.entries(scheme.forms)) {
    for (const purpose of one.purposes ?? []) if (!Object.hasOwn(scheme.purposes, purpose)) fault(['forms', name, 'purposes'], 'no such purpose');
  }
  const rules = scheme.filingScope.rules.map((rule) => rule.id);
  if (new Set(rules).size !== rules.length) fault(['filingScope', 'rules'], 'rule id used twice');
});

/** A version of the scheme, as it stands in its file. Frozen: a change is a new file. */
export interface Scheme extends Readonly<SchemeContent> {
  /** `sha256:…` of the canonical JSON. */
  readonly digest: string;
  /** `general@2026-01`: how decisions name it. */
  readonly name: string;
}
