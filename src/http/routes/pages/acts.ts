import type { CodedError, FieldError } from '../../../errors/index.js';
import type { Flash, FormState } from '../../../ui/index.js';
import { redirectWith } from '../../pages.js';
import type { Reply, RequestContext } from '../../route.js';
import { attempt, textOf, type Form } from './common.js';

/** A page that answers a form stands at the address of the page it belongs to: a switch of language leads there. */
export function standingAt(ctx: RequestContext, url: string): RequestContext {
  return { ...ctx, url };
}

/** Says on the next page why an act was refused; what nobody may do is refused with a page of its own. */
export function refusedAt(to: string, error: CodedError): Reply {
  if (error.code === 'forbidden') throw error;
  return redirectWith(to, { kind: 'bad', code: error.code, params: error.params });
}

/** Runs an act without fields and goes back with what it did, or with why it was refused. */
export async function actAt(to: string, done: Flash['code'], act: () => Promise<unknown>): Promise<Reply> {
  const tried = await attempt(act);
  return 'done' in tried ? redirectWith(to, { kind: 'good', code: done }) : refusedAt(to, tried.refused);
}

/** A form with one more thing wrong. */
export function wrong(form: Form, ...errors: FieldError[]): FormState {
  return { values: form, errors };
}

/** The object's name must be typed exactly; a form that says so where it was not. */
export function notTyped(form: Form, expected: string): FormState | null {
  return textOf(form, 'confirm') === expected ? null : wrong(form, { field: 'confirm', code: 'not_typed', params: { expected } });
}
