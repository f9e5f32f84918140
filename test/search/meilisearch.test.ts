import test, { type TestFn } from 'ava';
import { hasServer, openBench } from './support/meilisearch.js';
import { searchSuite } from './suite/index.js';

// one after the other: the server takes one task at a time
if (hasServer) searchSuite(test.serial as unknown as TestFn, 'meilisearch', openBench);
else test.skip('the whole contract of a search engine on a real Meilisearch (scripts/test-stores.sh start meilisearch)', () => undefined);
