import type { Condition } from '../../../src/access/index.js';
import { FACETS } from '../../../src/search/index.js';
import { asking, exactly, idsOf, namesOf, place, plainDocument } from './asking.js';
import type { Suite } from './index.js';

const NOTHING: Condition = { op: 'false' };
const EVERYTHING: Condition = { op: 'true' };
const own: Condition = { op: 'eq', column: 'department', value: 'hotline' };
const agent = { read: own, list: EVERYTHING };

/** What rights do to a search. */
export function rightsTests({ test, name, open }: Suite): void {
  test(`${name}: R52: nothing allowed, nothing found: no hit, no count, no facet, no correction, with and without words`, async (t) => {
    const bench = await open(t);
    await place(bench, plainDocument({ texts: { title: '宽带 invoice' } }), plainDocument());
    for (const text of ['', '宽带', 'invoyce', '-宽带']) {
      const answer = await bench.engine.query(asking(text, { read: NOTHING, list: NOTHING, facets: FACETS }));
      t.deepEqual(answer, { hits: [], total: 0, capped: false, facets: Object.fromEntries(FACETS.map((one) => [one, []])), corrections: [] }, text);
    }
    t.is((await bench.engine.query(asking(''))).total, 2);
  });

  test(`${name}: R52: of a record that may only be listed, text is never matched, counted, excluded by, ranked by, corrected to or shown`, async (t) => {
    const bench = await open(t);
    const named = {
      mine: plainDocument({ texts: { title: '宽带', content: '光猫 invoice 客户 投诉', solution: '更换', files: '附件' } }),
      theirs: plainDocument({
        department: 'field',
        numbers: ['S-77'],
        texts: { title: '宽带 notice', content: '光猫 invoice 客户 投诉 cables', solution: '更换', files: '附件' },
      }),
    };
    await place(bench, ...Object.values(named));
    const ask = async (text: Parameters<typeof asking>[0], change = {}) => bench.engine.query(asking(text, { ...agent, facets: ['department'], ...change }));
    for (const text of ['光猫', '更换', '附件', '"客户 投诉"', 'invoice', 'invoise', '"客"'] as const) {
      const answer = await ask(text);
      t.deepEqual(namesOf(answer, named), ['mine'], text);
      t.is(answer.total, 1);
      t.deepEqual(answer.facets.department, [{ value: 'hotline', count: 1 }]);
    }
    t.deepEqual((await ask('invoise')).corrections, ['invoice']);
    t.deepEqual((await ask('cablse')).hits, []);
    t.deepEqual((await ask('cablse')).corrections, []);
    // the catalogue part is found, alone
    const both = await ask('宽带');
    t.deepEqual(namesOf(both, named).sort(), ['mine', 'theirs']);
    const theirs = both.hits.find((hit) => hit.id === named.theirs.id);
    t.deepEqual(theirs, { id: named.theirs.id, readable: false, texts: {} });
    t.deepEqual(namesOf(await ask('S-77'), named), ['theirs']);
    t.deepEqual((await ask('notise')).corrections, ['notice'], 'a title is part of the catalogue');
    t.deepEqual(namesOf(await ask('宽带 光猫'), named), ['mine'], 'title and text together only where both may be read');
    t.deepEqual(namesOf(await ask({ all: [exactly('光猫', '宽带')], none: [] }), named).sort(), ['mine', 'theirs']);
    // what may not be read excludes nothing
    t.deepEqual(namesOf(await ask('-光猫'), named), ['theirs']);
    t.deepEqual(namesOf(await ask('宽带 -"客户 投诉"'), named), ['theirs']);
    t.deepEqual(namesOf(await ask('-宽带'), named), []);
    t.deepEqual(namesOf(await ask('-notice'), named), ['mine']);
    // nor does it change the order
    const ranked = await ask({ all: [exactly('宽带', '光猫', '更换')], none: [] }, { sort: 'relevance', read: NOTHING });
    t.deepEqual(namesOf(ranked, named), ['theirs', 'mine'], 'equal titles: the newest first');
  });

  test(`${name}: R52: who may read but not list finds by all texts`, async (t) => {
    const bench = await open(t);
    const named = { mine: plainDocument({ texts: { content: '光猫' } }), theirs: plainDocument({ department: 'field', texts: { title: '光猫' } }) };
    await place(bench, ...Object.values(named));
    t.deepEqual(namesOf(await bench.engine.query(asking('光猫', { read: own, list: NOTHING })), named), ['mine']);
    t.deepEqual(namesOf(await bench.engine.query(asking('', { read: own, list: NOTHING })), named), ['mine']);
  });

  test(`${name}: R52: conditions over every column, joined as policies join them`, async (t) => {
    const bench = await open(t);
    const named = {
      a: plainDocument({ restricted: true, staff_account: 'acc-1' }),
      b: plainDocument({ department: 'field', sensitivity: 'public', state: 'received' }),
      c: plainDocument({ service_type: 'survey', client_type: 'government', medium: 'paper', channel: 'email', fonds: 'Z002' }),
    };
    await place(bench, ...Object.values(named));
    const cases: [Condition, string][] = [
      [{ op: 'eq', column: 'restricted', value: true }, 'a'],
      [{ op: 'eq', column: 'restricted', value: false }, 'bc'],
      [{ op: 'eq', column: 'staff_account', value: 'acc-1' }, 'a'],
      [{ op: 'in', column: 'fonds', values: ['Z002', 'Z003'] }, 'c'],
      [{ op: 'in', column: 'state', values: [] }, ''],
      [{ op: 'and', all: [own, { op: 'in', column: 'sensitivity', values: ['internal', 'public'] }] }, 'ac'],
      [
        {
          op: 'or',
          any: [
            { op: 'and', all: [own, { op: 'eq', column: 'medium', value: 'paper' }] },
            { op: 'eq', column: 'state', value: 'received' },
          ],
        },
        'bc',
      ],
      [{ op: 'or', any: [] }, ''],
      [{ op: 'and', all: [] }, 'abc'],
      [{ op: 'eq', column: 'channel', value: `e"m\\'ail` }, ''],
      [
        {
          op: 'or',
          any: [
            { op: 'eq', column: 'service_type', value: 'survey' },
            { op: 'eq', column: 'client_type', value: 'government' },
            { op: 'eq', column: 'channel', value: 'email' },
          ],
        },
        'c',
      ],
    ];
    for (const [read, expected] of cases) {
      t.is(
        namesOf(await bench.engine.query(asking('', { read, list: NOTHING })), named)
          .sort()
          .join(''),
        expected,
        JSON.stringify(read),
      );
      t.is(
        namesOf(await bench.engine.query(asking('', { read: NOTHING, list: read })), named)
          .sort()
          .join(''),
        expected,
        JSON.stringify(read),
      );
    }
  });

  test(`${name}: highly sensitive records are found by their numbers and dates, and have no text`, async (t) => {
    const bench = await open(t);
    const one = plainDocument({ sensitivity: 'highly_sensitive', numbers: ['S-900', 'Z001-KF·2026-D10-0900'] });
    const other = plainDocument({ texts: { title: '宽带' } });
    await place(bench, one, other);
    t.deepEqual(await idsOf(bench.engine, asking('S-900')), [one.id]);
    t.deepEqual(await idsOf(bench.engine, asking('-宽带')), [one.id]);
    t.deepEqual(await idsOf(bench.engine, asking('', { filters: { closed: { from: one.closedAt, before: other.closedAt } } })), [one.id]);
    const [hit] = (await bench.engine.query(asking('S-900'))).hits;
    t.deepEqual(hit, { id: one.id, readable: true, texts: { title: '', solution: '', content: '', files: '' } });
  });

  test(`${name}: R49: texts of certain records are those that may be read, of the records asked for alone`, async (t) => {
    const bench = await open(t);
    const mine = plainDocument({ texts: { title: '题', solution: '更换光猫', content: '掉线', files: '附件' } });
    const theirs = plainDocument({ department: 'field', texts: { solution: '退款' } });
    const other = plainDocument({ texts: { solution: '回访' }, closedAt: new Date(Date.UTC(2019, 4, 5)) });
    await place(bench, mine, theirs, other);
    const ids = [mine.id, theirs.id, '0199ffff-0000-7000-8000-000000000000'];
    t.deepEqual(await bench.engine.texts(ids, own), [{ id: mine.id, readable: true, texts: mine.texts }]);
    t.deepEqual((await bench.engine.texts([...ids, other.id], EVERYTHING)).map((hit) => hit.id).sort(), [mine.id, theirs.id, other.id].sort());
    t.deepEqual(await bench.engine.texts(ids, NOTHING), []);
    t.deepEqual(await bench.engine.texts([], EVERYTHING), []);
    await bench.catalogue([{ ...mine, department: 'field' }]);
    if (bench.engine.kind === 'postgres') t.deepEqual(await bench.engine.texts(ids, own), [], 'the record itself decides, whatever the index still says');
  });

  test(`${name}: R92: a changed right holds from the next query on, without the index being touched`, async (t) => {
    const bench = await open(t);
    const named = { mine: plainDocument({ texts: { content: '光猫' } }), theirs: plainDocument({ department: 'field', texts: { content: '光猫' } }) };
    await place(bench, ...Object.values(named));
    t.deepEqual(namesOf(await bench.engine.query(asking('光猫', agent)), named), ['mine']);
    t.deepEqual(namesOf(await bench.engine.query(asking('光猫', { read: EVERYTHING, list: EVERYTHING })), named).sort(), ['mine', 'theirs']);
    t.deepEqual(namesOf(await bench.engine.query(asking('光猫', { read: NOTHING, list: EVERYTHING })), named), []);
  });
}
