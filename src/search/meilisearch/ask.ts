import { fold, isForgiven, needle, runsOf, spaced, tokensOf, withinOneTypo, type Run } from '../analyse/index.js';
import type { Clause, TextQuery } from '../port.js';
import type { Concepts } from './concepts.js';
import { isTolerated, pairTokens, signToken, wordToken } from './tokens.js';

/** A query in Meilisearch's language. */
export interface Asked {
  q: string;
  /** It finds exactly what is wanted. Otherwise it finds that and perhaps more, and every hit has to be looked at. */
  exact: boolean;
  /** Nothing can meet it. */
  nothing: boolean;
}

/** Meilisearch looks at so many terms of a query and drops the others without a word. Excluded ones do not count. */
const TERMS = 10;

interface Terms {
  terms: string[];
  exact: boolean;
}

const quoted = (tokens: readonly string[]): string => `"${tokens.join(' ')}"`;

/** What a Chinese run asks for. Exact where pairs that follow each other leave no other reading: up to three signs, or four different ones. */
function solidTerms(text: string): Terms {
  const signs = Array.from(text);
  const [only] = signs;
  if (signs.length === 1 && only !== undefined) return { terms: [quoted([signToken(only)])], exact: true };
  const distinct = new Set(signs).size === signs.length;
  return { terms: [quoted(pairTokens(text))], exact: signs.length === 2 || (signs.length <= 4 && distinct) };
}

/** What a phrase asks for; `null` where it can occur nowhere. Words beside each other are one phrase, Chinese runs phrases of their own. */
function phraseTerms(phrase: string): Terms | null {
  const runs = runsOf(fold(phrase));
  const [first] = runs;
  if (first === undefined) return null;
  if (runs.length === 1) return first.solid ? solidTerms(first.text) : { terms: [quoted([wordToken(first.text)])], exact: true };
  const terms: string[] = [];
  let words: Run[] = [];
  const close = (): void => {
    if (words.length > 0) terms.push(quoted(words.map((run) => wordToken(run.text))));
    words = [];
  };
  for (const run of runs) {
    if (!run.solid) words.push(run);
    else {
      close();
      terms.push(...solidTerms(run.text).terms);
    }
  }
  close();
  return { terms, exact: runs.length === 2 && runs.every((run) => !run.solid) && runs[0]?.text !== runs[1]?.text };
}

/** Phrases of a clause that can occur, once each. */
function possible(clause: Clause): string[] {
  return [...new Set(clause.phrases.map((one) => fold(one).trim()))].filter((one) => runsOf(one).length > 0);
}

function wanted(clause: Clause, concepts: Concepts): Terms | null {
  const phrases = possible(clause);
  const [phrase] = phrases;
  if (phrase === undefined) return null;
  if (phrases.length > 1) {
    const token = concepts.tokenOf(clause);
    return token === null ? { terms: [], exact: false } : { terms: [quoted([token])], exact: true };
  }
  const terms = phraseTerms(phrase);
  const word = clause.forgiving && isForgiven(phrase) ? wordToken(phrase) : undefined;
  return word !== undefined && isTolerated(word) ? { terms: [word], exact: true } : terms;
}

/** Excluded ones have to be exact: what finds too much would leave out too much. */
function unwanted(clause: Clause): Terms {
  const all: Terms = { terms: [], exact: !clause.forgiving };
  for (const phrase of possible(clause)) {
    const { terms, exact } = phraseTerms(phrase) as Terms;
    if (exact) all.terms.push(...terms.map((term) => `-${term}`));
    else all.exact = false;
  }
  return all;
}

/** Puts a query into Meilisearch's language. What is excluded stands first, where the limit of terms does not reach. */
export function ask(text: TextQuery, concepts: Concepts): Asked {
  const without = text.none.map(unwanted);
  const all = text.all.map((clause) => wanted(clause, concepts));
  const terms = [...new Set(all.flatMap((one) => one?.terms ?? []))];
  return {
    q: [...new Set(without.flatMap((one) => one.terms)), ...terms.slice(0, TERMS)].join(' '),
    exact: terms.length <= TERMS && without.every((one) => one.exact) && all.every((one) => one?.exact !== false),
    nothing: all.includes(null),
  };
}

/** Whether texts meet a query, by looking at them. */
export function meets(texts: readonly string[], query: TextQuery): boolean {
  const folded = texts.map(fold);
  const forms = folded.map(spaced);
  let words: Set<string> | undefined;
  const near = (phrase: string): boolean => {
    const [word, ...more] = tokensOf(phrase);
    if (word === undefined || more.length > 0 || !isForgiven(phrase)) return false;
    words ??= new Set(folded.flatMap(tokensOf));
    for (const one of words) if (isForgiven(one) && withinOneTypo(one, word)) return true;
    return false;
  };
  const occurs = (clause: Clause): boolean =>
    possible(clause).some((phrase) => {
      const looked = needle(phrase);
      return forms.some((form) => form.includes(looked)) || (clause.forgiving && near(phrase));
    });
  return query.all.every(occurs) && !query.none.some(occurs);
}
