import type { Condition } from '../access/index.js';

/** Columns that hits are counted by. The names are those of the catalogue; `year` and `evaluation` are numbers there. */
export const FACETS = ['service_type', 'client_type', 'year', 'department', 'channel', 'sensitivity', 'medium', 'state', 'evaluation'] as const;
export type Facet = (typeof FACETS)[number];

/** Hits are counted, sorted and paged up to this many: beyond it a search says "1,000+" and asks to be narrowed. */
export const CAP = 1_000;

/** The parts of a record's text, most telling first: `title` is catalogue, the others are content. */
export const PARTS = ['title', 'solution', 'content', 'files'] as const;
export type Part = (typeof PARTS)[number];

/**
 * What the index holds of a record. Personal data in its texts is masked already. `numbers` and `title` may be matched by
 * whoever finds the record in the catalogue, the other texts only by whoever may read it.
 */
export interface SearchDocument {
  id: string;
  service_type: string;
  client_type: string;
  department: string;
  sensitivity: string;
  medium: string;
  channel: string;
  state: string;
  restricted: boolean;
  fonds: string;
  staff_account: string;
  year: number;
  evaluation: number | null;
  client_number: string;
  staff_number: string;
  staff_name: string;
  tags: readonly string[];
  closedAt: Date;
  /** Kept until, `2027-03-31`. */
  termUntil: string;
  /** Service number, archival code: found as words of the catalogue tier. */
  numbers: readonly string[];
  /** All empty for highly sensitive records, which are indexed by number and dates only. */
  texts: Readonly<Record<Part, string>>;
  /** Changes whenever anything above does, or the analysis: what verification compares. */
  stamp: string;
}

/**
 * One thing that must occur: any of `phrases`, each a folded text. A phrase of Chinese signs occurs wherever these signs
 * stand together, a word of other scripts where it stands as a word.
 */
export interface Clause {
  phrases: readonly string[];
  /** One typo is forgiven in words of five letters and more; never inside quotes. */
  forgiving: boolean;
}

/** All of `all` occur and none of `none`. Both empty: every record. */
export interface TextQuery {
  all: readonly Clause[];
  none: readonly Clause[];
}

/** Several values of one column mean any of them; several columns mean all of them. */
export interface SearchFilters {
  service_type?: readonly string[];
  client_type?: readonly string[];
  department?: readonly string[];
  channel?: readonly string[];
  sensitivity?: readonly string[];
  medium?: readonly string[];
  state?: readonly string[];
  year?: readonly number[];
  evaluation?: readonly number[];
  client_number?: readonly string[];
  /** Number or name. */
  staff?: readonly string[];
  tag?: readonly string[];
  /** First instant and the instant after the last one. */
  closed?: { from?: Date; before?: Date };
  /** First and last day. */
  until?: { from?: string; to?: string };
}

export const SORTS = ['relevance', 'newest', 'oldest', 'until'] as const;
export type Sort = (typeof SORTS)[number];

export interface EngineQuery {
  text: TextQuery;
  filters: SearchFilters;
  /** Who may read: here all texts count. */
  read: Condition;
  /** Who may find in the catalogue: where the reader may not read, only `title` and `numbers` count. */
  list: Condition;
  sort: Sort;
  offset: number;
  limit: number;
  facets: readonly Facet[];
  /** Records whose index entry may be out of date to the viewer's advantage; they are left out of everything. */
  exclude: readonly string[];
}

export interface EngineHit {
  id: string;
  /** Whether the texts counted: only then are they given. */
  readable: boolean;
  texts: Readonly<Partial<Record<Part, string>>>;
}

export interface EngineAnswer {
  hits: EngineHit[];
  /** At most `CAP`. */
  total: number;
  /**
   * There are more than `CAP`. Facets then count at least the first `CAP` of the order asked for (by relevance: of the newest, by
   * closing) and at most all hits, as the engine does it without looking twice; by relevance its first `CAP` may be of either.
   */
  capped: boolean;
  facets: Partial<Record<Facet, { value: string; count: number }[]>>;
  /** Words of the index that stood in for misspelt ones, for marking hits. */
  corrections: readonly string[];
}

/** An index that is made beside the one in use. */
export interface Rebuild {
  put(documents: readonly SearchDocument[]): Promise<void>;
  /** Takes the place of the index in use, at once and whole. */
  swap(): Promise<void>;
  abandon(): Promise<void>;
}

/** What stands in an index, for verification. */
export interface IndexedStamp {
  id: string;
  stamp: string;
}

/**
 * A search engine behind the archive. It decides nothing: rights come in with the query, and everything it answers (hits,
 * counts, facets) is what an index would answer that holds only what those rights allow. Errors of a missing or broken
 * engine are `search_unavailable`.
 */
export interface SearchEngine {
  readonly kind: 'postgres' | 'meilisearch';
  /** Makes what is missing. `empty`: the index has to be built from the catalogue (first start, or lost in a crash). */
  prepare(): Promise<{ empty: boolean }>;
  /** Documents can be found when it resolves. Idempotent: a later put of the same id replaces the earlier one. */
  put(documents: readonly SearchDocument[]): Promise<void>;
  remove(ids: readonly string[]): Promise<void>;
  query(query: EngineQuery): Promise<EngineAnswer>;
  /** The texts of these records, as hits give them: of those alone that `read` allows, in no particular order. */
  texts(ids: readonly string[], read: Condition): Promise<EngineHit[]>;
  rebuild(): Promise<Rebuild>;
  /** All entries by rising id. */
  stamps(after: string | null, limit: number): Promise<IndexedStamp[]>;
  /** Forces the engine's raw files to forget what was removed or replaced since the last purge. */
  purge(): Promise<void>;
  /** Documents in the index; throws when the engine is away. */
  count(): Promise<number>;
  close(): Promise<void>;
}
