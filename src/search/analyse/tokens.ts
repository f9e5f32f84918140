import { fold } from './fold.js';

/** Changes when the same text would give other tokens: the index is then built anew. */
export const ANALYSIS = 1;

/** Longest word that is kept whole; the rest of a longer one is dropped, in texts and in queries alike. */
export const WORD_LENGTH = 64;

/** Scripts written without blanks between words: they are cut into pairs of signs. */
const RUN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}々〇ー]+|[\p{L}\p{N}\p{M}]+/gu;
const SOLID = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}々〇ー]/u;

export interface Run {
  text: string;
  /** Signs written without blanks (Chinese). */
  solid: boolean;
  /** Place in the folded text. */
  at: number;
}

/** The runs of a folded text: solid ones of Chinese signs, and words. What stands between them is no token. */
export function runsOf(folded: string): Run[] {
  const runs: Run[] = [];
  for (const match of folded.matchAll(RUN)) {
    // a word may hold solid signs in its middle ("a股"): cut there
    let at = match.index;
    for (const piece of split(match[0])) {
      runs.push({ text: piece, solid: SOLID.test(piece), at });
      at += piece.length;
    }
  }
  return runs;
}

function split(text: string): string[] {
  if (SOLID.test(text)) return [text];
  const pieces: string[] = [];
  let word = '';
  for (const sign of text) {
    const solid = SOLID.test(sign);
    if (word !== '' && solid !== SOLID.test(word)) {
      pieces.push(word);
      word = '';
    }
    word += sign;
  }
  if (word !== '') pieces.push(word);
  return pieces;
}

/** Neighbouring pairs of a solid run; a single sign is a token of its own. */
export function pairsOf(run: string): string[] {
  const signs = Array.from(run);
  if (signs.length === 1) return signs;
  const pairs: string[] = [];
  for (let i = 0; i + 1 < signs.length; i++) pairs.push((signs[i] as string) + (signs[i + 1] as string));
  return pairs;
}

const cutWord = (word: string): string => (word.length <= WORD_LENGTH ? word : word.slice(0, WORD_LENGTH));

/** The tokens of a folded text in order: words whole, solid runs as pairs. */
export function tokensOf(folded: string): string[] {
  const tokens: string[] = [];
  for (const run of runsOf(folded)) {
    if (run.solid) for (const pair of pairsOf(run.text)) tokens.push(pair);
    else tokens.push(cutWord(run.text));
  }
  return tokens;
}

/** The single signs of the solid runs, so that one sign can be searched too. Without doubles. */
export function signsOf(folded: string): string[] {
  const signs = new Set<string>();
  for (const run of runsOf(folded)) if (run.solid) for (const sign of run.text) signs.add(sign);
  return [...signs];
}

/**
 * A folded text in the form in which phrases are looked for: ` 5g 套餐费用 ` — one blank at every edge of a run, none inside
 * a solid run. A phrase in the same form, with its outer blanks dropped beside solid signs, then occurs where it reads so.
 */
export function spaced(folded: string): string {
  const runs = runsOf(folded);
  return runs.length === 0 ? ' ' : ` ${runs.map((run) => (run.solid ? run.text : cutWord(run.text))).join(' ')} `;
}

/** What to look for inside `spaced` texts: Chinese edges are open, edges of words are closed. */
export function needle(folded: string): string {
  const runs = runsOf(folded);
  const text = spaced(folded).trim();
  return `${runs[0]?.solid === false ? ' ' : ''}${text}${runs.at(-1)?.solid === false ? ' ' : ''}`;
}

/** Whether a clause's phrase is one token, so that the index alone answers for it. */
export function isOneToken(folded: string): boolean {
  const runs = runsOf(folded);
  const [only] = runs;
  return runs.length === 1 && only !== undefined && (!only.solid || Array.from(only.text).length <= 2);
}

/** Tokens of the index that a record must have for a phrase to occur in it: necessary, and for one token sufficient. */
export function tokensOfPhrase(phrase: string): string[] {
  return [...new Set(tokensOf(fold(phrase)))];
}
