export { ANALYSIS, fold } from './analyse/index.js';
export { CAP, FACETS, PARTS, SORTS } from './port.js';
export { createPostgresSearch } from './postgres/engine.js';
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
export { CLOSED, KEYS, isClosed, keyOf, valueOf } from './query/keys.js';
export type { ClosedKey, Key } from './query/keys.js';
export { parseSearch, QUERY_LENGTH } from './query/parse.js';
export type { ParsedQuery, Vocabulary } from './query/parse.js';
export { loadSynonyms, synonymsOf } from './query/synonyms.js';
export type { Synonyms } from './query/synonyms.js';
export { hitsIn, mark, snippetOf } from './snippet.js';
export type { Piece, Snippet } from './snippet.js';
