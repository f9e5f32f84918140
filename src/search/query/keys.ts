import { CHANNELS, CLIENT_TYPES, MEDIA, SENSITIVITIES, SERVICE_TYPES } from '../../classification/index.js';
import { STATES } from '../../access/index.js';
import { type AllPhrases, LANGS, phrasesFor } from '../../phrases/index.js';
import { fold } from '../analyse/index.js';

/** Filters that can be typed, by their English name; what else each is called stands in the phrases, so that both languages understand both. */
export const KEYS = [
  'type',
  'clientType',
  'client',
  'staff',
  'department',
  'channel',
  'sensitivity',
  'medium',
  'state',
  'evaluation',
  'year',
  'date',
  'until',
  'tag',
] as const;
export type Key = (typeof KEYS)[number];

/** Keys whose values form a closed set, with the set and the place of its texts. */
export const CLOSED = {
  type: { values: SERVICE_TYPES, texts: (all: AllPhrases) => all.values.serviceType },
  clientType: { values: CLIENT_TYPES, texts: (all: AllPhrases) => all.values.clientType },
  channel: { values: CHANNELS, texts: (all: AllPhrases) => all.values.channel },
  sensitivity: { values: SENSITIVITIES, texts: (all: AllPhrases) => all.values.sensitivity },
  medium: { values: MEDIA, texts: (all: AllPhrases) => all.values.medium },
  state: { values: STATES, texts: (all: AllPhrases) => all.values.recordState },
} as const satisfies Partial<Record<Key, { values: readonly string[]; texts: (all: AllPhrases) => Readonly<Record<string, string>> }>>;
export type ClosedKey = keyof typeof CLOSED;

export const isClosed = (key: Key): key is ClosedKey => Object.hasOwn(CLOSED, key);

const same = (text: string): string => fold(text).replace(/[\s_-]/g, '');

function names(): Map<string, Key> {
  const map = new Map<string, Key>();
  for (const key of KEYS) {
    map.set(same(key), key);
    for (const lang of LANGS) for (const name of phrasesFor(lang).search.keys[key].split('|')) map.set(same(name), key);
  }
  return map;
}
const NAMES = names();

/** The key that a name means, in either language; `undefined` where it is none. */
export function keyOf(name: string): Key | undefined {
  return NAMES.get(same(name));
}

/** The code that a value of a closed set means: the code itself, or its text in either language. */
export function valueOf(key: ClosedKey, text: string): string | undefined {
  const { values, texts } = CLOSED[key];
  const wanted = same(text);
  return values.find(
    (value) => same(value) === wanted || LANGS.some((lang) => same((texts(phrasesFor(lang)) as Record<string, string>)[value] ?? '') === wanted),
  );
}
