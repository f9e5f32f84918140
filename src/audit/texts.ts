import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Entry, EntryInput } from './types.js';

/** Longest code of a fact, and codes of one entry: both stay below what an entry may hold. */
const CODE = 240;
const CODES = 14;
/** Largest text that is put together again: nothing that stands in the log may fill the memory of who reads it. */
const MOST = 4 * 2 ** 20;

const digestOf = (canonical: string): string => `sha256:${createHash('sha256').update(canonical).digest('hex')}`;

/**
 * The entries that keep the whole text of a rule in the log: its canonical JSON, deflated (RFC 1951), as base64url, in as many
 * entries as it needs. Facts are codes of limited length, so the text stands in pieces; `digest` is that of the text.
 */
export function textEntries(entry: Pick<EntryInput, 'actor' | 'act' | 'subject'>, canonical: string): EntryInput[] {
  const coded = deflateRawSync(Buffer.from(canonical, 'utf8'), { level: 9 }).toString('base64url');
  const codes = coded.match(new RegExp(`.{1,${CODE}}`, 'g')) ?? [];
  const parts = Math.ceil(codes.length / CODES);
  const digest = digestOf(canonical);
  return Array.from({ length: parts }, (_, i) => ({
    ...entry,
    decision: 'allow',
    facts: { digest, part: i + 1, parts, text: codes.slice(i * CODES, (i + 1) * CODES) },
  }));
}

/** Puts texts together that the log keeps in pieces, by their digest; what is not whole, or not what its digest says, is none. */
export class TextsOnRecord {
  readonly #pieces = new Map<string, (readonly string[])[]>();
  readonly #whole = new Map<string, string>();

  /** Takes an entry made by {@link textEntries}; anything else is left alone. */
  take(entry: Pick<Entry, 'facts'>): void {
    const { digest, part, parts, text } = entry.facts ?? {};
    if (typeof digest !== 'string' || typeof part !== 'number' || typeof parts !== 'number' || !Array.isArray(text) || this.#whole.has(digest)) return;
    const pieces = this.#pieces.get(digest) ?? [];
    this.#pieces.set(digest, pieces);
    pieces[part - 1] = text;
    if (pieces.filter((one) => one !== undefined).length < parts) return;
    this.#pieces.delete(digest);
    const whole = joined(pieces);
    if (whole !== undefined && digestOf(whole) === digest) this.#whole.set(digest, whole);
  }

  get(digest: string): string | undefined {
    return this.#whole.get(digest);
  }
}

function joined(pieces: readonly (readonly string[])[]): string | undefined {
  try {
    return inflateRawSync(Buffer.from(pieces.flat().join(''), 'base64url'), { maxOutputLength: MOST }).toString('utf8');
  } catch {
    return undefined;
  }
}
