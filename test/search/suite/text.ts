import { hitsIn, type SearchDocument, snippetOf } from '../../../src/search/index.js';
import { asking, exactly, idsOf, namesOf, place, plainDocument, words } from './asking.js';
import type { Bench, Suite } from './index.js';

const titled = (title: string): SearchDocument => plainDocument({ texts: { title } });

/** Names of the documents that each query finds, sorted. */
async function found(bench: Bench, named: Readonly<Record<string, SearchDocument>>, text: string | Parameters<typeof asking>[0]): Promise<string[]> {
  return namesOf(await bench.engine.query(asking(text)), named).sort();
}

/** What text finds. */
export function textTests({ test, name, open }: Suite): void {
  test(`${name}: R50: Chinese words are found inside longer runs, two signs and one sign too, and not across punctuation`, async (t) => {
    const bench = await open(t);
    const named = {
      broadband: plainDocument({ texts: { content: '客户来电反映晚间宽带频繁掉线，要求上门检查。' } }),
      refund: plainDocument({ texts: { content: '客户要求退货款项一直没有到账，套餐5G不变。' } }),
      cat: plainDocument({ texts: { title: '猫' } }),
    };
    await place(bench, ...Object.values(named));
    for (const [text, expected] of [
      ['宽带', ['broadband']],
      ['货款', ['refund']],
      ['款项', ['refund']],
      ['频繁掉线', ['broadband']],
      ['"频繁掉线"', ['broadband']],
      ['"掉线频繁"', []],
      ['"掉线要求"', []],
      ['"掉线 要求"', ['broadband']],
      ['"到账 套餐"', ['refund']],
      ['"到账套餐"', []],
      ['"套餐5G"', ['refund']],
      ['"5G 不变"', ['refund']],
      ['客户', ['broadband', 'refund']],
      ['客户 掉线', ['broadband']],
      ['"猫"', ['cat']],
      ['"客"', ['broadband', 'refund']],
      ['"狗"', []],
    ] as const)
      t.deepEqual(await found(bench, named, text), [...expected], text);
  });

  test(`${name}: R50: words are words, folded; phrases stand in order; numbers are found`, async (t) => {
    const bench = await open(t);
    const named = {
      report: plainDocument({ texts: { content: 'The quarterly report about Wi-Fi in the CAFÉ', files: 'line one\nline two' } }),
      port: plainDocument({ texts: { solution: 'Changed the port of the router.', title: '投訴' }, numbers: ['S-4711/A', 'Z001-KF·2026-D10-0001'] }),
      wide: plainDocument({ texts: { title: 'ＡＰＰ １２３', content: '投诉 café' } }),
    };
    await place(bench, ...Object.values(named));
    for (const [text, expected] of [
      ['"port"', ['port']],
      ['"report"', ['report']],
      ['"quarterly report"', ['report']],
      ['"report quarterly"', []],
      ['quarterly wi-fi', ['report']],
      ['cafe', ['report', 'wide']],
      ['投诉', ['port', 'wide']],
      ['投訴', ['port', 'wide']],
      ['app', ['wide']],
      ['123', ['wide']],
      ['12', []],
      ['S-4711', ['port']],
      ['s-4711/a', ['port']],
      ['Z001-KF·2026-D10-0001', ['port']],
      ['0001', ['port']],
      ['"one line"', ['report']],
      ['"CAFÉ line"', []],
    ] as const)
      t.deepEqual(await found(bench, named, text), [...expected], text);
  });

  test(`${name}: phrases do not run on from one text into the next`, async (t) => {
    const bench = await open(t);
    const one = plainDocument({ numbers: ['N-1', 'N-2'], texts: { title: '宽带', solution: '更换', content: '网线 end', files: 'start' } });
    await place(bench, one);
    for (const text of ['"宽带 更换"', '"更换 网线"', '"end start"', '"宽带更换"', '"1 n"']) t.deepEqual(await idsOf(bench.engine, asking(text)), [], text);
    t.deepEqual(await idsOf(bench.engine, asking('"网线 end"')), [one.id]);
  });

  test(`${name}: without: what holds an excluded word or phrase is left out; only exclusions find the rest`, async (t) => {
    const bench = await open(t);
    const named = { both: titled('退款 掉线 router on fire'), refund: titled('退款 router'), line: titled('掉线'), none: titled('套餐') };
    await place(bench, ...Object.values(named));
    t.deepEqual(await found(bench, named, '退款 -掉线'), ['refund']);
    t.deepEqual(await found(bench, named, '-退款'), ['line', 'none']);
    t.deepEqual(await found(bench, named, '-退款 -套餐'), ['line']);
    t.deepEqual(await found(bench, named, 'router -"router on fire"'), ['refund']);
    t.deepEqual(await found(bench, named, '-"fire router"'), ['both', 'line', 'none', 'refund']);
    t.deepEqual(await found(bench, named, { all: [], none: [exactly('套餐', '掉线')] }), ['refund']);
    t.deepEqual(await found(bench, named, ''), ['both', 'line', 'none', 'refund']);
  });

  test(`${name}: R50: any phrase of a clause will do (synonyms), every clause must`, async (t) => {
    const bench = await open(t);
    const named = { one: titled('退款'), two: titled('客户要退货款'), three: titled('reimbursement of fees'), four: titled('换货') };
    await place(bench, ...Object.values(named));
    t.deepEqual(await found(bench, named, '退费'), ['one', 'two']);
    t.deepEqual(await found(bench, named, '"退费"'), []);
    t.deepEqual(await found(bench, named, 'refund'), ['three']);
    t.deepEqual(await found(bench, named, { all: [exactly('退款', '换货', 'of fees')], none: [] }), ['four', 'one', 'three']);
    t.deepEqual(await found(bench, named, { all: [exactly('退款', '退货款'), exactly('客户', '没有')], none: [] }), ['two']);
  });

  test(`${name}: R50: one typo is forgiven in words of five letters and more, never in quotes, numbers, short words`, async (t) => {
    const bench = await open(t);
    const named = { invoice: titled('Invoice 12345 sent'), cable: titled('the cable'), table: titled('the table'), line: titled('кабель line') };
    await place(bench, ...Object.values(named));
    for (const [text, expected] of [
      ['invioce', ['invoice']],
      ['nvoice', ['invoice']],
      ['invoicee', ['invoice']],
      ['invoyce', ['invoice']],
      ['invoycee', []],
      ['"invioce"', []],
      ['cable', ['cable', 'table']],
      ['12346', []],
      ['lin', []],
      ['lime', []],
      ['кабиль', ['line']],
      ['cabel table', ['cable']],
    ] as const)
      t.deepEqual(await found(bench, named, text), [...expected], text);
    const answer = await bench.engine.query(asking('invioce'));
    t.deepEqual(answer.corrections, ['invoice']);
    t.deepEqual((await bench.engine.query(asking('invoice'))).corrections, []);
    const best = await bench.engine.query(asking('cable', { sort: 'relevance' }));
    t.deepEqual(namesOf(best, named), ['cable', 'table'], 'the word itself before words that are close');
  });

  test(`${name}: by relevance a hit in the title comes before one in the content, and what is equal newest first`, async (t) => {
    const bench = await open(t);
    const named = {
      title: titled('宽带掉线'),
      content: plainDocument({ texts: { title: '其他', content: '宽带掉线' } }),
      old: titled('光猫损坏'),
      young: titled('光猫损坏'),
    };
    await place(bench, ...Object.values(named));
    t.deepEqual(namesOf(await bench.engine.query(asking('掉线', { sort: 'relevance' })), named), ['title', 'content']);
    t.deepEqual(namesOf(await bench.engine.query(asking('光猫', { sort: 'relevance' })), named), ['young', 'old']);
  });

  test(`${name}: a hit gives the texts as they are, for snippets`, async (t) => {
    const bench = await open(t);
    const texts = {
      title: '寬帶　ＡＢＣ',
      solution: '更换网线。',
      content: `${'前'.repeat(100)}频繁掉線\n'quoted' "twice" \\ 𠮷 ${'后'.repeat(200)}`,
      files: 'a.txt\tb',
    };
    await place(bench, plainDocument({ texts }));
    const [hit] = (await bench.engine.query(asking('掉线'))).hits;
    t.deepEqual(hit?.texts, texts);
    t.true(hit?.readable);
    t.deepEqual(
      snippetOf(hit?.texts ?? {}, words('掉线').all)
        ?.pieces.filter((one) => one.hit)
        .map((one) => one.text),
      ['掉線'],
    );
    t.is(hitsIn(texts.title, words('宽带').all).length, 1);
  });

  test(`${name}: long texts are taken, and found by their beginning and by their words`, async (t) => {
    const bench = await open(t);
    const signs = Array.from({ length: 400_000 }, (_, i) => String.fromCodePoint(0x4e00 + ((i * 7919) % 20_000))).join('');
    const word = 'w'.repeat(5_000);
    const huge = plainDocument({
      texts: { title: '长文', content: `开头有光猫 ${word} ${signs}`, files: Array.from({ length: 60_000 }, (_, i) => `word${i}`).join(' ') },
    });
    const small = plainDocument({ texts: { title: '短文' } });
    await place(bench, huge, small);
    t.deepEqual(await idsOf(bench.engine, asking('光猫')), [huge.id]);
    t.deepEqual(await idsOf(bench.engine, asking(`"${'w'.repeat(64)}"`)), [huge.id], 'of a long word its beginning counts');
    t.deepEqual(await idsOf(bench.engine, asking('短文')), [small.id]);
    t.is(await bench.engine.count(), 2);
    const [hit] = (await bench.engine.query(asking('"长文"'))).hits;
    t.is(hit?.texts.content?.length, huge.texts.content.length);
  });
}
