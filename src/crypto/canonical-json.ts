import canonicalize from 'canonicalize';

/** Canonical JSON (RFC 8785): the same value always gives the same text, whatever the order of its keys. */
export function canonicalJson(value: unknown): string {
  const plain = ordered(value);
  const text = plain === ODD ? canonicalize(value) : JSON.stringify(plain);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}

/** Stands for a value that is left to the library: one that is not plain JSON, or whose keys cannot be put in order. */
const ODD = Symbol('odd');

/**
 * Plain JSON with its keys in order, the value itself where they are: the RFC writes numbers and texts as `JSON.stringify` does, so
 * that nothing else is left to do, and engines do that many times faster.
 */
function ordered(value: unknown): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : ODD;
  if (typeof value === 'number') return Number.isFinite(value) ? value : ODD;
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value !== 'object') return ODD;
  if (Array.isArray(value)) return orderedList(value);
  const kind: unknown = Object.getPrototypeOf(value);
  return kind === Object.prototype || kind === null ? orderedObject(value as Record<string, unknown>) : ODD;
}

function orderedList(list: readonly unknown[]): unknown {
  let copy: unknown[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const one = ordered(list[i]);
    if (one === ODD) return ODD;
    if (one !== list[i]) (copy ??= [...list])[i] = one;
  }
  return copy ?? list;
}

/** An object puts keys that look like numbers first, takes the second for its prototype, and lets the third write it. */
const isOdd = (key: string): boolean =>
  (key.charCodeAt(0) >= 0x30 && key.charCodeAt(0) <= 0x39) || key === '__proto__' || key === 'toJSON' || !key.isWellFormed();

function orderedObject(object: Record<string, unknown>): unknown {
  const keys = Object.keys(object);
  let same = true;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    if (isOdd(key)) return ODD;
    if (i > 0 && (keys[i - 1] as string) > key) same = false;
  }
  const values: Record<string, unknown> = {};
  for (const key of same ? keys : keys.sort()) {
    const one = ordered(object[key]);
    if (one === ODD) return ODD;
    if (one !== object[key]) same = false;
    values[key] = one;
  }
  return same ? object : values;
}
