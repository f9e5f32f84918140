import { droppedForms, fold, isForgiven, needle, spaced, tokensOf, tokensOfPhrase, withinOneTypo } from '../analyse/index.js';
import type { Clause } from '../port.js';
import type { Synonyms } from '../query/synonyms.js';
import { conceptToken } from './tokens.js';

/**
 * Groups of synonyms as tokens of the index. Meilisearch cannot ask for "this phrase or that one", so a text that holds any
 * word of a group holds the group's token, and a clause that is a group asks for that.
 */
export interface Concepts {
  readonly digest: string;
  /** Tokens of the groups that occur in texts. */
  tokensIn(texts: readonly string[]): string[];
  /** The token that answers for a clause of several phrases; `null` where they are no group. */
  tokenOf(clause: Clause): string | null;
}

interface Member {
  group: number;
  needle: string;
}

export function conceptsOf(synonyms: Pick<Synonyms, 'groups' | 'digest'>): Concepts {
  const byFirst = new Map<string, Member[]>();
  const near = new Map<string, { group: number; word: string }[]>();
  const byPhrases = new Map<string, number>();
  const key = (phrases: readonly string[]): string => JSON.stringify([...new Set(phrases.map((one) => fold(one).trim()))].sort());
  const put = <T>(map: Map<string, T[]>, at: string, value: T): void => void (map.get(at)?.push(value) ?? map.set(at, [value]));
  for (const [group, members] of synonyms.groups.entries()) {
    byPhrases.set(key(members), group);
    for (const member of members) {
      const [first] = tokensOfPhrase(member);
      if (first === undefined) continue;
      put(byFirst, first, { group, needle: needle(fold(member)) });
      const word = fold(member).trim();
      if (isForgiven(word) && word === first) for (const form of droppedForms(word)) put(near, form, { group, word });
    }
  }

  function groupsIn(text: string): { exact: Set<number>; near: Set<number> } {
    const folded = fold(text);
    const tokens = new Set(tokensOf(folded));
    const [exact, close] = [new Set<number>(), new Set<number>()];
    let form: string | undefined;
    for (const token of tokens) {
      for (const member of byFirst.get(token) ?? []) {
        form ??= spaced(folded);
        if (!exact.has(member.group) && form.includes(member.needle)) exact.add(member.group);
      }
      if (near.size > 0 && isForgiven(token))
        for (const dropped of droppedForms(token))
          for (const { group, word } of near.get(dropped) ?? []) if (!close.has(group) && withinOneTypo(word, token)) close.add(group);
    }
    for (const group of exact) close.add(group);
    return { exact, near: close };
  }

  return {
    digest: synonyms.digest,
    tokensIn(texts) {
      const found = new Set<string>();
      for (const text of texts) {
        const groups = groupsIn(text);
        for (const group of groups.exact) found.add(conceptToken(group, false));
        for (const group of groups.near) found.add(conceptToken(group, true));
      }
      return [...found];
    },
    tokenOf(clause) {
      const group = byPhrases.get(key(clause.phrases));
      return group === undefined ? null : conceptToken(group, clause.forgiving);
    },
  };
}
