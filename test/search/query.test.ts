import test from 'ava';
import fc from 'fast-check';
import { fold, hitsIn, parseSearch, snippetOf, synonymsOf, type Vocabulary } from '../../src/search/index.js';
import { maskText } from '../../src/classification/index.js';
import { beginningOf } from '../../src/search/follow/document.js';
import { droppedForms, needle, spaced, tokensOf, withinOneTypo } from '../../src/search/analyse/index.js';

const synonyms = synonymsOf([
  ['退款', '退费', '退货款'],
  ['refund', 'reimbursement'],
  ['pothole', 'road damage'],
]);
const vocabulary: Vocabulary = { synonyms, departmentOf: (text) => ({ hotline: 'hotline', 热线部: 'hotline' })[text] };
const parse = (text: string) => parseSearch(text, vocabulary);
const phrases = (text: string) => parse(text).all.map((one) => one.phrases[0]);

test('R50: traditional and simplified, full and half width, cases and accents fold to the same', (t) => {
  t.is(fold('投訴'), '投诉');
  t.is(fold('ＡＢＣ１２３'), 'abc123');
  t.is(fold('Café'), 'cafe');
  t.is(fold('退\u200b款'), '退款');
  t.is(fold('ﾃｽﾄ'), 'テスト');
});

test('R50: Chinese words inside longer runs are found, two signs too', (t) => {
  const text = spaced(fold('客户要求退货款项一直没有到账，套餐5G不变。'));
  for (const word of ['货款', '退货', '没有', '套餐']) t.true(text.includes(needle(fold(word))), word);
  t.false(text.includes(needle(fold('账套'))), 'not across punctuation');
  t.true(text.includes(needle(fold('套餐5g'))));
  t.false(spaced(fold('quarterly report')).includes(needle('port')), 'a word is a word');
  t.deepEqual(tokensOf(fold('5G套餐 No.7')), ['5g', '套餐', 'no', '7']);
});

test('the language of the box: words, phrases, exclusion, filters in both languages', (t) => {
  const query = parse('宽带 "上门 检查" -掉线 type:投诉 客户：C-1029 year:2024 until:2027-03 部门:热线部');
  t.deepEqual(query.problems, []);
  t.deepEqual(
    query.all.map((one) => one.phrases),
    [['宽带'], ['上门 检查']],
  );
  t.deepEqual(
    query.none.map((one) => one.phrases),
    [['掉线']],
  );
  t.deepEqual(query.filters, { service_type: ['complaint'], client_number: ['C-1029'], year: [2024], until: { to: '2027-03-31' }, department: ['hotline'] });
  t.is(query.rest, '宽带 上门 检查');
});

test('a long question is cut into words, particles are dropped', (t) => {
  t.deepEqual(phrases('网页打不开怎么办'), ['网页', '打不开']);
  t.deepEqual(phrases('宽带晚间频繁掉线'), ['宽带', '晚间', '频繁', '掉线']);
  t.deepEqual(phrases('wi-fi'), ['wi fi']);
  t.deepEqual(phrases('哪家酒店有棋牌室'), ['酒店', '棋牌室']);
  t.deepEqual(phrases('能看护小孩的酒店'), ['小孩', '酒店']);
  t.deepEqual(phrases('我想吃佛跳墙'), ['跳墙']);
  t.deepEqual(phrases('我要求退款'), ['要求', '退款']);
});

test('small English words are not demanded, unless nothing else is asked for', (t) => {
  t.deepEqual(phrases('how do I get a gold loan'), ['gold', 'loan']);
  t.deepEqual(phrases('trash can in canton'), ['trash', 'canton']);
  t.deepEqual(phrases('how to'), ['how', 'to']);
  t.deepEqual(phrases('"how to"'), ['how to']);
});

test('synonyms find each other, not in quotes', (t) => {
  t.deepEqual(parse('退费').all[0]?.phrases, ['退费', '退款', '退货款']);
  t.deepEqual(parse('"退费"').all[0]?.phrases, ['退费']);
  t.deepEqual(parse('Refund').all[0]?.phrases, ['refund', 'reimbursement']);
  t.deepEqual(
    parse('big road damage').all.map((one) => one.phrases),
    [['big'], ['road damage', 'pothole']],
  );
  t.throws(
    () =>
      synonymsOf([
        ['a1', 'b1'],
        ['b1', 'c1'],
      ]),
    { message: /two groups/ },
  );
});

