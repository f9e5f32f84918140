import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Meilisearch } from 'meilisearch';
import { createMeilisearch, type SearchEngine, synonymsOf } from '../../../src/search/index.js';
import type { Bench } from '../suite/index.js';

/** A real server, as `scripts/test-stores.sh start meilisearch` tells it. */
export const SERVER = {
  url: process.env['LANTAI_TEST_MEILI_URL'] ?? '',
  masterKey: process.env['LANTAI_TEST_MEILI_KEY'] ?? '',
  /** Its data folder. */
  data: process.env['LANTAI_TEST_MEILI_DATA'] ?? '',
};
export const hasServer = SERVER.url !== '' && SERVER.masterKey !== '' && SERVER.data !== '';

/** What the queries of the suite are widened by. */
export const synonyms = synonymsOf([
  ['退款', '退费', '退货款'],
  ['refund', 'reimbursement'],
]);

export const admin = (): Meilisearch => new Meilisearch({ host: SERVER.url, apiKey: SERVER.masterKey });

export interface MeiliBench extends Bench {
  index: string;
  open(change?: Partial<Parameters<typeof createMeilisearch>[0]>): SearchEngine;
}

/** An engine on an index of its own, which goes when the bench is closed. */
export async function openBench(): Promise<MeiliBench> {
  const index = `test_${randomBytes(8).toString('hex')}`;
  const open: MeiliBench['open'] = (change = {}) => createMeilisearch({ url: SERVER.url, masterKey: SERVER.masterKey, index, synonyms, ...change });
  const engine = open();
  await engine.prepare();
  await (await engine.rebuild()).swap();
  return {
    index,
    open,
    engine,
    catalogue: () => Promise.resolve(),
    again: () => Promise.resolve(open()),
    inRawFiles: (texts) => Promise.resolve(inFiles(SERVER.data, texts)),
    async close() {
      const client = admin();
      for (const name of [index, `${index}_next`]) await client.deleteIndex(name);
      const { results } = await client.getKeys({ limit: 1_000 });
      for (const key of results.filter((one) => one.indexes.includes(index))) await client.deleteKey(key.uid);
    },
  };
}

/** Which of these texts stand in a file of a folder, in its clear bytes. */
export function inFiles(folder: string, texts: readonly string[]): string[] {
  const found = new Set<string>();
  const look = (path: string): void => {
    try {
      if (statSync(path).isDirectory()) for (const name of readdirSync(path)) look(join(path, name));
      else {
        const bytes = readFileSync(path);
        for (const text of texts) if (bytes.includes(text)) found.add(text);
      }
    } catch (error) {
      // indexes of other tests come and go
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  };
  look(folder);
  return [...found];
}
