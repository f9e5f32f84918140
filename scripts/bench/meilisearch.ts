import { randomBytes } from 'node:crypto';
import { Meilisearch } from 'meilisearch';
import type { Condition } from '../../src/access/index.js';
import { createMeilisearch, type EngineQuery, parseSearch, type SearchDocument, synonymsOf } from '../../src/search/index.js';
import { ask } from '../../src/search/meilisearch/ask.js';
import { conceptsOf } from '../../src/search/meilisearch/concepts.js';
import { askedFilter, rightsFilter } from '../../src/search/meilisearch/filters.js';
import { type Figure, percentile, seconds } from './bench.js';
import { searchCorpus } from './search-corpus.js';

const synonyms = synonymsOf([['退款', '退费', '退货款']]);
const concepts = conceptsOf(synonyms);
const AGENT: Condition = {
  op: 'and',
  all: [
    { op: 'eq', column: 'department', value: 'dept-3' },
    { op: 'in', column: 'sensitivity', values: ['internal', 'public', 'sensitive'] },
  ],
};
const ALL: Condition = { op: 'true' };
const BOXES = ['宽带', '频繁掉线', '退款', 'router', 'invoise', '网线 密码', '稀有词甲', 'zirconium', '宽带 -发票', '上门检查', '培训 资料', ''];

function queryOf(box: string, read: Condition): EngineQuery {
  const { all, none } = parseSearch(box, { synonyms, departmentOf: () => undefined });
  return {
    text: { all, none },
    filters: { service_type: ['routine', 'complaint'] },
    read,
    list: ALL,
    sort: 'relevance',
    offset: 0,
    limit: 20,
    facets: ['service_type', 'channel', 'year'],
    exclude: [],
  };
}

const texts = (filter: ReturnType<typeof askedFilter>): string[] => (filter.kind === 'filter' ? [filter.text] : []);

/**
 * Full-text search on a real Meilisearch, told by `LANTAI_TEST_MEILI_URL` and `LANTAI_TEST_MEILI_KEY`: our query against the
 * same words, filter and facets asked of it directly. `LANTAI_TEST_BENCH_RECORDS` says how many records, by default 100,000.
 */
export async function benchMeilisearch(): Promise<Figure[]> {
  const [url, masterKey] = [process.env['LANTAI_TEST_MEILI_URL'], process.env['LANTAI_TEST_MEILI_KEY']];
  if (!url || !masterKey) {
    console.log('skipped: meilisearch (see scripts/test-stores.sh start meilisearch)');
    return [];
  }
  const records = Number(process.env['LANTAI_TEST_BENCH_RECORDS'] ?? 100_000);
  const index = `bench_${randomBytes(6).toString('hex')}`;
  const engine = createMeilisearch({ url, masterKey, index, synonyms });
  const admin = new Meilisearch({ host: url, apiKey: masterKey });
  try {
    await engine.prepare();
    const built = await seconds(async () => {
      const rebuild = await engine.rebuild();
      let batch: SearchDocument[] = [];
      for (const document of searchCorpus(records)) {
        batch.push(document);
        if (batch.length === 10_000) {
          await rebuild.put(batch);
          batch = [];
        }
      }
      await rebuild.put(batch);
      await rebuild.swap();
    });
    console.log(`built ${records} records in ${built.toFixed(0)} s: ${(records / built).toFixed(0)} a second`);

    const direct = async (query: EngineQuery): Promise<void> => {
      const filter = [...texts(rightsFilter(query.read, query.list)), ...texts(askedFilter(query.filters, []))];
      const { q } = ask(query.text, concepts);
      await admin.index(index).search(q, {
        filter,
        facets: [...query.facets],
        limit: query.limit,
        matchingStrategy: 'all',
        attributesToRetrieve: ['rid', 'tier', 'numbers', 'texts'],
      });
    };
    const taken = { ours: [] as number[], direct: [] as number[], agent: [] as number[], officer: [] as number[] };
    for (let round = 0; round < 15; round++)
      for (const box of BOXES)
        for (const read of [AGENT, ALL]) {
          const query = queryOf(box, read);
          const ours = (await seconds(() => engine.query(query))) * 1_000;
          const theirs = (await seconds(() => direct(query))) * 1_000;
          if (round === 0) continue;
          taken.ours.push(ours);
          taken.direct.push(theirs);
          taken[read === AGENT ? 'agent' : 'officer'].push(ours);
        }
    const puts: number[] = [];
    for (const document of searchCorpus(20, 7)) puts.push(await seconds(() => engine.put([{ ...document, numbers: [`X-${document.id}`] }])));

    const p = (list: readonly number[], share = 0.95): number => percentile(list, share);
    const both = `ours p50 ${p(taken.ours, 0.5).toFixed(1)} p95 ${p(taken.ours).toFixed(1)} ms, direct p50 ${p(taken.direct, 0.5).toFixed(1)} p95 ${p(taken.direct).toFixed(1)} ms`;
    const limit = records > 200_000 ? 300 : 50;
    const figure = (what: string, value: number, unit: string, most: number, detail: string): Figure => ({
      what,
      value,
      unit,
      reach: `≤ ${most}`,
      reached: value <= most,
      detail,
    });
    return [
      figure(`Meilisearch, ${records} records: our p95 over the same query asked of it directly`, p(taken.ours) / p(taken.direct), '×', 1.3, both),
      figure(`Meilisearch, ${records} records: words, filter, 3 facets, rights, p95`, p(taken.ours), 'ms', limit, both),
      figure(
        "Meilisearch: an agent's p95 over an officer's",
        p(taken.agent) / p(taken.officer),
        '×',
        1.3,
        `${p(taken.agent).toFixed(1)} and ${p(taken.officer).toFixed(1)} ms`,
      ),
      figure('Meilisearch: findable after a put, p95', p(puts), 's', 3, `median ${p(puts, 0.5).toFixed(2)} s of ${puts.length}`),
    ];
  } finally {
    for (const name of [index, `${index}_next`]) await admin.deleteIndex(name);
    const { results } = await admin.getKeys({ limit: 1_000 });
    for (const key of results.filter((one) => one.indexes.includes(index))) await admin.deleteKey(key.uid);
  }
}
