import { createHash } from 'node:crypto';
import { fold, isForgiven, runsOf, WORD_LENGTH, type Run } from '../analyse/index.js';

/**
 * How our tokens are written for Meilisearch, so that both engines mean the same by a word. Its own analysis cuts text by
 * script, drops accents and splits words at places that the statistics of the whole index suggest; of the forms below it makes
 * exactly one token each. All begin with a digit, which says the kind, and hold Latin letters and digits only:
 *
 * - `0` word in which a typo is forgiven: five letters and more, written letter by letter. It begins with a digit so that a typo
 *   in the first letter counts as one (Meilisearch counts the first sign twice), and so that no part of it, cut off as
 *   Meilisearch tries to, is ever a token: a later part would have to begin with a letter.
 * - `1` pair of neighbouring signs of a Chinese run; `4` one sign
 * - `2` any other word of ASCII letters and digits; `3` a word in other letters, as a digest
 * - `5` one of a group of synonyms occurs here; `6` the same, one typo forgiven
 */
const KIND = { forgiven: '0', pair: '1', plain: '2', other: '3', sign: '4', concept: '5', nearConcept: '6' } as const;

/** Letters that are forgiven and not Latin for Meilisearch stand as single Latin letters that no language here uses. */
const LETTERS = new Map<string, string>();
[...range(0x430, 0x45f), ...range(0x3ac, 0x3ce), ...'ßæðøþđħıĸłŋœŧ'].forEach((letter, i) => LETTERS.set(letter, String.fromCodePoint(0x250 + i)));

function range(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i));
}

const four = (sign: string): string => (sign.codePointAt(0) ?? 0).toString(36).padStart(4, '0');

/** The letters of a forgiven word as they are written, or `null` where one of them has no form. */
function lettersOf(word: string): string | null {
  let written = '';
  for (const letter of word) {
    const form = letter >= 'a' && letter <= 'z' ? letter : LETTERS.get(letter);
    if (form === undefined) return null;
    written += form;
  }
  return written;
}

const cut = (word: string): string => (word.length <= WORD_LENGTH ? word : word.slice(0, WORD_LENGTH));

/** A folded word as a token. */
export function wordToken(whole: string): string {
  const word = cut(whole);
  const letters = isForgiven(word) ? lettersOf(word) : null;
  if (letters !== null) return KIND.forgiven + letters;
  if (/^[a-z0-9]+$/.test(word)) return KIND.plain + word;
  return KIND.other + createHash('sha256').update(word.toWellFormed()).digest('hex').slice(0, 40);
}

/** Whether Meilisearch's own tolerance of typos works for it. */
export const isTolerated = (token: string): boolean => token.startsWith(KIND.forgiven);

export const signToken = (sign: string): string => KIND.sign + four(sign);

/** Pairs of a solid run in order; none for a single sign. */
export function pairTokens(run: string): string[] {
  const signs = Array.from(run);
  return signs.slice(1).map((sign, i) => KIND.pair + four(signs[i] as string) + four(sign));
}

/** Stands for a group of synonyms. */
export const conceptToken = (group: number, near: boolean): string => (near ? KIND.nearConcept : KIND.concept) + group.toString(36).padStart(4, '0');

/** Places of words that Meilisearch counts in one field; what comes later it drops without a word. */
const PLACES = 65_000;
/** Places that it leaves at a full stop, so that nothing before stands near what follows. */
const STOP = 8;
/** Tokens that a field repeats of the one before it, so that no phrase is lost at the seam. */
const SEAM = 3;

/**
 * The tokens of texts in order, as few fields as they need. A stop stands wherever a Chinese run begins or ends, so that pairs
 * of different runs are never neighbours; words beside each other are, whatever stands between them.
 * @param most how many fields there are; what does not fit is not found by its words
 */
export function fieldsOf(texts: readonly string[], most: number): string[] {
  const fields: string[] = [];
  let field = '';
  let places = 0;
  const last: { token: string; stop: boolean }[] = [];
  const write = (token: string, stop: boolean): void => {
    field += field === '' ? token : stop ? `. ${token}` : ` ${token}`;
    places += stop ? STOP : 1;
  };
  const push = (token: string, stop: boolean): void => {
    if (places + STOP > PLACES) {
      fields.push(field);
      field = '';
      places = 0;
      for (const one of last) write(one.token, one.stop);
    }
    write(token, stop);
    last.push({ token, stop });
    if (last.length > SEAM) last.shift();
  };
  for (const text of texts) {
    let before: Run | undefined;
    for (const run of runsOf(fold(text))) {
      if (fields.length >= most) return fields;
      const stop = before === undefined || before.solid || run.solid;
      if (run.solid) pairTokens(run.text).forEach((token, i) => fields.length < most && push(token, stop && i === 0));
      else push(wordToken(run.text), stop);
      before = run;
    }
  }
  return field === '' || fields.length >= most ? fields : [...fields, field];
}

/** The single signs of texts, apart from each other. */
export function signsField(texts: readonly string[]): string {
  const signs = new Set<string>();
  for (const text of texts) for (const run of runsOf(fold(text))) if (run.solid) for (const sign of run.text) signs.add(signToken(sign));
  return apart([...signs]);
}

/** Tokens that are no neighbours. */
export const apart = (tokens: readonly string[]): string => tokens.join('. ');
