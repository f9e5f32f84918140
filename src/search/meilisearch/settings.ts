import { createHash } from 'node:crypto';
import type { Settings } from 'meilisearch';
import { RECORD_COLUMNS } from '../../access/index.js';
import { canonicalJson } from '../../crypto/index.js';
import { ANALYSIS } from '../analyse/index.js';
import { CAP, FACETS, PARTS, type Part } from '../port.js';

/** Raised when documents are made differently. */
const FORM = 3;

/** How many fields of words a part may fill. A field holds 65,000 places of words. */
export const FIELDS: Readonly<Record<Part, number>> = { title: 1, solution: 2, content: 8, files: 8 };

/** Fields of words, and the one of single signs and synonyms, of a part. */
export const wordField = (part: Part, i: number): string => `w${i}_${part}`;
export const extraField = (part: Part): string => `x_${part}`;

const equal = { facetSearch: false, filter: { equality: true, comparison: false } };
const comparable = { facetSearch: false, filter: { equality: true, comparison: true } };

/**
 * The settings of an index, whole. They are given to an index that is still empty and never changed afterwards: another digest
 * means another index, which is built beside and swapped.
 *
 * - No prefixes, no stop words, no synonyms, no searching of facets: nothing that completes or substitutes words of the index.
 * - The rules of ranking look at the document alone: typos, which part, then the newest. None counts how frequent a word is.
 *   An order that is asked for (`sort`) comes first.
 * - One typo from six signs, which is five letters and the digit before them; never two.
 */
export const SETTINGS = {
  searchableAttributes: PARTS.flatMap((part) => [...Array.from({ length: FIELDS[part] }, (_, i) => wordField(part, i)), extraField(part)]),
  displayedAttributes: ['id', 'rid', 'tier', 'stamp', 'digest', 'numbers', 'texts', 'closed', 'until', ...FACETS],
  filterableAttributes: [
    { attributePatterns: [...new Set(['tier', ...RECORD_COLUMNS, ...FACETS, 'client_number', 'staff', 'tag'])], features: equal },
    { attributePatterns: ['rid', 'closed', 'until'], features: comparable },
  ],
  sortableAttributes: ['closed', 'until', 'rid'],
  rankingRules: ['sort', 'typo', 'attributeRank', 'closed:desc', 'rid:desc'],
  typoTolerance: { enabled: true, minWordSizeForTypos: { oneTypo: 6, twoTypos: 255 }, disableOnWords: [], disableOnAttributes: [], disableOnNumbers: false },
  prefixSearch: 'disabled',
  proximityPrecision: 'byWord',
  pagination: { maxTotalHits: CAP + 1 },
  faceting: { maxValuesPerFacet: 10_000 },
  facetSearch: false,
  stopWords: [],
  synonyms: {},
  separatorTokens: [],
  nonSeparatorTokens: [],
  dictionary: [],
  distinctAttribute: null,
  // the client gives up sooner; Meilisearch itself would cut the ranking short without saying so
  searchCutoffMs: 30_000,
} satisfies Settings;

/** What an index is made of: settings, analysis, form of the documents and synonyms. */
export function digestOf(synonyms: string): string {
  return createHash('sha256').update(canonicalJson({ SETTINGS, ANALYSIS, FORM, synonyms })).digest('hex');
}
