export { ANALYSIS, fold } from './analyse/index.js';
export { completeQuery, SUGGESTIONS } from './find/complete.js';
export type { CompletionDeps, SearchDeps } from './find/deps.js';
export { catalogueQuery } from './find/filters.js';
export { forgetRecent, listSaved, NAME_LENGTH, recentSearches, removeSaved, saveSearch } from './find/own.js';
export { ALARM_LENGTH, reportFalseAlarm, searchable } from './find/record.js';
export type { Searchable } from './find/record.js';
export { HITS, MOST_HITS, searchRecords } from './find/search.js';
export type { FacetValue, FoundBy, SavedSearch, SearchAnswer, SearchInput, SearchItem, SetFilter, Suggestion } from './find/types.js';
export type { FollowDeps, TextSource } from './follow/deps.js';
export { Follower } from './follow/follower.js';
export type { FollowState } from './follow/follower.js';
export { type IndexWatch, watchIndex } from './follow/gone.js';
export { buildIndexAnew, indexState } from './follow/manage.js';
export type { IndexState } from './follow/manage.js';
export { rebuild } from './follow/rebuild.js';
export { waitingState } from './follow/store.js';
export { verifyIndex } from './follow/verify.js';
export type { IndexReport } from './follow/verify.js';
export { createMeilisearch } from './meilisearch/index.js';
export type { MeilisearchOptions } from './meilisearch/index.js';
export { CAP, FACETS, PARTS, SORTS } from './port.js';
export { createPostgresSearch } from './postgres/engine.js';
export { recordsMeeting } from './postgres/query-store.js';
export type {
  Clause,
  EngineAnswer,
  EngineHit,
  EngineQuery,
  Facet,
  IndexedStamp,
  Part,
  Rebuild,
  SearchDocument,
  SearchEngine,
  SearchFilters,
  Sort,
  TextQuery,
} from './port.js';
export { CLOSED, isClosed, keyOf, KEYS, valueOf } from './query/keys.js';
export type { ClosedKey, Key } from './query/keys.js';
export { bareQuery, parseSearch, QUERY_LENGTH } from './query/parse.js';
export type { ParsedQuery, Vocabulary } from './query/parse.js';
export { loadSynonyms, synonymsOf } from './query/synonyms.js';
export type { Synonyms } from './query/synonyms.js';
export { hitsIn, mark, snippetOf } from './snippet.js';
export type { Piece, Snippet } from './snippet.js';
