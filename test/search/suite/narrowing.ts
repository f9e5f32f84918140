import { CAP, FACETS, type SearchDocument, type SearchFilters } from '../../../src/search/index.js';
import { asking, exactly, idsOf, namesOf, place, plainDocument } from './asking.js';
import type { Suite } from './index.js';
import { facetsOfAll, oracle } from './oracle.js';

const day = (text: string): Date => new Date(`${text}T00:00:00Z`);

/** Filters, sorts, facets, pages, the cap. */
export function narrowingTests({ test, name, open }: Suite): void {
  test(`${name}: R49: every filter, several values of one column mean any, several columns all`, async (t) => {
    const bench = await open(t);
    const named = {
      a: plainDocument({ year: 2025, closedAt: day('2025-12-31'), termUntil: '2027-03-31', evaluation: null, tags: ['vip', '加急'], texts: { title: '宽带' } }),
      b: plainDocument({
        service_type: 'complaint',
        client_type: 'enterprise',
        department: 'field',
        channel: 'email',
        sensitivity: 'public',
        closedAt: day('2026-01-01'),
        texts: { title: '宽带' },
      }),
      c: plainDocument({
        medium: 'paper',
        state: 'received',
        evaluation: 1,
        client_number: 'C-2',
        staff_number: '9',
        staff_name: '王磊',
        tags: ['vip'],
        closedAt: day('2026-02-01'),
      }),
    };
    await place(bench, ...Object.values(named));
    const cases: [SearchFilters, string][] = [
      [{ service_type: ['complaint'] }, 'b'],
      [{ service_type: ['complaint', 'routine'] }, 'abc'],
      [{ service_type: ['survey'] }, ''],
      [{ client_type: ['enterprise'] }, 'b'],
      [{ department: ['hotline'] }, 'ac'],
      [{ channel: ['email', 'phone'], medium: ['electronic'] }, 'ab'],
      [{ sensitivity: ['public'] }, 'b'],
      [{ medium: ['paper'] }, 'c'],
      [{ state: ['received', 'due'] }, 'c'],
      [{ year: [2025] }, 'a'],
      [{ year: [2025, 2026] }, 'abc'],
      [{ evaluation: [1, 2] }, 'c'],
      [{ evaluation: [1, 2, 3, 4, 5] }, 'bc'],
      [{ client_number: ['C-2', 'C-3'] }, 'c'],
      [{ client_number: ['C-'] }, ''],
      [{ staff: ['王磊'] }, 'c'],
      [{ staff: ['8001'] }, 'ab'],
      [{ staff: ['9', '李静'] }, 'abc'],
      [{ tag: ['vip'] }, 'ac'],
      [{ tag: ['加急'] }, 'a'],
      [{ tag: ['vip', '加急'], state: ['received'] }, 'c'],
      [{ closed: { from: day('2026-01-01') } }, 'bc'],
      [{ closed: { before: day('2026-01-01') } }, 'a'],
      [{ closed: { from: day('2026-01-01'), before: day('2026-02-01') } }, 'b'],
      [{ until: { to: '2027-03-31' } }, 'a'],
      [{ until: { from: '2027-04-01' } }, 'bc'],
      [{ until: { from: '2027-03-31', to: '2027-03-31' } }, 'a'],
      [{ service_type: [] }, ''],
      [{ client_number: ["' or true --", '\\', '"'] }, ''],
    ];
    for (const [filters, expected] of cases) {
      const answer = await bench.engine.query(asking('', { filters, facets: ['service_type'] }));
      t.is(namesOf(answer, named).sort().join(''), expected, JSON.stringify(filters));
      t.is(answer.total, expected.length);
    }
    t.is(namesOf(await bench.engine.query(asking('宽带', { filters: { tag: ['vip'] } })), named).join(''), 'a');
  });

  test(`${name}: R49: facets count all hits, the most frequent first, and nothing else`, async (t) => {
    const bench = await open(t);
    const documents = Array.from({ length: 30 }, (_, i) =>
      plainDocument({
        service_type: i % 3 === 0 ? 'complaint' : 'routine',
        year: 2024 + (i % 2),
        evaluation: i % 5 === 0 ? null : 1 + (i % 3),
        channel: ['phone', 'email', 'chat', 'web'][i % 4] ?? '',
        texts: { title: i < 20 ? '宽带' : '其他' },
      }),
    );
    await place(bench, ...documents);
    const query = asking('宽带', { facets: FACETS, limit: 3 });
    const answer = await bench.engine.query(query);
    t.deepEqual(answer.facets, oracle(documents, query).facets);
    t.deepEqual(answer.facets.service_type, [
      { value: 'routine', count: 13 },
      { value: 'complaint', count: 7 },
    ]);
    t.is(answer.hits.length, 3);
    t.is(answer.total, 20);
    t.deepEqual((await bench.engine.query(asking('无此词', { facets: ['year'] }))).facets, { year: [] });
    t.deepEqual((await bench.engine.query(asking('宽带'))).facets, {});
  });

  test(`${name}: R49: sorted by closing either way and by the end of the term; pages neither skip nor repeat`, async (t) => {
    const bench = await open(t);
    // many equal times: only the id tells them apart
    const documents = Array.from({ length: 60 }, (_, i) => plainDocument({ closedAt: day(`2026-0${1 + (i % 4)}-01`), termUntil: `20${30 + (i % 3)}-01-31` }));
    await place(bench, ...documents);
    for (const sort of ['newest', 'oldest', 'until'] as const) {
      const wanted = oracle(documents, asking('', { sort, limit: 100 })).hits.map((hit) => hit.id);
      t.deepEqual(await idsOf(bench.engine, asking('', { sort, limit: 100 })), wanted, sort);
      const paged: string[] = [];
      for (let offset = 0; offset < 70; offset += 7) paged.push(...(await idsOf(bench.engine, asking('', { sort, offset, limit: 7 }))));
      t.deepEqual(paged, wanted, sort);
    }
  });

  test(`${name}: hits are counted up to the cap, the first of the order asked for; beyond it there is nothing`, async (t) => {
    const bench = await open(t);
    const documents = Array.from({ length: CAP + 120 }, (_, i) =>
      plainDocument({
        closedAt: new Date(Date.UTC(2025, i % 7, 1 + (i % 27), i % 23, i % 59)),
        termUntil: `20${30 + (i % 40)}-01-31`,
        service_type: i % 2 === 0 ? 'routine' : 'complaint',
        texts: { title: i < CAP ? '宽带' : '宽带 光猫' },
      }),
    );
    await bench.catalogue(documents);
    for (let i = 0; i < documents.length; i += 400) await bench.engine.put(documents.slice(i, i + 400));
    for (const sort of ['newest', 'oldest', 'until', 'relevance'] as const)
      for (const text of ['', '宽带'])
        for (const offset of [0, 990, CAP, CAP + 50]) {
          const query = asking(text, { sort, offset, limit: 20, facets: ['service_type'] });
          const answer = await bench.engine.query(query);
          const expected = oracle(documents, query);
          t.is(answer.total, CAP);
          t.true(answer.capped);
          t.is(answer.hits.length, expected.hits.length);
          if (sort === 'relevance') continue; // which of them are counted is then the engine's choice among the equally good
          t.deepEqual(
            answer.hits.map((hit) => hit.id),
            expected.hits.map((hit) => hit.id),
            `${sort} ${text} ${offset}`,
          );
          const all = facetsOfAll(documents, query).service_type ?? [];
          const counted = answer.facets.service_type ?? [];
          t.is(counted.length, all.length);
          for (const { value, count } of counted) {
            const least = expected.facets.service_type?.find((one) => one.value === value)?.count ?? 0;
            t.true(count >= least && count <= (all.find((one) => one.value === value)?.count ?? 0), `${value}: ${count}`);
          }
        }
    const half = asking('宽带', { sort: 'until', limit: 600, filters: { service_type: ['routine'] } });
    t.deepEqual(await bench.engine.query(half).then(({ hits, total }) => [hits.map((hit) => hit.id), total]), [
      oracle(documents, half).hits.map((hit) => hit.id),
      (CAP + 120) / 2,
    ]);
    const few = await bench.engine.query(asking('光猫', { limit: 500 }));
    t.is(few.total, 120);
    t.false(few.capped);
    const [most] = documents as [SearchDocument];
    const without = await bench.engine.query(asking({ all: [exactly('宽带')], none: [exactly('光猫')] }, { limit: 1 }));
    t.is(without.total, CAP);
    t.false(without.capped, 'exactly as many as the cap are not more than it');
    t.is((await bench.engine.query(asking({ all: [exactly('宽带')], none: [exactly('光猫')] }, { exclude: [most.id], limit: 1 }))).total, CAP - 1);
  });

  test(`${name}: excluded records are left out of hits, counts and facets`, async (t) => {
    const bench = await open(t);
    const [a, b, c] = [plainDocument({ texts: { title: '宽带' } }), plainDocument({ texts: { title: '宽带' } }), plainDocument({ year: 2020 })] as const;
    await place(bench, a, b, c);
    const answer = await bench.engine.query(asking('', { exclude: [a.id, c.id], facets: ['year'] }));
    t.deepEqual(
      answer.hits.map((hit) => hit.id),
      [b.id],
    );
    t.is(answer.total, 1);
    t.deepEqual(answer.facets, { year: [{ value: '2026', count: 1 }] });
    t.deepEqual(await idsOf(bench.engine, asking('宽带', { exclude: [b.id] })), [a.id]);
  });
}
