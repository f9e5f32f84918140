/** Shortest word in which a typo is forgiven, in letters. */
export const FORGIVEN_LENGTH = 5;

const FORGIVEN = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]+$/u;

/** Whether one typo in a word is forgiven: words of letters, five and more. Numbers never. */
export function isForgiven(word: string): boolean {
  return word.length >= FORGIVEN_LENGTH && FORGIVEN.test(word);
}

/**
 * A word and what is left of it when one letter is dropped. Two words that differ by one typo (a letter dropped, added,
 * changed, or two neighbours swapped) share one of these, so that an index of them finds all candidates exactly.
 */
export function droppedForms(word: string): string[] {
  const forms = new Set([word]);
  for (let i = 0; i < word.length; i++) forms.add(word.slice(0, i) + word.slice(i + 1));
  return [...forms];
}

/** Whether two words are equal but for at most one typo: dropped, added, changed, or two neighbours swapped. */
export function withinOneTypo(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at++;
  if (long.length > short.length) return short.slice(at) === long.slice(at + 1);
  if (short.slice(at + 1) === long.slice(at + 1)) return true;
  return short[at] === long[at + 1] && short[at + 1] === long[at] && short.slice(at + 2) === long.slice(at + 2);
}
