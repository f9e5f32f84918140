import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { Meilisearch } from 'meilisearch';
import { generateTenantToken } from 'meilisearch/token';
import { isCoded } from '../../src/errors/index.js';
import { createMeilisearch, FACETS, type SearchEngine, synonymsOf } from '../../src/search/index.js';
import { ask } from '../../src/search/meilisearch/ask.js';
import { conceptsOf } from '../../src/search/meilisearch/concepts.js';
import { fieldsOf, wordToken } from '../../src/search/meilisearch/tokens.js';
import { storedValue, valueOf } from '../../src/search/meilisearch/values.js';
import { asking, exactly, idsOf, plainDocument, words } from './suite/asking.js';
import { admin, hasServer, openBench, SERVER, synonyms, type MeiliBench } from './support/meilisearch.js';

const real = hasServer ? test.serial : test.skip;
const concepts = conceptsOf(synonyms);

async function bench(t: ExecutionContext): Promise<MeiliBench> {
  const made = await openBench();
  t.teardown(() => made.close());
  return made;
}

async function listen(t: ExecutionContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const engineAt = (url: string, change = {}): SearchEngine =>
  createMeilisearch({ url, masterKey: 'a-master-key-of-16', index: 'x', synonyms: synonymsOf([]), ...change });

/** The work fails as `search_unavailable`, and nothing of what was asked or sent is in the error. */
async function awayWithout(t: ExecutionContext, work: () => Promise<unknown>, ...secrets: string[]): Promise<void> {
  const error = await t.throwsAsync(work);
  t.true(isCoded(error, 'search_unavailable'), String(error));
  const told = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error?.cause);
  for (const secret of secrets) t.false(told.includes(secret), told);
}

test('a word is one token of a kind of its own, whatever its script', (t) => {
  t.is(wordToken('refund'), '0refund');
  t.is(wordToken('port'), '2port');
  t.is(wordToken('12345'), '212345');
  t.regex(wordToken('кабель'), /^0[\u0250-\u02af]{6}$/);
  t.regex(wordToken('ñandú'.normalize('NFC')), /^3[0-9a-f]{40}$/, 'not folded: other letters are a digest');
  t.regex(wordToken('عربي'), /^3/);
  t.is(wordToken('w'.repeat(200)).length, 65);
  const tokens = new Set(['кабель', 'кабели', 'κόσμος', 'straße', 'strase', 'été'].map(wordToken));
  t.is(tokens.size, 6);
});

test('Chinese runs are apart from what stands beside them, words are not', (t) => {
  const [field] = fieldsOf(['客户 5G套餐，Wi-Fi on'], 1);
  t.deepEqual(
    field?.split('. ').map((one) => one.split(' ').length),
    [1, 1, 1, 3],
  );
  t.deepEqual(fieldsOf(['猫'], 1), [], 'a single sign is looked for as such');
  const long = fieldsOf([Array.from({ length: 100_000 }, (_, i) => `w${i}`).join(' ')], 8);
  t.is(long.length, 2);
  t.is(long[1]?.split(' ')[0], long[0]?.split(' ').at(-3), 'the seam');
  t.is(fieldsOf([Array.from({ length: 100_000 }, (_, i) => `w${i}`).join(' ')], 1).length, 1);
});

test('what Meilisearch answers exactly, and what has to be looked at', (t) => {
  const asked = (text: Parameters<typeof ask>[0]) => ask(text, concepts);
  t.deepEqual(asked(words('invoice')), { q: '0invoice', exact: true, nothing: false });
  t.deepEqual(asked(words('"invoice"')), { q: '"0invoice"', exact: true, nothing: false });
  t.true(asked(words('宽带 打不开 客户服务')).exact);
  t.false(asked({ all: [exactly('三三两两')], none: [] }).exact, 'doubled signs');
  t.false(asked(words('"客户 投诉"')).exact);
  t.true(asked(words('"wi fi"')).exact);
  t.false(asked(words('"a b c"')).exact);
  t.regex(asked(words('退款')).q, /^"50000"$/, 'a group of synonyms is one token');
  t.regex(asked(words('refund')).q, /^"60001"$/);
  t.false(asked({ all: [exactly('退款', '宽带')], none: [] }).exact);
  t.regex(asked(words('宽带 -掉线')).q, /^-"\S+" "\S+"$/, 'exclusions first');
  t.false(asked({ all: Array.from('bcdefghijkl', (one) => exactly(one)), none: [] }).exact, 'more than ten terms');
  t.true(asked({ all: [exactly('!?')], none: [] }).nothing);
});

