import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Actor } from '../../../src/audit/index.js';
import { readYaml } from '../../../src/config/index.js';
import { fileSource, importsOf, parseMapping, runImport, type RecordsDeps } from '../../../src/records/index.js';
import { buildDocuments } from '../../../src/search/follow/build.js';
import type { FollowDeps } from '../../../src/search/follow/deps.js';
import { done, nextWaiting, rowsAfter } from '../../../src/search/follow/store.js';
import type { SearchDocument } from '../../../src/search/index.js';
import type { TestArchive } from '../../support/archive.js';

const DATA = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url));
const SMALL = fileURLToPath(new URL('../../../../test/data/', import.meta.url));
const MAPPINGS = fileURLToPath(new URL('../../../../policies/mappings/', import.meta.url));

/** A set of real records: its file, the mapping that reads it, and how many of its rows become records. */
export interface DataSet {
  file: string;
  mapping?: string;
  records: number;
}

/** The three real sets that stand beside the project; not everybody has them. */
export const REAL: readonly DataSet[] = [
  { file: join(DATA, 'service-dialogues-zh.jsonl.gz'), mapping: 'crosswoz', records: 500 },
  { file: join(DATA, 'service-messages-en.tsv.gz'), mapping: 'multidogo', records: 2850 },
  { file: join(DATA, 'service-requests-en.csv.gz'), mapping: 'baltimore-311', records: 6855 },
];

/** The project's own table. */
export const OWN: readonly DataSet[] = [{ file: join(SMALL, 'standard-utf8.csv'), records: 40 }];

export const present = (sets: readonly DataSet[]): boolean => sets.every((set) => existsSync(set.file));

/** Takes sets into an archive as the command for imports does. @returns records that were captured, by file */
export async function takeIn(archive: TestArchive, clerk: Actor, sets: readonly DataSet[]): Promise<number[]> {
  return Promise.all(
    sets.map(async ({ file, mapping }) => {
      const options =
        mapping === undefined
          ? { parameters: { source: 'crm', department: 'hotline' } }
          : { mapping: parseMapping(await readYaml(`${MAPPINGS}${mapping}.yaml`)) };
      const receipt = await runImport(importsOf(archive.deps), clerk, { source: await fileSource(file), options });
      return receipt.counts.captured;
    }),
  );
}

/** What the index is told of all records, as it is told: personal data masked. By service number. */
export async function documentsOf({ db, audit, vault, keystore }: RecordsDeps): Promise<Map<string, SearchDocument>> {
  const documents = new Map<string, SearchDocument>();
  // records without files: neither an engine nor texts of files are asked for
  const deps = { db, audit, vault, keystore } as unknown as FollowDeps;
  let after: string | null = null;
  for (;;) {
    const rows = await rowsAfter(deps.db, after, 500);
    const last = rows.at(-1);
    if (last === undefined) break;
    for (const one of await buildDocuments(deps, rows)) documents.set(one.numbers[0] ?? '', one);
    after = last.id;
  }
  // nothing changes any more: what waits to be told is told with these
  for (;;) {
    const waiting = await nextWaiting(db, 5_000, true);
    if (waiting.length === 0) return documents;
    await done(
      db,
      waiting.map((one) => one.seq),
    );
  }
}
