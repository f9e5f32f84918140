import type { z } from 'zod';
import { CodedError, type FieldError } from './coded.js';

/** Turns a zod issue into a field error with one of our codes. Never quotes the value. */
export function fieldErrors(error: z.ZodError, prefix = ''): FieldError[] {
  return error.issues.flatMap((issue) => fromIssue(issue, prefix));
}

function path(parts: readonly PropertyKey[], prefix: string): string {
  const own = parts.map(String).join('.');
  return prefix && own ? `${prefix}.${own}` : prefix || own || 'body';
}

function fromIssue(issue: z.core.$ZodIssue, prefix: string): FieldError[] {
  const field = path(issue.path, prefix);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ field: path([...issue.path, key], prefix), code: 'unknown_field' }));
    case 'too_big':
      return [{ field, code: issue.origin === 'string' || issue.origin === 'array' ? 'too_long' : 'too_large', params: { max: Number(issue.maximum) } }];
    case 'too_small':
      return [{ field, code: issue.origin === 'string' || issue.origin === 'array' ? 'too_short' : 'too_small', params: { min: Number(issue.minimum) } }];
    case 'invalid_type':
      return [{ field, code: issue.input === undefined ? 'missing' : 'wrong_type' }];
    case 'invalid_value':
      return [{ field, code: issue.input === undefined ? 'missing' : 'unknown_value' }];
    case 'invalid_union':
      return [{ field, code: 'unknown_value' }];
    case 'custom': {
      const max: unknown = issue.params?.['max'];
      return [typeof max === 'number' ? { field, code: issue.message, params: { max } } : { field, code: issue.message }];
    }
    default:
      return [{ field, code: /^[a-z_]+$/.test(issue.message) ? issue.message : 'invalid' }];
  }
}

/** Parses or throws `invalid_field` with every field that is wrong. `reportInput` tells "missing" from "wrong". */
export function check<S extends z.ZodType>(schema: S, value: unknown, prefix = ''): z.output<S> {
  const result = schema.safeParse(value, { reportInput: true });
  if (!result.success) throw new CodedError('invalid_field', { fields: fieldErrors(result.error, prefix) });
  return result.data;
}
