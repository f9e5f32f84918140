import { createPostgresSearch, type SearchDocument, type SearchEngine, type Synonyms } from '../../../src/search/index.js';
import type { TestArchive } from '../../support/archive.js';
import { openBench, SERVER } from '../support/meilisearch.js';

interface Opened {
  engine: SearchEngine;
  /** Takes the index along. */
  close(): Promise<void>;
}

/** An engine that is measured. */
export interface Measured {
  name: string;
  open(archive: TestArchive, synonyms: Synonyms): Promise<Opened>;
}

const postgres: Measured = {
  name: 'postgres',
  open({ deps }) {
    const engine = createPostgresSearch({ db: deps.db });
    return Promise.resolve({ engine, close: () => engine.close() });
  },
};

const meilisearch: Measured = {
  name: 'meilisearch',
  async open(_archive, synonyms) {
    const bench = await openBench();
    return { engine: bench.open({ synonyms }), close: () => bench.close() };
  },
};

/** Meilisearch where a server is told by LANTAI_TEST_MEILI_URL and LANTAI_TEST_MEILI_KEY. */
export const ENGINES: readonly Measured[] = SERVER.url !== '' && SERVER.masterKey !== '' ? [postgres, meilisearch] : [postgres];

/** Documents that are put together. */
const BATCH = 500;

/** Builds an engine's index of these documents. */
export async function fill(engine: SearchEngine, documents: readonly SearchDocument[]): Promise<void> {
  await engine.prepare();
  const fresh = await engine.rebuild();
  for (let at = 0; at < documents.length; at += BATCH) await fresh.put(documents.slice(at, at + BATCH));
  await fresh.swap();
}
