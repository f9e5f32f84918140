import { archivalCode, filingYear, seriesName, termCode } from './archival-code.js';
import type { CodeParts } from './archival-code.js';
import type { Period } from './calendar/index.js';
import { holds, isPresent, valuesAt } from './condition.js';
import { formsOf } from './form.js';
import type { DraftLike } from './form.js';
import { findPersonalData } from './masking/index.js';
import type { Scheme } from './scheme.js';
import { SENSITIVITIES } from './values.js';
import type { Sensitivity, ServiceType } from './values.js';

/** Whether a draft is to be filed 归档范围 (R95); `rule` is `null` when the default decided. */
export function scopeOf(scheme: Scheme, draft: DraftLike): { decision: 'in' | 'out'; rule: string | null } {
  const rule = scheme.filingScope.rules.find((one) => holds(one.when, draft));
  return rule ? { decision: rule.decision, rule: rule.id } : { decision: scheme.filingScope.default, rule: null };
}

/** Purposes for which records of a type may be read; with the feedback form only solving and improving are left (R94). */
export function purposesOf(scheme: Scheme, draft: DraftLike): string[] {
  const limits = formsOf(scheme, draft).flatMap((form) => (form.purposes ? [form.purposes] : []));
  return scheme.serviceTypes[draft.serviceType].purposes.filter((purpose) => limits.every((limit) => limit.includes(purpose)));
}

/** The grade of a draft that names none: the type's default, raised where sensitive personal data is flagged (R17). */
export function defaultSensitivity(scheme: Scheme, draft: DraftLike): Sensitivity {
  const base = scheme.serviceTypes[draft.serviceType].sensitivity;
  return sensitiveFlags(scheme, draft).length > 0 ? higher(base, scheme.sensitivePersonalData.atLeast) : base;
}

/** Why a draft counts as holding sensitive personal data: tags, and kinds of numbers found in its text. */
export function sensitiveFlags(scheme: Scheme, draft: DraftLike): string[] {
  const { tags, kinds } = scheme.sensitivePersonalData;
  const tagged = valuesAt(draft, 'tags.*').flatMap(({ value }) => (typeof value === 'string' && tags.includes(value) ? [`tag:${value}`] : []));
  const found = new Set<string>();
  for (const path of ['title', 'content', 'solution', 'clientFeedback', 'result', 'handling', 'exceptions.*.what', 'exceptions.*.handling']) {
    for (const { value } of valuesAt(draft, path)) {
      if (typeof value === 'string' && isPresent(value)) for (const { kind } of findPersonalData(value)) found.add(kind);
    }
  }
  return [...new Set(tagged), ...kinds.filter((kind) => found.has(kind)).map((kind) => `kind:${kind}`)];
}

function higher(a: Sensitivity, b: Sensitivity): Sensitivity {
  return SENSITIVITIES.indexOf(a) >= SENSITIVITIES.indexOf(b) ? a : b;
}

export interface CodeInput {
  fonds: string;
  serviceType: ServiceType;
  closedAt: Date;
  /** The term given at capture; `null` = permanent. */
  period: Period | null;
  zone: string;
}

function partsOf(scheme: Scheme, input: CodeInput): CodeParts {
  const { class: name } = scheme.serviceTypes[input.serviceType];
  return { fonds: input.fonds, class: name, year: filingYear(input.closedAt, input.zone), term: termCode(input.period) };
}

/** The series a record's archival code counts in; hand it to `allocateCodes`. */
export function seriesOf(scheme: Scheme, input: CodeInput): string {
  return seriesName(scheme.archivalCode.pattern, partsOf(scheme, input));
}

/** The archival code 档号 for an allocated item number. */
export function formatCode(scheme: Scheme, input: CodeInput, item: number): string {
  return archivalCode(scheme.archivalCode.pattern, partsOf(scheme, input), item);
}
