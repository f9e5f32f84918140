import { en } from './en/index.js';
import { zh } from './zh/index.js';
import type { Lang, Phrases } from './types.js';

export { formatFor, type Format } from './format.js';
export { say, slotsOf } from './say.js';
export { LANGS, type Lang, type Params, type Phrases } from './types.js';

/** Every text a person sees, by module. */
export type AllPhrases = Phrases<typeof zh>;

/** All phrases of a language. */
export function phrasesFor(lang: Lang): AllPhrases {
  return lang === 'en' ? en : zh;
}

export function isLang(value: unknown): value is Lang {
  return value === 'zh' || value === 'en';
}