test('values that Meilisearch would take for the same are written apart', (t) => {
  const values = ['Field', 'field', 'FIELD', 'fíeld', ' field', 'field ', '=6669', '', '客服', '客服'.repeat(100), `${'客服'.repeat(100)}!`];
  t.is(new Set(values.map((one) => storedValue(one).toLowerCase())).size, values.length);
  for (const one of values.filter((value) => value.length < 60)) t.is(valueOf(storedValue(one)), one);
});

test('R85: the engine away, slow, of another version: search_unavailable, without the query', async (t) => {
  const secret = asking('secretword', { filters: { client_number: ['C-secret'] } });
  await awayWithout(t, () => engineAt('http://127.0.0.1:9').query(secret), 'secret', 'a-master-key');
  await awayWithout(t, () => engineAt('http://127.0.0.1:9').prepare(), 'a-master-key');
  await awayWithout(t, () => engineAt('http://127.0.0.1:9').count());
  const silent = await listen(t, (request, response) => {
    if (request.url?.startsWith('/keys'))
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ key: 'k', uid: '00000000-0000-4000-a000-000000000000' }));
  });
  const began = Date.now();
  await awayWithout(t, () => engineAt(silent, { queryMs: 300 }).query(secret), 'secret', 'a-master-key');
  t.true(Date.now() - began < 3_000);
  const old = await listen(t, (_, response) => void response.setHeader('content-type', 'application/json').end('{"pkgVersion":"1.49.3"}'));
  await awayWithout(t, () => engineAt(old).prepare());
  const quoting = await listen(t, (_, response) => {
    response.statusCode = 400;
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ message: 'near secretword', code: 'invalid_search_filter', type: 'x', link: '' }));
  });
  await awayWithout(t, () => engineAt(quoting).query(secret), 'secret');
});

real('R85: a wrong key is search_unavailable', async (t) => {
  await awayWithout(t, () => engineAt(SERVER.url, { masterKey: 'not-the-master-key' }).prepare(), 'not-the-master');
  await awayWithout(t, () => engineAt(SERVER.url, { masterKey: 'not-the-master-key' }).query(asking('x')), 'not-the-master');
});

real('a task that is taken in and fails afterwards fails the put', async (t) => {
  const { engine } = await bench(t);
  await awayWithout(t, () => engine.put([plainDocument({ id: 'not an id', texts: { title: 'planted' } })]), 'planted', 'not an id');
  t.is(await engine.count(), 0);
  await awayWithout(t, () => createMeilisearch({ ...SERVER, index: 'never_made', synonyms }).remove(['x']));
});

real('an index of other synonyms, or without its last document, has to be built', async (t) => {
  const { engine, open, index } = await bench(t);
  t.deepEqual(await engine.prepare(), { empty: false });
  t.deepEqual(await open({ synonyms: synonymsOf([]) }).prepare(), { empty: true });
  await admin().index(index).deleteDocument('about').waitTask();
  t.deepEqual(await engine.prepare(), { empty: true });
  await admin().deleteIndex(index).waitTask();
  t.deepEqual(await engine.prepare(), { empty: true });
  t.is(await engine.count(), 0);
  await (await engine.rebuild()).swap();
  t.deepEqual(await engine.prepare(), { empty: false });
});

