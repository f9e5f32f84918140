/** The two languages of every text. Chinese is the source of shape. */
export const LANGS = ['zh', 'en'] as const;
export type Lang = (typeof LANGS)[number];

/** The same tree with any text at its leaves: a phrase missing in the other language does not compile. */
export type Phrases<T> = T extends string ? string : { readonly [K in keyof T]: Phrases<T[K]> };

/** What fills the slots of a text. Numbers are grouped; pass codes and years as strings. */
export type Params = Readonly<Record<string, string | number | bigint>>;
