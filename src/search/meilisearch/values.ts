import { createHash } from 'node:crypto';

/**
 * A value as it stands in the fields that are filtered. Meilisearch compares without case, accents and outer blanks, and only
 * the beginnings of long values; what it could mistake is written so that nothing else reads like it.
 */
export function storedValue(value: string): string {
  if (/^[a-z0-9_.-]{1,100}$/.test(value)) return value;
  const bytes = Buffer.from(value.toWellFormed());
  return bytes.length <= 200 ? `=${bytes.toString('hex')}` : `#${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The value that `storedValue` wrote; only of a long one a digest is left. */
export function valueOf(stored: string): string {
  return stored.startsWith('=') ? Buffer.from(stored.slice(1), 'hex').toString() : stored;
}
