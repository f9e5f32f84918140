import test from 'ava';
import fc from 'fast-check';
import {
  findPersonalData,
  isBankCard,
  isResidentId,
  maskClient,
  maskEmail,
  maskName,
  maskNumber,
  maskPhone,
  maskText,
  residentCheck,
} from '../../src/classification/index.js';

const digits = (n: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[0-9]{${n}}$`));
const mobile = fc.tuple(fc.constantFrom('3', '4', '5', '6', '7', '8', '9'), digits(9)).map(([second, rest]) => `1${second}${rest}`);
const residentId = fc
  .tuple(
    fc.constantFrom('110101', '310115', '440305', '510104', '650102'),
    fc.date({ min: new Date('1920-01-01'), max: new Date('2020-12-31'), noInvalidDate: true }),
    digits(3),
  )
  .map(([place, born, order]) => {
    const first = place + born.toISOString().slice(0, 10).replaceAll('-', '') + order;
    return first + residentCheck(first);
  });
const bankCard = fc.tuple(fc.constantFrom('62', '4', '51'), digits(16)).map(([head, rest]) => {
  const first = (head + rest).slice(0, 15);
  return (
    Array.from('0123456789')
      .map((last) => first + last)
      .find(isBankCard) ?? ''
  );
});
/** Words of a title; no digits of their own. */
const words = fc.constantFrom('宽带报修,', '客户来电:', ' 退款 ', 'card ', '，', '（', '投诉客服 ', '\n');
const wide = (text: string): string =>
  Array.from(text)
    .map((sign) => (/[0-9]/.test(sign) ? String.fromCodePoint((sign.codePointAt(0) ?? 0) + 0xfee0) : sign))
    .join('');
const writing = fc.constantFrom<(text: string) => string>(
  (text) => text,
  wide,
  (text) => text.replace(/(.{3})(.{4})(.*)/u, '$1 $2 $3'),
  (text) => text.replace(/(.{3})(.{4})(.*)/u, '$1-$2-$3'),
  (text) => Array.from(text).join(' '),
  (text) => Array.from(text).join('\u200B'),
  (text) => wide(text.replace(/(.{4})(.{4})(.*)/u, '$1－$2－$3')),
);
const flat = (text: string): string => text.normalize('NFKC').replace(/[^\dX*]/g, '');

for (const [name, number] of Object.entries({ mobile, residentId, bankCard })) {
  test(`R88: a ${name} number never survives, however it is written`, (t) => {
    t.notThrows(() =>
      fc.assert(
        fc.property(words, number, writing, words, (before, secret, write, after) => {
          const { text, found } = maskText(before + write(secret) + after);
          const most = flat(text).split('*');
          return Object.keys(found).length === 1 && !flat(text).includes(secret) && most.every((part) => part.length <= 4);
        }),
        { numRuns: 500 },
      ),
    );
  });
}

test('R88: masking twice is masking once', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.array(fc.oneof(words, mobile, residentId, bankCard, fc.string()), { maxLength: 6 }), (parts) => {
        const once = maskText(parts.join('')).text;
        return maskText(once).text === once;
      }),
    ),
  );
});

test('R88: findings lie in order, apart from each other and inside the text', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.array(fc.oneof(words, mobile, residentId, bankCard, fc.string({ unit: 'grapheme' })), { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        return findPersonalData(text).every((one, i, all) => one.start < one.end && one.end <= text.length && one.start >= (all[i - 1]?.end ?? 0));
      }),
    ),
  );
});

test('R88: what is found, and how it then reads', (t) => {
  const cases: [string, string][] = [
    ['手机13812345678来电', '手机138****5678来电'],
    ['＋８６ １３８ １２３４ ５６７８', '138****5678'],
    ['4111111111111111 4111111111111111', '************1111 ************1111'],
    ['13812345678 13987654321', '138****5678 139****4321'],
    ['电话幺三八一二三四五六七八', '电话138****5678'],
    ['第一13812345678', '第一138****5678'],
    ['座机 010-65521234 转 8', '座机 *********34 转 8'],
    ['(021) 5866 1234', '*********34'],
    ['call 410-555-0123 today', 'call ********23 today'],
    ['+44 20 7946 0958', '**********58'],
    ['身份证11010519491231002X', '身份证110***********002X'],
    ['旧证号130503670401001', '旧证号130********1001'],
    ['卡号 6222 0212 3456 7890 128', '卡号 ***************0128'],
    ['zhang.san@example.com 来信', 'z***@example.com 来信'],
    ['邮箱为zhang@example.com请回复', '邮箱为z***@example.com请回复'],
    ['车牌京A·12345剐蹭', '车牌京A******剐蹭'],
    ['新能源 粤BD12345', '新能源 粤B******'],
    ['住在3号楼2单元501室', '住在*号楼*单元*室'],
    ['电话 65521234', '电话 ******34'],
  ];
  for (const [text, masked] of cases) t.is(maskText(text).text, masked, text);
});

test('R88: dates, amounts, order numbers and service lines are no personal data', (t) => {
  for (const text of [
    '2026-01-05 10:30 至 2026-01-06 11:45',
    '退款1280.50元',
    '订单 SO-20260105-000123',
    '致电 400-820-8820',
    '95588',
    '工单20260105',
    '第12层漏水',
    'v1.2.345',
    '2024.01.15 2024.02.15',
    '流量 10GB 至 500GB',
    '一二三四五六七八九十个步骤',
    '二〇二六年一月三日',
  ]) {
    t.deepEqual(maskText(text), { text, found: {} }, text);
  }
});

test('R88: counts by kind; names of the record are masked where they stand', (t) => {
  const masked = maskText('张小明（13812345678、13987654321）与 John Smith，邮箱 a@b.cn', ['张小明', 'John Smith', '张']);
  t.is(masked.text, '张**（138****5678、139****4321）与 J*** S****，邮箱 a***@b.cn');
  t.deepEqual(masked.found, { name: 2, phone: 2, email: 1 });
});

test('R85: names, phones and numbers in lists', (t) => {
  t.is(maskName('张三'), '张*');
  t.is(maskName('欧阳小明'), '欧阳**');
  t.is(maskName('欧阳'), '欧*');
  t.is(maskName('李'), '*');
  t.is(maskName('John Smith'), 'J*** S****');
  t.is(maskName('J'), '*');
  t.is(maskName(''), '');
  t.is(maskPhone('138 1234 5678'), '138****5678');
  t.is(maskPhone('+8613812345678'), '138****5678');
  t.is(maskPhone('110'), '***');
  t.is(maskNumber('KH-20260001'), '********01');
  t.is(maskNumber('C12'), '***');
  t.is(maskEmail('a@b.cn'), 'a***@b.cn');
  t.is(maskClient('杭州云栖电器有限公司', 'enterprise'), '杭州云栖电器有限公司');
  t.is(maskClient('王芳', 'individual'), '王*');
});

test('R85: a name is never shown whole', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => name.trim() === '' || /^[\s*]+$/.test(name) || maskName(name) !== name.trim()),
    ),
  );
});

test('R88: resident IDs by place, birthday and check digit; cards by Luhn', (t) => {
  t.true(isResidentId('11010519491231002X'));
  t.true(isResidentId('110105194912310021'), 'a mistyped one still points at a person');
  t.false(isResidentId('110105194913310021'), 'no thirteenth month');
  t.false(isResidentId('990105194912310022'));
  t.true(isBankCard('4111111111111111'));
  t.false(isBankCard('4111111111111112'));
  t.false(isBankCard('0000000000000000'));
});

test('R88: long texts full of findings are masked to the end', (t) => {
  const { text, found } = maskText('张小明13812345678，'.repeat(12_000), ['张小明', '明1']);
  t.deepEqual(found, { name: 12_000, phone: 12_000 });
  t.is(text, '张**138****5678，'.repeat(12_000));
});
