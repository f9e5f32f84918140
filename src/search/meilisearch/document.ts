import { PARTS, type Part, type SearchDocument } from '../port.js';
import type { Concepts } from './concepts.js';
import { extraField, FIELDS, wordField } from './settings.js';
import { apart, fieldsOf, signsField } from './tokens.js';
import { storedValue } from './values.js';

/** `r`: what who may read a record knows of it. `c`: its place in the catalogue. */
export type Tier = 'r' | 'c';

/** A document as Meilisearch holds it, besides its fields of words. */
export interface StoredDocument {
  id: string;
  rid: string;
  tier: Tier;
  stamp: string;
  numbers: string[];
  texts: Partial<Record<Part, string>>;
  closed: number;
  until: number;
}

export const TIERS: readonly Tier[] = ['r', 'c'];
export const storedId = (tier: Tier, id: string): string => `${tier}_${id}`;

/** `2027-03-31` as a number that sorts the same. */
export const dayNumber = (day: string): number => Number(day.replaceAll('-', ''));

function wordsOf(part: Part, texts: readonly string[], concepts: Concepts): Record<string, string> {
  const fields: Record<string, string> = {};
  fieldsOf(texts, FIELDS[part]).forEach((words, i) => (fields[wordField(part, i)] = words));
  const extra = apart([...concepts.tokensIn(texts), ...(signsField(texts) === '' ? [] : [signsField(texts)])]);
  if (extra !== '') fields[extraField(part)] = extra;
  return fields;
}

/**
 * The two documents of a record: whoever may read it is asked against the one with all texts, whoever may only find it in the
 * catalogue against the one with title and numbers, so that no text can count for him. Both are written in one task.
 */
export function storedOf(document: SearchDocument, concepts: Concepts): (StoredDocument & Record<string, unknown>)[] {
  const { id, texts, numbers, stamp } = document;
  const shared = {
    rid: id,
    stamp,
    numbers: numbers.map((one) => one.toWellFormed()),
    service_type: storedValue(document.service_type),
    client_type: storedValue(document.client_type),
    department: storedValue(document.department),
    sensitivity: storedValue(document.sensitivity),
    medium: storedValue(document.medium),
    channel: storedValue(document.channel),
    state: storedValue(document.state),
    restricted: document.restricted,
    fonds: storedValue(document.fonds),
    staff_account: storedValue(document.staff_account),
    year: document.year,
    ...(document.evaluation === null ? {} : { evaluation: document.evaluation }),
    client_number: storedValue(document.client_number),
    staff: [storedValue(document.staff_number), storedValue(document.staff_name)],
    tag: document.tags.map(storedValue),
    closed: document.closedAt.getTime(),
    until: dayNumber(document.termUntil),
  };
  const title = wordsOf('title', [...numbers, texts.title], concepts);
  const others: Record<string, string> = {};
  for (const part of PARTS) if (part !== 'title') Object.assign(others, wordsOf(part, [texts[part]], concepts));
  const well = Object.fromEntries(PARTS.map((part) => [part, texts[part].toWellFormed()])) as Record<Part, string>;
  return [
    { id: storedId('r', id), tier: 'r', ...shared, texts: well, ...title, ...others },
    { id: storedId('c', id), tier: 'c', ...shared, texts: { title: well.title }, ...title },
  ];
}
