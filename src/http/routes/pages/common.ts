import { z } from 'zod';
import { CodedError, isCoded } from '../../../errors/index.js';
import type { RecordSummary } from '../../../records/index.js';
import type { FormState, Option, Paging, RecordRow } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { purposeNames } from '../../purposes.js';
import { asksToShow } from '../../guard.js';
import type { RequestContext } from '../../route.js';

export const afterQuery = z.strictObject({ after: z.string().max(400).optional() });

/** A form's fields as they were typed: names and texts, nothing else is promised. */
export const formBody = z.record(z.string().max(80), z.union([z.string(), z.array(z.string())]));
export type Form = z.infer<typeof formBody>;

/** One text of a form, trimmed; the first where a name came twice. */
export function textOf(form: Form, name: string): string {
  const value = form[name];
  return (Array.isArray(value) ? value[0] : value)?.trim() ?? '';
}

export function listOf(form: Form, name: string): string[] {
  const value = form[name];
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/** A text, or nothing where it was left empty. */
export function optional<Name extends string>(name: Name, value: string): { [K in Name]?: string } {
  return (value === '' ? {} : { [name]: value }) as { [K in Name]?: string };
}

/** A refused form, as it was typed, with what is wrong; passwords are never sent back. */
export function refusedForm(form: Form, error: CodedError, rename: Readonly<Record<string, string>> = {}): FormState {
  return { values: form, errors: error.fields.map((one) => ({ ...one, field: rename[one.field] ?? one.field })) };
}

/** A refusal that belongs to a field stays beside it; what concerns the whole is said at one of them. */
export function inForm(form: Form, refused: CodedError, field: string): FormState {
  return refusedForm(form, refused.fields.length > 0 ? refused : new CodedError('invalid_field', { fields: [{ field, code: refused.code }] }));
}

/** Runs an act; a refusal that concerns the form comes back instead of being thrown. */
export async function attempt<T>(act: () => Promise<T>): Promise<{ done: T } | { refused: CodedError }> {
  try {
    return { done: await act() };
  } catch (error) {
    if (isCoded(error) && error.status < 500 && !asksToShow(error) && error.code !== 'unauthenticated' && error.code !== 'not_found') return { refused: error };
    throw error;
  }
}

export function rowOf(one: RecordSummary): RecordRow {
  return {
    id: one.id,
    title: one.title,
    serviceNo: one.serviceNo,
    archivalCode: one.archivalCode,
    serviceType: one.serviceType,
    clientType: one.clientType,
    medium: one.medium,
    timeClass: one.timeClass,
    sensitivity: one.sensitivity,
    state: one.state,
    channel: one.channel,
    closedAt: one.closedAt,
    clientNumber: one.client.number,
    clientName: one.client.name === '' ? null : one.client.name,
    department: one.department,
  };
}

/** The same view with other parameters; empty ones are left out. */
export function linkTo(path: string, query: Readonly<Record<string, string | number | undefined>>): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? path : `${path}?${text}`;
}

export function pagingOf(path: string, query: Readonly<Record<string, string | number | undefined>>, shown: number, next: string | null): Paging {
  return {
    shown,
    ...(next === null ? {} : { next: linkTo(path, { ...query, after: next }) }),
    ...(query['after'] === undefined ? {} : { first: linkTo(path, { ...query, after: undefined }) }),
  };
}

/** Departments by code in the viewer's language. */
export async function departmentsOf(deps: HttpDeps, ctx: RequestContext): Promise<{ options: Option[]; name: (code: string) => string }> {
  const list = await deps.accounts.listDepartments(ctx.actor);
  const names = new Map(list.map((one) => [one.code, one.names[ctx.lang]]));
  return {
    options: list.filter((one) => one.closedAt === null).map((one) => ({ value: one.code, text: one.names[ctx.lang] })),
    name: (code) => names.get(code) ?? code,
  };
}

/** A purpose by its code, in the viewer's language. */
export function purposeText(deps: HttpDeps, ctx: RequestContext, code: string): string {
  return purposeNames(deps, code)[ctx.lang];
}
