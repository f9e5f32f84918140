import test from 'ava';
import { codeOf, currentCode, fromBase32, matchingStep, otpauthUri, stepAt, toBase32 } from '../../src/accounts/second-factor/totp.js';

const SECRET = Buffer.from('12345678901234567890', 'ascii');
const at = (seconds: number): Date => new Date(seconds * 1000);

test('R47: the test vectors of RFC 6238 (SHA-1, eight digits) and RFC 4226 (six digits)', (t) => {
  for (const [seconds, code] of [
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ] as const) {
    t.is(codeOf(SECRET, stepAt(at(seconds)), 8), code);
  }
  const hotp = ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'];
  t.deepEqual(
    hotp.map((_, counter) => codeOf(SECRET, counter)),
    hotp,
  );
});

test('base 32 as of RFC 4648, there and back', (t) => {
  for (const [text, coded] of [
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ] as const) {
    t.is(toBase32(Buffer.from(text)), coded);
    t.is(fromBase32(coded).toString(), text);
  }
  t.throws(() => fromBase32('MZXW0'));
});

test('R47: a code fits its own step, the one before and the one after; never one that was used, nor an earlier one', (t) => {
  const now = at(1_234_567_890);
  const here = stepAt(now);
  const code = (shift: number): string => codeOf(SECRET, here + shift);
  for (const shift of [-1, 0, 1]) t.is(matchingStep(SECRET, code(shift), now, null), here + shift);
  for (const shift of [-2, 2]) t.is(matchingStep(SECRET, code(shift), now, null), undefined);
  t.is(matchingStep(SECRET, code(0), now, here), undefined, 'used');
  t.is(matchingStep(SECRET, code(-1), now, here), undefined, 'earlier than one that was used');
  t.is(matchingStep(SECRET, code(1), now, here), here + 1);
  for (const typed of ['', '12345', '1234567', 'abcdef', '１２３４５６', `${code(0)} `]) t.is(matchingStep(SECRET, typed, now, null), undefined, typed);
});

test('what a QR code holds is what apps read', (t) => {
  const uri = otpauthUri({ issuer: '云帆 档案室', account: 'lin.xia', secret: toBase32(SECRET) });
  const read = new URL(uri);
  t.is(read.protocol, 'otpauth:');
  t.is(decodeURIComponent(read.pathname).split('/').at(-1), '云帆 档案室:lin.xia');
  t.deepEqual(Object.fromEntries(read.searchParams), {
    secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
    issuer: '云帆 档案室',
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  });
  t.is(currentCode(uri, at(59)), '287082');
});
