import canonicalize from 'canonicalize';

/** Canonical JSON (RFC 8785). Throws on what JSON cannot hold. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('not a JSON value');
  return text;
}
