import { join } from 'node:path';
import { createExtractor } from '../extract/index.js';
import type { Config, Logger } from '../config/index.js';
import { openDatabase } from '../db/index.js';
import type { RecordsDeps } from '../records/index.js';
import {
  type IndexWatch,
  watchIndex,
  createMeilisearch,
  createPostgresSearch,
  Follower,
  loadSynonyms,
  type FollowDeps,
  type SearchDeps,
  type SearchEngine,
} from '../search/index.js';

export interface SearchParts {
  search: SearchDeps;
  engine: SearchEngine;
  follower: Follower;
  /** Whether the index has followed: what a destruction waits for. */
  watch: IndexWatch;
  close(): Promise<void>;
}

export interface SearchWiring {
  log: Logger;
  /** Unset means that PostgreSQL searches. */
  meilisearch: Config['meilisearch'];
  /** Of the role `lantai_app`. */
  connectionString: string;
  records: RecordsDeps;
  /** Folder of the scheme. */
  scheme: string;
  departments: SearchDeps['departments'];
  importing: () => boolean;
}

/** The search engine of a configuration, and what keeps it in step with the catalogue. Nothing runs yet. */
export async function wireSearch({ log, meilisearch, connectionString, records, scheme, departments, importing }: SearchWiring): Promise<SearchParts> {
  const synonyms = await loadSynonyms(join(scheme, 'synonyms', 'general.yaml'));
  // its own connections: long work on the index must not keep people waiting for one
  const db = openDatabase({ connectionString, max: 10, applicationName: 'lantai search', statementTimeout: 60_000 });
  const engine = meilisearch ? createMeilisearch({ ...meilisearch, synonyms }) : createPostgresSearch({ db });
  const texts = createExtractor({ log });
  const { audit, vault, keystore, now } = records;
  const onTrouble: FollowDeps['onTrouble'] = (code, facts = {}) => log[code === 'search_behind' ? 'warn' : 'info'](code.replaceAll('_', '.'), facts);
  const follower = new Follower({ db, audit, vault, keystore, engine, texts, now, importing, onTrouble });
  return {
    engine,
    follower,
    watch: watchIndex({ db, engine, wake: () => follower.wake() }),
    search: { ...records, engine, synonyms, follower, departments },
    async close() {
      await follower.stop();
      await texts.close();
      await engine.close();
      await db.close();
    },
  };
}