test('what is not understood is said, never dropped', (t) => {
  t.deepEqual(parse('type:nonsense').problems, [{ field: 'q.type', code: 'unknown_value', params: { at: 1, text: 'type:nonsense' } }]);
  t.deepEqual(parse('退款 until:soon').problems, [{ field: 'q.until', code: 'not_a_date', params: { at: 4, text: 'until:soon' } }]);
  t.deepEqual(parse('-type:投诉').problems, [{ field: 'q.type', code: 'not_excludable', params: { at: 1, text: '-type:投诉' } }]);
  t.deepEqual(parse('x'.repeat(201)).problems, [{ field: 'q', code: 'too_long', params: { max: 200 } }]);
  t.deepEqual(parse(Array.from({ length: 21 }, (_, i) => `w${i}`).join(' ')).problems, [{ field: 'q', code: 'too_many_words', params: { max: 20 } }]);
  t.deepEqual(phrases('12:30 http://x.example'), ['12 30', 'http x example'], 'a colon alone makes no filter');
});

test('parsing never throws and never loses a filter silently', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (text) => {
      const query = parse(text);
      return Array.isArray(query.all) && query.all.every((one) => one.phrases.length > 0);
    }),
  );
  t.pass();
});

test('one typo: the dropped forms find every pair that is one typo apart', (t) => {
  const word = fc.stringMatching(/^[a-e]{5,8}$/);
  fc.assert(
    fc.property(word, word, (a, b) => !withinOneTypo(a, b) || droppedForms(a).some((form) => droppedForms(b).includes(form))),
    { numRuns: 2_000 },
  );
  t.true(withinOneTypo('refund', 'refudn'));
  t.true(withinOneTypo('refund', 'refnd'));
  t.true(withinOneTypo('refund', 'refundd'));
  t.false(withinOneTypo('refund', 'rfeudn'));
});

test('hits are marked in the original, whatever its form', (t) => {
  const clauses = parse('投诉 refund').all;
  const text = '客戶投訴後要求 REFUND，已refunded。';
  t.deepEqual(
    hitsIn(text, clauses).map(({ start, end }) => text.slice(start, end)),
    ['投訴', 'REFUND'],
  );
});

test('a snippet shows the solution first, and hits before anything else', (t) => {
  const texts = { title: '掉线', solution: '更换网线。', content: `${'前'.repeat(100)}频繁掉线${'后'.repeat(200)}` };
  t.is(snippetOf(texts, [])?.part, 'solution');
  const found = snippetOf(texts, parse('掉线').all);
  t.is(found?.part, 'content');
  t.true(found?.before && found.after);
  t.deepEqual(
    found?.pieces.filter((one) => one.hit).map((one) => one.text),
    ['掉线'],
  );
  const english = snippetOf({ content: `${'aardvark '.repeat(20)}refund ${'zebra '.repeat(60)}` }, parse('refund').all);
  const shown = english?.pieces.map((one) => one.text).join('') ?? '';
  t.regex(shown.trim(), /^aardvark .* refund .*zebra$/, 'words are not cut');
  t.is(snippetOf({ title: 'x' }, []), null);
});

test('R88: a text that is too long is cut where no number and no name is parted', (t) => {
  const phone = '13812345678';
  for (const filler of ['垫', '垫，', 'filler ', '\n行']) {
    for (let shift = 0; shift <= 14; shift++) {
      const text = `${filler.repeat(2_000).slice(0, 990 + shift)}${phone} 与后文${filler.repeat(2_000)}`;
      const cut = beginningOf(text, 1_003);
      t.true(text.startsWith(cut) && cut.length <= 1_003 && cut.length > 900, filler);
      t.false(/(?<!\d)1\d{2,9}$/.test(cut), `${filler} ${shift}: ${cut.slice(-20)}`);
      t.false(maskText(cut).text.includes('13812'), `${filler} ${shift}`);
    }
  }
  t.is(beginningOf('短', 1_000), '短');
  t.true(beginningOf('𠮷'.repeat(1_000), 1_001).isWellFormed());
  t.is(beginningOf(`第一句。${'王'.repeat(1_500)}`, 1_000), '第一句。', 'a sentence is not begun that has no end');
});