real('R52: the key searches one index and does nothing else; a token reaches no further than its filter, with and without words', async (t) => {
  const { engine, index } = await bench(t);
  const [mine, theirs] = [plainDocument({ texts: { title: '宽带 invoice' } }), plainDocument({ department: 'field', texts: { title: '宽带 invoice' } })];
  await engine.put([mine, theirs]);
  const { results } = await admin().getKeys({ limit: 1_000 });
  const keys = results.filter((one) => one.indexes.includes(index));
  t.is(keys.length, 1);
  const [key] = keys;
  if (!key) return;
  t.deepEqual([key.actions, key.indexes], [['search'], [index]]);
  const withKey = new Meilisearch({ host: SERVER.url, apiKey: key.key });
  for (const work of [
    () => withKey.index(index).getDocuments(),
    () => withKey.index(index).getSettings(),
    () => withKey.getKeys(),
    () => withKey.index(`${index}_next`).search(''),
    () => withKey.index(index).deleteAllDocuments(),
  ])
    await t.throwsAsync(async () => work(), { message: /invalid|cannot/ });
  // what stands in the docstring of the engine: the key itself needs no token
  t.is((await withKey.index(index).search('')).estimatedTotalHits, 5);
  const token = await generateTenantToken({
    apiKey: key.key,
    apiKeyUid: key.uid,
    searchRules: { [index]: { filter: 'tier = r AND department = hotline' } },
    expiresAt: new Date(Date.now() + 30_000),
  });
  const held = new Meilisearch({ host: SERVER.url, apiKey: token });
  for (const q of ['', '"宽带"', '0invoice', '-"nothing"', '0invoise']) {
    const found = await held
      .index(index)
      .search(q, { facets: [...FACETS], filter: 'department = field OR department = hotline OR tier = c OR tier = about', showRankingScoreDetails: true });
    t.true(
      found.hits.every((hit) => hit['rid'] === mine.id),
      q,
    );
    t.deepEqual(
      Object.keys(found.facetDistribution?.['department'] ?? {}).filter((one) => one !== 'hotline'),
      [],
      q,
    );
  }
  t.is((await held.index(index).search('')).estimatedTotalHits, 1);
  await t.throwsAsync(async () => held.index(index).searchForFacetValues({ facetName: 'department', facetQuery: 'f' }));
  const old = await generateTenantToken({ apiKey: key.key, apiKeyUid: key.uid, searchRules: { [index]: null }, expiresAt: new Date(Date.now() - 5_000) });
  await t.throwsAsync(async () => new Meilisearch({ host: SERVER.url, apiKey: old }).index(index).search(''));
});

real('R52: words of hidden records split, join and rank nothing', async (t) => {
  const { engine } = await bench(t);
  const hidden = Array.from({ length: 40 }, () => plainDocument({ department: 'field', texts: { title: 'cable table refund invoicecard 宽带' } }));
  const mine = [
    plainDocument({ texts: { title: 'cable table' } }),
    plainDocument({ texts: { title: 'cabletable' } }),
    plainDocument({ texts: { title: 'invoice card' } }),
  ];
  await engine.put([...hidden, ...mine]);
  const own = { read: { op: 'eq', column: 'department', value: 'hotline' } as const, list: { op: 'false' } as const };
  const [pair, joined] = mine.map((one) => one.id);
  t.deepEqual(await idsOf(engine, asking('cabletable', own)), [joined as string], 'no word is cut in two');
  t.deepEqual(await idsOf(engine, asking('cable table', own)), [pair as string], 'no two words are joined');
  t.deepEqual(await idsOf(engine, asking('invoicecard', own)), []);
  t.deepEqual((await engine.query(asking('cables', own))).corrections, ['cable']);
});

real('R85: after a purge no raw file holds what a failed task was about', async (t) => {
  const { engine, inRawFiles } = await bench(t);
  await t.throwsAsync(() => engine.put([plainDocument({ id: 'not an id', texts: { title: 'qxplantedtitle', content: 'qxplantedtext' } })]));
  await engine.purge();
  t.deepEqual(await inRawFiles(['qxplantedtitle', 'qxplantedtext']), []);
});
