import canonicalize from 'canonicalize';

/** Canonical JSON (RFC 8785): the same value always gives the same text, whatever the order of its keys. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}
