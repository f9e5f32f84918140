import { createPostgresSearch, type SearchDocument, type SearchEngine } from '../../../src/search/index.js';
import type { TestArchive } from '../../support/archive.js';

/** An engine that is measured; closing it takes its index along. */
export interface Measured {
  name: string;
  make(archive: TestArchive): SearchEngine;
}

export const ENGINES: readonly Measured[] = [{ name: 'postgres', make: ({ deps }) => createPostgresSearch({ db: deps.db }) }];

/** Documents that are put together. */
const BATCH = 500;

/** Builds an engine's index of these documents. */
export async function fill(engine: SearchEngine, documents: readonly SearchDocument[]): Promise<void> {
  await engine.prepare();
  const fresh = await engine.rebuild();
  for (let at = 0; at < documents.length; at += BATCH) await fresh.put(documents.slice(at, at + BATCH));
  await fresh.swap();
}
