import type { FieldError } from '../errors/index.js';
import { holds, isPresent, valuesAt } from './condition.js';
import type { FormContent, Scheme } from './scheme.js';
import type { ServiceType } from './values.js';

/** What the scheme needs to see of a draft; the rest is reached by path. */
export interface DraftLike {
  serviceType: ServiceType;
  /** Fields the source never had, with the reason: a demand that is explained is met. */
  absent?: Record<string, string> | undefined;
}

/** The forms that a draft must fill: that of its service type, and those that apply by their own condition. */
export function formsOf(scheme: Scheme, draft: DraftLike): FormContent[] {
  const own = scheme.serviceTypes[draft.serviceType].form;
  return Object.entries(scheme.forms)
    .filter(([id, form]) => id === own || (form.appliesWhen !== undefined && holds(form.appliesWhen, draft)))
    .map(([, form]) => form);
}

/** What a draft still lacks or says wrongly under the scheme, each field once; empty means complete (R2). */
export function checkForm(scheme: Scheme, draft: DraftLike): FieldError[] {
  const errors = formsOf(scheme, draft).flatMap((form) => missing(form, draft).toArray().concat(unknownValues(form, draft).toArray()));
  return errors.filter((one, i) => errors.findIndex((other) => other.field === one.field && other.code === one.code) === i);
}

function* missing(form: FormContent, draft: DraftLike): Generator<FieldError> {
  for (const demand of form.required) {
    if (demand.when && !holds(demand.when, draft)) continue;
    if (demand.field !== undefined) {
      for (const { path, value } of valuesAt(draft, demand.field)) {
        if (!isPresent(value) && !explained(draft, path)) yield { field: path, code: 'required_by_form' };
      }
      continue;
    }
    const choices = demand.oneOf ?? [];
    const met = choices.some((path) => explained(draft, path) || valuesAt(draft, path).some(({ value }) => isPresent(value)));
    if (!met) yield { field: choices[0] ?? '', code: 'one_required_by_form', params: { fields: choices.join(', ') } };
  }
}

function* unknownValues(form: FormContent, draft: DraftLike): Generator<FieldError> {
  for (const [field, allowed] of Object.entries(form.values)) {
    for (const { path, value } of valuesAt(draft, field)) {
      if (isPresent(value) && !allowed.some((one) => one === value)) yield { field: path, code: 'unknown_value', params: { allowed: allowed.join(', ') } };
    }
  }
}

/** A reason for a field covers what lies under it; list positions do not count. */
function explained(draft: DraftLike, path: string): boolean {
  if (draft.absent === undefined) return false;
  const steps = path.split('.').filter((step) => !/^\d+$/.test(step));
  return steps.some((_, i) => isPresent(draft.absent?.[steps.slice(0, i + 1).join('.')]));
}
