import { CodedError, invalidField } from '../errors/index.js';

/** Objects and lists inside each other; no request of ours needs as many. */
export const MAX_DEPTH = 20;

/**
 * Refuses what no store of ours can keep, before anything works on it: texts with NUL or broken surrogates, and values
 * nested so deep that walking them would end the stack. Walks without recursion for that very reason.
 */
export function assertSound(value: unknown, prefix = ''): void {
  const open: { value: unknown; path: string; depth: number }[] = [{ value, path: prefix, depth: 0 }];
  for (let one = open.pop(); one; one = open.pop()) {
    if (typeof one.value === 'string') assertText(one.value, one.path);
    if (typeof one.value !== 'object' || one.value === null) continue;
    if (one.depth >= MAX_DEPTH) throw new CodedError('invalid_request', { fields: [{ field: prefix || 'body', code: 'invalid' }] });
    for (const [name, inner] of Object.entries(one.value)) {
      assertText(name, one.path);
      open.push({ value: inner, path: one.path === '' ? name : `${one.path}.${name}`, depth: one.depth + 1 });
    }
  }
}

function assertText(text: string, field: string): void {
  if (text.includes('\0')) throw invalidField(field || 'body', 'nul');
  if (!text.isWellFormed()) throw invalidField(field || 'body', 'lone_surrogate');
}
