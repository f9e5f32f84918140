import { formatFor, phrasesFor, say, type AllPhrases, type Format, type Lang, type Params } from '../phrases/index.js';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** What every page function is given beside its model: the language's texts and formats, and the present moment. */
export interface View {
  lang: Lang;
  p: AllPhrases;
  f: Format;
  now: Date;
  say(text: string, params?: Params): string;
}

export function makeView(lang: Lang, now: Date, timeZone?: string): View {
  return { lang, p: phrasesFor(lang), f: formatFor(lang, timeZone), now, say };
}

/** A text of a table of texts by a key that came from data; the key itself where there is none. */
export function textOf(texts: object, key: string): string {
  const text = (texts as Record<string, unknown>)[key];
  return Object.hasOwn(texts, key) && typeof text === 'string' ? text : key;
}
