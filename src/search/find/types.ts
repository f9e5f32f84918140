import type { RecordSummary } from '../../records/index.js';
import type { FieldError } from '../../errors/index.js';
import type { Facet, Part, Sort } from '../port.js';
import type { Piece, Snippet } from '../snippet.js';
import type { Key } from '../query/keys.js';

export interface SearchInput {
  /** The box, at most 200 characters. */
  q: string;
  sort?: Sort | undefined;
  /** Where the page before ended, as `next` or `previous` of an answer said. */
  after?: string | undefined;
  /** Hits a page, at most 50; default 20. */
  limit?: number | undefined;
}

/** How a hit came: by its number, the client's, a phone number, or by words and filters. */
export type FoundBy = 'serviceNo' | 'archivalCode' | 'clientNumber' | 'phone' | 'text';

export interface SearchItem extends RecordSummary {
  by: FoundBy;
  /** The title with its hits marked. */
  titlePieces: Piece[];
  /** From the masked text of the index; `null` where the viewer may not read the record, or it has no text. */
  snippet: Snippet | null;
  /** What was done at last, masked, at most 200 characters; `null` where the viewer may not read the record. */
  solution: string | null;
  /** Whether a reading may be opened; where not, the page says how to apply. */
  mayRead: boolean;
  /** Files of which no text could be searched. */
  unsearchable: number;
}

/** One filter that is set, for chips: `remove` is the query without it. */
export interface SetFilter {
  key: Key;
  value: string;
  remove: string;
}

export interface FacetValue {
  value: string;
  count: number;
  /** Whether the query filters by it already. */
  set: boolean;
  /** The query with it added, or removed where it is set. */
  q: string;
}

export interface SearchAnswer {
  q: string;
  sort: Sort;
  items: SearchItem[];
  /** At most 1,000. */
  total: number;
  /** Show "1,000+". */
  capped: boolean;
  /** Place of the first item of this page, from 1. */
  from: number;
  previous: string | null;
  next: string | null;
  filters: SetFilter[];
  facets: Partial<Record<Facet, FacetValue[]>>;
  /** Words that stood in for misspelt ones. */
  corrections: string[];
  /** `q` is the number or phone number of one client: his dossier is one key away. */
  client: string | null;
  /** Full text could not be asked (engine away, index being built): only numbers, clients, phones and days were looked up. */
  withoutText: boolean;
  /** The index is being built: so many hundredths of the records are in it. */
  building: { done: number; total: number } | null;
  /** Nothing was found, and the index has not heard of everything that was taken in: words of what came lately are found a little later. */
  behind: boolean;
  problems: FieldError[];
}

export interface Suggestion {
  /** `key`: a filter's name; `value`: a value of the filter being typed; `number`: a service number or archival code; `client`; `recent`, `saved`: one's own searches. */
  kind: 'key' | 'value' | 'number' | 'client' | 'recent' | 'saved';
  /** What is shown: a label in the viewer's language. */
  label: string;
  /** The whole query when it is taken. */
  q: string;
  /** How many records the viewer may find there, where it is known cheaply. */
  count: number | null;
}

export interface SavedSearch {
  id: string;
  name: string;
  q: string;
  sort: Sort;
  createdAt: string;
}

export type { Part };
