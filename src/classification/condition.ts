import { z } from 'zod';

/** Dotted path into a draft; `*` stands for every element of a list: `exceptions.*.handling`. */
export const fieldPath = z.string().regex(/^[a-zA-Z]+(\.([a-zA-Z]+|\*))*$/, 'not a path');
const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** When something applies. There is no negation beyond `absent`: rules must read as plain sentences. */
export type Condition =
  | { field: string; is: 'present' | 'absent' }
  | { field: string; in: (string | number | boolean)[] }
  | { all: Condition[] }
  | { any: Condition[] };

export const condition: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    z.strictObject({ field: fieldPath, is: z.enum(['present', 'absent']) }),
    z.strictObject({ field: fieldPath, in: z.array(scalar).min(1) }),
    z.strictObject({ all: z.array(condition).min(1) }),
    z.strictObject({ any: z.array(condition).min(1) }),
  ]),
);

/** A value found under a path, with the path that really leads to it. */
export interface Found {
  path: string;
  value: unknown;
}

/** Steps of the paths that schemes use: there are some hundreds of them, and each draft is asked for most. */
const STEPS = new Map<string, readonly string[]>();

function stepsOf(path: string): readonly string[] {
  const known = STEPS.get(path);
  if (known) return known;
  const steps = path.split('.');
  STEPS.set(path, steps);
  return steps;
}

/** All values under a path; a list under `*` gives one per element. */
export function valuesAt(source: unknown, path: string): Found[] {
  const steps = stepsOf(path);
  if (!path.includes('*')) return [{ path, value: steps.reduce(within, source) }];
  let found: Found[] = [{ path: '', value: source }];
  for (const step of steps) found = found.flatMap((one) => into(one, step));
  return found;
}

function within(value: unknown, step: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined;
}

function into({ path, value }: Found, step: string): Found[] {
  const at = (key: string | number): string => (path === '' ? String(key) : `${path}.${key}`);
  if (step === '*') return Array.isArray(value) ? value.map((one: unknown, i) => ({ path: at(i), value: one })) : [];
  return [{ path: at(step), value: within(value, step) }];
}

/** Whether anything was said: blank text and empty lists say nothing. */
export function isPresent(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === 'string') return value.trim() !== '';
  return !Array.isArray(value) || value.length > 0;
}

/** Whether a condition holds; `in` on a list holds when any element is named. */
export function holds(when: Condition, source: unknown): boolean {
  if ('all' in when) return when.all.every((one) => holds(one, source));
  if ('any' in when) return when.any.some((one) => holds(one, source));
  const said = (is: (value: unknown) => boolean): boolean =>
    valuesAt(source, when.field).some(({ value }) => (Array.isArray(value) ? value.some((one) => is(one)) : is(value)));
  if ('in' in when) return said((value) => when.in.some((one) => one === value));
  const present = said(isPresent);
  return when.is === 'present' ? present : !present;
}
