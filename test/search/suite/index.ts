import type { ExecutionContext, TestFn } from 'ava';
import type { SearchDocument, SearchEngine } from '../../../src/search/index.js';
import { textTests } from './text.js';
import { narrowingTests } from './narrowing.js';
import { rightsTests } from './rights.js';
import { keepingTests } from './keeping.js';
import { oracleTests } from './against-oracle.js';

/** An engine under test, on an index of its own. */
export interface Bench {
  /** Prepared, and built from an empty catalogue. */
  engine: SearchEngine;
  /** Makes the catalogue hold these records, for an engine that looks there; each replaces an earlier one of its id. */
  catalogue(documents: readonly SearchDocument[]): Promise<void>;
  /** Another engine on the same index, as after a restart. Not prepared. */
  again(): Promise<SearchEngine>;
  /** Which of these texts stand in the engine's raw files, anywhere. */
  inRawFiles(texts: readonly string[]): Promise<string[]>;
  close(): Promise<void>;
}

export interface Suite {
  test: TestFn;
  name: string;
  /** A bench with nothing in it; closed when the test ends. */
  open(t: ExecutionContext): Promise<Bench>;
}

/**
 * Everything that the port promises, for one engine:
 *
 * ```ts
 * searchSuite(test, 'postgres', openBench);
 * ```
 */
export function searchSuite(test: TestFn, name: string, make: () => Promise<Bench>): void {
  const suite: Suite = {
    test,
    name,
    async open(t) {
      const bench = await make();
      t.teardown(() => bench.close());
      return bench;
    },
  };
  textTests(suite);
  narrowingTests(suite);
  rightsTests(suite);
  keepingTests(suite);
  oracleTests(suite);
}
