import { createHash } from 'node:crypto';
import { z } from 'zod';
import { readYaml } from '../../config/index.js';
import { canonicalJson } from '../../crypto/index.js';
import { check } from '../../errors/index.js';
import { fold } from '../analyse/index.js';
import type { Clause } from '../port.js';

const word = z.string().min(2).max(40);
const file = z.strictObject({
  format: z.literal(1),
  id: z.string(),
  version: z.string(),
  /** Each group: words that mean the same to who searches. A word stands in one group only. */
  groups: z.array(z.array(word).min(2).max(20)).max(500),
});

/** Words that find each other. */
export interface Synonyms {
  /** Folded. */
  readonly groups: readonly (readonly string[])[];
  readonly digest: string;
  /** The clauses with every word that means the same: a word alone, or words beside each other that have a synonym together. */
  widen(clauses: readonly Clause[]): Clause[];
}

/** Clauses beside each other as one phrase; nothing where one of them has alternatives already, or there are not so many. */
function together(clauses: readonly Clause[], at: number, length: number): string {
  const some = clauses.slice(at, at + length);
  return some.length === length && some.every((one) => one.phrases.length === 1) ? some.map((one) => one.phrases[0]).join(' ') : '';
}

/** Throws where a word stands in two groups: it would make words find each other that do not mean the same. */
export function synonymsOf(groups: readonly (readonly string[])[]): Synonyms {
  const folded = groups.map((group) => [...new Set(group.map((one) => fold(one).trim()))]);
  const byWord = new Map<string, readonly string[]>();
  for (const group of folded)
    for (const one of group) {
      if (byWord.has(one)) throw new Error(`a word stands in two groups of synonyms: ${one}`);
      byWord.set(one, group);
    }
  return {
    groups: folded,
    digest: createHash('sha256').update(canonicalJson(folded)).digest('hex'),
    widen(clauses) {
      const wide: Clause[] = [];
      for (let at = 0; at < clauses.length;) {
        const length = [3, 2, 1].find((one) => byWord.has(together(clauses, at, one))) ?? 0;
        const first = clauses[at] as Clause;
        if (length === 0) wide.push(first);
        else {
          const own = together(clauses, at, length);
          const others = (byWord.get(own) ?? []).filter((one) => one !== own);
          wide.push({ phrases: [own, ...others], forgiving: length === 1 && first.forgiving });
        }
        at += Math.max(length, 1);
      }
      return wide;
    },
  };
}

/** Reads a file of synonyms. A broken one throws: words would silently stop to find each other. */
export async function loadSynonyms(path: string): Promise<Synonyms> {
  return synonymsOf(check(file, await readYaml(path)).groups);
}
