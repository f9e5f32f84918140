import { fold, isForgiven, tokensOfPhrase, withinOneTypo } from './analyse/index.js';
import type { Clause } from './port.js';

/** The words of clauses in which a typo is forgiven, as they stand in an index: phrases of one long word, in forgiving clauses. */
export function forgivenWords(clauses: readonly Clause[]): string[] {
  const words = new Set<string>();
  for (const clause of clauses) {
    if (!clause.forgiving) continue;
    for (const phrase of clause.phrases) {
      const [word, ...more] = tokensOfPhrase(phrase);
      if (word !== undefined && more.length === 0 && isForgiven(fold(phrase).trim())) words.add(word);
    }
  }
  return [...words];
}

/**
 * Words that stood in for misspelt ones, sorted. They are taken from the texts that are shown and from nothing else, so that
 * no word of a hidden record can be among them.
 * @param spacedTexts what the viewer may see of the hits of a page, each as `spaced(fold(text))`
 */
export function correctionsIn(spacedTexts: Iterable<string>, clauses: readonly Clause[]): string[] {
  const wanted = forgivenWords(clauses);
  const found = new Set<string>();
  if (wanted.length === 0) return [];
  const seen = new Set<string>();
  for (const text of spacedTexts)
    for (const word of text.split(/\s+/u)) {
      if (seen.has(word)) continue;
      seen.add(word);
      if (isForgiven(word) && wanted.some((one) => one !== word && withinOneTypo(one, word))) found.add(word);
    }
  return [...found].sort();
}
