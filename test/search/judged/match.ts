import { fold, isForgiven, needle, spaced, tokensOf, withinOneTypo } from '../../../src/search/analyse/index.js';
import type { Clause, ParsedQuery, SearchDocument } from '../../../src/search/index.js';

/** Columns of filters that compare equal; the others are spelt out. */
const SAME = ['service_type', 'client_type', 'department', 'channel', 'sensitivity', 'medium', 'state', 'year', 'evaluation', 'client_number'] as const;

function passes(document: SearchDocument, filters: ParsedQuery['filters']): boolean {
  if (filters.closed || filters.until) throw new Error('days are not compared here');
  return (
    SAME.every((column) => filters[column] === undefined || (filters[column] as readonly unknown[]).includes(document[column])) &&
    (filters.staff === undefined || filters.staff.some((one) => one === document.staff_number || one === document.staff_name)) &&
    (filters.tag === undefined || filters.tag.some((one) => document.tags.includes(one)))
  );
}

/** Looks through the texts of all documents for what a query asks: no engine, no index, no order. */
export class Matcher {
  readonly #all: { document: SearchDocument; texts: string[] }[];
  /** Every word of the texts in which a typo may be forgiven. */
  readonly #words = new Set<string>();

  constructor(documents: Iterable<SearchDocument>) {
    this.#all = [...documents].map((document) => {
      const folded = [...document.numbers, ...Object.values(document.texts)].map(fold);
      for (const one of folded) for (const word of tokensOf(one)) if (isForgiven(word)) this.#words.add(word);
      return { document, texts: folded.map(spaced) };
    });
  }

  /** Service numbers of the documents that match. */
  matches({ all, none, filters }: ParsedQuery): Set<string> {
    const wanted = all.map((clause) => this.#needles(clause));
    const unwanted = none.map((clause) => this.#needles({ ...clause, forgiving: false }));
    const occurs = (texts: readonly string[], needles: readonly string[]): boolean => needles.some((one) => texts.some((text) => text.includes(one)));
    const found = this.#all.filter(
      ({ document, texts }) => passes(document, filters) && wanted.every((one) => occurs(texts, one)) && !unwanted.some((one) => occurs(texts, one)),
    );
    return new Set(found.map(({ document }) => document.numbers[0] ?? ''));
  }

  /** Every way in which a clause may be written in the texts. */
  #needles({ phrases, forgiving }: Clause): string[] {
    const folded = phrases.map(fold);
    const misspelt = forgiving ? folded.filter(isForgiven).flatMap((one) => [...this.#words].filter((word) => withinOneTypo(word, one))) : [];
    return [...folded, ...misspelt].map(needle);
  }
}
