import { droppedForms, fold, isForgiven, isOneToken, needle, runsOf, signsOf, spaced, tokensOf } from '../analyse/index.js';
import { PARTS, type Part, type SearchDocument } from '../port.js';

/** PostgreSQL takes 1 MB of words a document. What stands after that can be read in a hit but is not found by. */
const BUDGET = 1_000_000;

/** Weights of `tsvector`, each with a place of its own, so that a word that stands in two texts keeps both. */
const PLACE: Readonly<Record<Part, string>> = { title: '1A', solution: '2B', content: '3C', files: '4' };

/** A document as it stands in the table. */
export interface Vectors {
  /** Of numbers and title, as the text form of a `tsvector`. */
  cat: string;
  catText: string;
  /** Of everything. */
  words: string;
  text: string;
  texts: Record<Part, string>;
  /** Words in which a typo may be forgiven. */
  vocabulary: string[];
}

/** PostgreSQL holds neither NUL nor half a surrogate pair; neither is part of a token. */
export const storable = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '') : text).toWellFormed();

/** One word of a `tsvector` or `tsquery`. */
export const quoted = (token: string): string => `'${token.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

class Words {
  private readonly places = new Map<string, string>();
  private bytes = 0;

  add(folded: string, place: string): void {
    for (const tokens of [tokensOf(folded), signsOf(folded)])
      for (const token of tokens) {
        const known = this.places.get(token);
        if (known !== undefined && known.endsWith(place)) continue;
        this.bytes += known === undefined ? Buffer.byteLength(token) + 6 : 2;
        if (this.bytes > BUDGET) return;
        this.places.set(token, known === undefined ? place : `${known},${place}`);
      }
  }

  get size(): number {
    return this.places.size;
  }

  *keys(): Iterable<string> {
    yield* this.places.keys();
  }

  toString(): string {
    let text = '';
    for (const [token, places] of this.places) text += `${quoted(token)}:${places} `;
    return text;
  }
}

/** Texts one after the other; no phrase runs on from one into the next. */
const joined = (folded: readonly string[]): string => folded.map(spaced).join('\n');

export function vectorsOf(document: SearchDocument): Vectors {
  const folded = Object.fromEntries(PARTS.map((part) => [part, fold(document.texts[part])])) as Record<Part, string>;
  const catalogue = [...document.numbers.map(fold), folded.title];
  const content = [folded.solution, folded.content, folded.files];
  const words = new Words();
  for (const one of catalogue) words.add(one, PLACE.title);
  const cat = words.toString();
  for (const part of PARTS) if (part !== 'title') words.add(folded[part], PLACE[part]);
  const catText = joined(catalogue);
  return {
    cat,
    catText,
    words: words.toString(),
    text: content.every((one) => one === '') ? catText : `${catText}\n${joined(content)}`,
    texts: Object.fromEntries(PARTS.map((part) => [part, storable(document.texts[part])])) as Record<Part, string>,
    vocabulary: [...words.keys()].filter(isForgiven),
  };
}

/** Words that could stand for a misspelt one are found by what is left of both when a letter is dropped. */
export const formsOf = droppedForms;

/** A phrase as it is looked for. */
export interface Wanted {
  /** All of these stand in a document in which the phrase occurs, as a `tsquery`. */
  tokens: string;
  /** Where that is not enough: what its text holds then. */
  needle: string | null;
}

/** `null` for a phrase that holds nothing to look for, and so occurs nowhere. */
export function wantedOf(phrase: string): Wanted | null {
  const folded = fold(phrase);
  if (runsOf(folded).length === 0) return null;
  const tokens = [...new Set(tokensOf(folded))].map(quoted).join(' & ');
  return { tokens, needle: isOneToken(folded) ? null : needle(folded) };
}
