import fc from 'fast-check';
import { fold, parseSearch, type SearchDocument, synonymsOf } from '../../../src/search/index.js';
import { asking, exactly, idsOf, place, plainDocument } from './asking.js';
import { documentOf, randomFrom } from './corpus.js';
import type { Suite } from './index.js';

async function allStamps(engine: { stamps(after: string | null, limit: number): Promise<{ id: string; stamp: string }[]> }, step: number) {
  const list: { id: string; stamp: string }[] = [];
  for (;;) {
    const page = await engine.stamps(list.at(-1)?.id ?? null, step);
    if (page.length === 0) return list;
    list.push(...page);
  }
}

/** How the index is kept. */
export function keepingTests({ test, name, open }: Suite): void {
  test(`${name}: a put can be found when it resolves; putting again replaces, whatever changed`, async (t) => {
    const { engine, catalogue } = await open(t);
    const one = plainDocument({ texts: { title: '宽带', content: 'invoice' } });
    await catalogue([one]);
    await engine.put([one]);
    await engine.put([one]);
    t.is(await engine.count(), 1);
    t.deepEqual(await idsOf(engine, asking('宽带')), [one.id]);
    const changed: SearchDocument = {
      ...one,
      department: 'field',
      texts: { ...one.texts, title: '光猫' },
      closedAt: new Date(Date.UTC(2019, 4, 5)),
      year: 2019,
      stamp: 'changed',
    };
    await catalogue([changed]);
    await engine.put([changed, changed]);
    t.is(await engine.count(), 1);
    t.deepEqual(await idsOf(engine, asking('宽带')), []);
    t.deepEqual(await idsOf(engine, asking('光猫 invoice')), [one.id], 'moved to another month');
    t.deepEqual(await idsOf(engine, asking('', { filters: { closed: { before: new Date(Date.UTC(2020, 0)) } } })), [one.id]);
    t.deepEqual(await engine.stamps(null, 10), [{ id: one.id, stamp: 'changed' }]);
    const [first, last] = [
      { ...one, stamp: 'first' },
      { ...one, stamp: 'last' },
    ];
    await catalogue([last]);
    await engine.put([first, last]);
    t.deepEqual(await engine.stamps(null, 10), [{ id: one.id, stamp: 'last' }], 'of two of one id the later one holds');
    await engine.put([]);
  });

  test(`${name}: what is removed is found no more; removing what is not there is no error`, async (t) => {
    const { engine, ...bench } = await open(t);
    const documents = Array.from({ length: 20 }, (_, i) => plainDocument({ texts: { title: `宽带 ${i}` } }));
    await place({ engine, ...bench }, ...documents);
    const gone = documents.slice(0, 5).map((one) => one.id);
    await engine.remove([...gone, '0199ffff-0000-7000-8000-000000000000']);
    await engine.remove(gone);
    await engine.remove([]);
    t.is(await engine.count(), 15);
    const found = await idsOf(engine, asking('宽带'));
    t.is(found.length, 15);
    t.false(gone.some((id) => found.includes(id)));
    t.is((await allStamps(engine, 4)).length, 15);
  });

  test(`${name}: stamps of all entries come by rising id, page by page`, async (t) => {
    const bench = await open(t);
    const documents = Array.from({ length: 25 }, (_, i) => plainDocument({ stamp: `stamp ${i}` }));
    await place(bench, ...[...documents].reverse());
    const wanted = documents.map(({ id, stamp }) => ({ id, stamp })).sort((a, b) => (a.id < b.id ? -1 : 1));
    for (const step of [1, 7, 25, 100]) t.deepEqual(await allStamps(bench.engine, step), wanted);
  });

  test(`${name}: five hundred records at once`, async (t) => {
    const bench = await open(t);
    const random = randomFrom(5);
    const documents = Array.from({ length: 500 }, () => documentOf(random));
    await place(bench, ...documents);
    t.is(await bench.engine.count(), 500);
    t.is((await bench.engine.query(asking('', { limit: 1 }))).total, 500);
  });

  test(`${name}: R88: a rebuild is made beside the index in use and takes its place whole, while searches go on`, async (t) => {
    const bench = await open(t);
    const { engine } = bench;
    const before = Array.from({ length: 40 }, () => plainDocument({ texts: { title: '宽带 旧' } }));
    const after = [
      ...before.slice(0, 30).map((one) => ({ ...one, texts: { ...one.texts, title: '宽带 新' } })),
      ...Array.from({ length: 30 }, () => plainDocument({ texts: { title: '宽带 新' } })),
    ];
    await place(bench, ...before);
    await bench.catalogue(after);
    const rebuild = await engine.rebuild();
    for (let i = 0; i < after.length; i += 25) await rebuild.put(after.slice(i, i + 25));
    await rebuild.put(after.slice(0, 3)); // told again because it changed meanwhile
    t.deepEqual(await idsOf(engine, asking('新')), [], 'nothing of the new one before the swap');
    let going = true;
    const totals = new Set<string>();
    const searching = (async () => {
      while (going) {
        const [all, young] = [await engine.query(asking('宽带')), await engine.query(asking('宽带', { sort: 'oldest', limit: 1 }))];
        totals.add(String(all.total)).add(String(young.total));
      }
    })();
    await rebuild.swap();
    going = false;
    await searching;
    t.true(
      [...totals].every((total) => total === '40' || total === '60'),
      [...totals].join(),
    );
    t.is(await engine.count(), 60);
    t.is((await engine.query(asking('新'))).total, 60);
    t.is((await engine.query(asking('旧'))).total, 0);
    await engine.put([{ ...(after[0] as SearchDocument), stamp: 'later' }]);
    t.is(await engine.count(), 60);
    const [extra] = [plainDocument({ texts: { title: '光猫' } })];
    await place(bench, extra);
    t.deepEqual(await idsOf(engine, asking('光猫')), [extra.id], 'written to as before');
  });

  test(`${name}: R88: an abandoned rebuild leaves no trace; another one can follow`, async (t) => {
    const bench = await open(t);
    const one = plainDocument({ texts: { title: '宽带' } });
    await place(bench, one);
    const first = await bench.engine.rebuild();
    await first.put([plainDocument({ texts: { title: '宽带' } })]);
    await first.abandon();
    t.deepEqual(await idsOf(bench.engine, asking('宽带')), [one.id]);
    // one that was left behind by a process that died
    await (await bench.engine.rebuild()).put([plainDocument({ texts: { title: '宽带' } })]);
    const other = await bench.again();
    await other.prepare();
    const second = await other.rebuild();
    await second.put([one]);
    await second.swap();
    t.is(await other.count(), 1);
    t.deepEqual(await idsOf(bench.engine, asking('宽带')), [one.id]);
    await other.close();
  });

  test(`${name}: prepare makes nothing twice and says whether there is an index`, async (t) => {
    const bench = await open(t);
    const one = plainDocument({ texts: { title: '宽带' } });
    await place(bench, one);
    t.deepEqual(await bench.engine.prepare(), { empty: false });
    const other = await bench.again();
    t.deepEqual(await other.prepare(), { empty: false });
    t.deepEqual(await idsOf(other, asking('宽带')), [one.id]);
    await other.close();
  });

  test(`${name}: R85: after a purge no raw file holds the text of what was removed, replaced or rebuilt`, async (t) => {
    const bench = await open(t);
    const planted = (mark: string): SearchDocument =>
      plainDocument({
        texts: { title: `题${mark}tt`, solution: `解${mark}ss`, content: `容${mark}cc ${'垫'.repeat(3000)} unique${mark}word`, files: `件${mark}ff` },
        numbers: [`N${mark}nn`],
      });
    const [kept, removed, replaced, neighbour] = [planted('qakept'), planted('qbremoved'), planted('qcreplaced'), planted('qdneighbour')];
    const texts = (mark: string): string[] => ['tt', 'ss', 'cc', 'ff', 'nn'].map((end) => mark + end).concat(`unique${mark}word`);
    await place(bench, kept, removed, replaced, neighbour);
    t.true((await bench.inRawFiles(texts('qakept'))).length > 0, 'the look into the files finds what is there');
    await bench.engine.remove([removed.id]);
    const now = { ...replaced, texts: { title: '换', solution: '', content: '', files: '' }, numbers: ['N1'] };
    await bench.catalogue([now]);
    await bench.engine.put([now]);
    await bench.engine.purge();
    t.deepEqual(await bench.inRawFiles([...texts('qbremoved'), ...texts('qcreplaced')]), []);
    t.is(await bench.engine.count(), 3);
    t.deepEqual(await idsOf(bench.engine, asking('qakepttt')), [kept.id]);
    t.deepEqual(await idsOf(bench.engine, asking('uniqueqakeptwrod')), [kept.id], 'what stays is found as before, with a typo too');
    t.deepEqual(await idsOf(bench.engine, asking('题qdneighbourtt')), [neighbour.id]);
    t.deepEqual(await idsOf(bench.engine, asking('uniqueqbremovedwrod')), []);
    await bench.engine.purge();
    const rebuild = await bench.engine.rebuild();
    await rebuild.put([kept]);
    await rebuild.swap();
    await bench.engine.purge();
    t.deepEqual(await bench.inRawFiles(texts('qdneighbour')), []);
    t.is(await bench.engine.count(), 1);
  });

  test(`${name}: whatever is typed or indexed, nothing fails`, async (t) => {
    const bench = await open(t);
    const vocabulary = { synonyms: synonymsOf([]), departmentOf: () => undefined };
    const odd = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('\0', 'a\0b', '\ud800', "'", "\\'", "' | !'", ':*', '<->', '%', '退\udfff款', '&&', '()', '🙂'),
    );
    await fc.assert(
      fc.asyncProperty(odd, odd, odd, async (text, first, second) => {
        const document = plainDocument({ texts: { title: first, content: second }, tags: [first], client_number: second });
        await place(bench, document);
        const { all, none } = parseSearch(text, vocabulary);
        const raw = fold(second);
        for (const query of [
          { all, none },
          { all: [], none: all },
          { all: [exactly(raw)], none: [] },
          { all: [], none: [exactly(raw, text)] },
          { all: [{ phrases: [], forgiving: true }], none: [] },
        ]) {
          const answer = await bench.engine.query(
            asking(query, {
              filters: text.length % 2 === 0 ? {} : { client_number: [text, second], tag: [first], staff: [text] },
              facets: ['year'],
              sort: 'relevance',
            }),
          );
          if (answer.total < answer.hits.length) return false;
        }
        return true;
      }),
      { numRuns: 120, seed: 11 },
    );
    t.pass();
  });
}
