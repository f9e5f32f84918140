import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { Actor } from '../../src/audit/index.js';
import { loadSynonyms, parseSearch, type SearchDeps, type SearchDocument, searchRecords } from '../../src/search/index.js';
import { testArchive, type TestArchive } from '../support/archive.js';
import { documentsOf, OWN, present, REAL, takeIn, type DataSet } from './judged/corpus.js';
import { ENGINES, fill } from './judged/engines.js';
import { Matcher } from './judged/match.js';
import { figuresOf, report, type Answered } from './judged/measure.js';
import { FIRST, loadJudged, type Judged } from './judged/queries.js';

/** Least share of the right records among the first ten. */
const REACH = 0.9;

const synonyms = await loadSynonyms(fileURLToPath(new URL('../../../policies/scheme/synonyms/general.yaml', import.meta.url)));

interface Collection {
  title: string;
  sets: readonly DataSet[];
  queries: readonly Judged[];
}
const COLLECTIONS: readonly Collection[] = [
  { title: "the project's own table", sets: OWN, queries: await loadJudged('queries-own.yaml') },
  { title: 'the real dialogues, conversations and requests', sets: REAL, queries: await loadJudged('queries.yaml') },
];

for (const { title, sets, queries } of COLLECTIONS) {
  const serial = present(sets) ? test.serial : test.serial.skip;
  let archive: TestArchive;
  let documents: Map<string, SearchDocument>;
  const people = new Map<string, Actor>();
  test.after.always(() => archive?.close());

  const askerOf = ({ viewer = '' }: Judged): Actor => {
    const there = people.get(viewer) ?? (viewer === '' ? archive.person('records_manager') : archive.person('supervisor', viewer));
    people.set(viewer, there);
    return there;
  };

  serial(`R48: ${title} are taken in and made ready for searching`, async (t) => {
    t.timeout(600_000);
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

  serial(`R48: each record judged right for a query on ${title} holds what is asked, or is known to be out of reach`, (t) => {
    const matcher = new Matcher(documents.values());
    for (const { q, right, unreached = [] } of queries) {
      const parsed = parseSearch(q, { synonyms, departmentOf: (text) => text });
      t.deepEqual(parsed.problems, [], q);
      const matching = matcher.matches(parsed);
      t.deepEqual(right.filter((one) => !matching.has(one)).sort(), [...unreached].sort(), q);
    }
  });

  for (const { name, open } of ENGINES)
    serial(`R48: of the records judged right on ${title}, ${name} shows at least ${REACH} among the first ten`, async (t) => {
      t.timeout(600_000);
      const { engine, close } = await open(archive, synonyms);
      t.teardown(close);
      await fill(engine, [...documents.values()]);
      const deps: SearchDeps = {
        ...archive.deps,
        engine,
        synonyms,
        follower: { state: { keeping: true, building: null, trouble: null }, wake: () => undefined, buildAnew: () => undefined },
        departments: () => Promise.resolve([]),
      };
      const answers: Answered[] = [];
      for (const judged of queries) {
        const { items } = await searchRecords(deps, askerOf(judged), judged.lang, { q: judged.q, limit: FIRST });
        answers.push({ judged, found: items.map((item) => item.serviceNo) });
      }
      for (const line of report(name, answers)) t.log(line);
      t.true(figuresOf(answers).recall >= REACH);
    });
}
