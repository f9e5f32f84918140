import { fileURLToPath } from 'node:url';
import test from 'ava';
import { loadSynonyms, parseSearch, type Vocabulary } from '../../src/search/index.js';
import type { SearchDocument } from '../../src/search/index.js';
import { testArchive, type TestArchive } from '../support/archive.js';
import { documentsOf, OWN, present, REAL, takeIn, type DataSet } from './judged/corpus.js';
import { Matcher } from './judged/match.js';
import { loadJudged, type Judged } from './judged/queries.js';

const synonyms = await loadSynonyms(fileURLToPath(new URL('../../../policies/scheme/synonyms/general.yaml', import.meta.url)));
const vocabulary: Vocabulary = { synonyms, departmentOf: (text) => text };

interface Collection {
  title: string;
  sets: readonly DataSet[];
  queries: readonly Judged[];
}
const COLLECTIONS: readonly Collection[] = [
  { title: "the project's own table", sets: OWN, queries: await loadJudged('queries-own.yaml') },
  { title: 'the real dialogues, messages and requests', sets: REAL, queries: await loadJudged('queries.yaml') },
];

for (const { title, sets, queries } of COLLECTIONS) {
  const serial = present(sets) ? test.serial : test.serial.skip;
  let archive: TestArchive;
  let documents: Map<string, SearchDocument>;
  test.after.always(() => archive?.close());

  serial(`R48: ${title} are taken in and made ready for searching`, async (t) => {
    t.timeout(300_000);
    archive = await testArchive();
    t.deepEqual(
      await takeIn(archive, archive.person('records_clerk'), sets),
      sets.map((set) => set.records),
    );
    documents = await documentsOf(archive.deps);
    t.is(
      documents.size,
      sets.reduce((sum, set) => sum + set.records, 0),
    );
  });

  serial(`R48: every record judged right for a query on ${title} holds what is asked, or is known to be out of reach`, (t) => {
    const matcher = new Matcher(documents.values());
    for (const { q, right, unreached = [] } of queries) {
      const parsed = parseSearch(q, vocabulary);
      t.deepEqual(parsed.problems, [], q);
      const matching = matcher.matches(parsed);
      const missed = right.filter((one) => !matching.has(one));
      t.deepEqual(missed.sort(), [...unreached].sort(), q);
    }
  });
}
