import test from 'ava';
import fc from 'fast-check';
import { isCoded } from '../../src/errors/index.js';
import { hashPassword, matches } from '../../src/accounts/passwords/hash.js';
import { leakedPasswords } from '../../src/accounts/passwords/leaked.js';
import { checkPassword, PASSWORD } from '../../src/accounts/passwords/rules.js';

const verdict = (password: string, username = 'lin.xia'): string => {
  try {
    checkPassword(password, username);
    return 'ok';
  } catch (error) {
    return isCoded(error, 'invalid_field') ? (error.fields[0]?.code ?? '') : String(error);
  }
};

test('R47: passwords that are short, common, rows, repetitions or hold the user name are refused', (t) => {
  for (const password of ['', 'short', 'eleven-sign', '春眠不觉晓处处闻啼鸟']) t.is(verdict(password), 'too_short', password);
  const weak = [
    'password1234',
    'Password@2026!',
    'P@ssw0rd2026',
    '123456789012',
    'qwertyuiop123',
    '111111111111',
    'abcabcabcabc',
    'abcdefghijkl',
    'lkjihgfedcba',
    'aabbaabbaabb',
    'Administrator1',
    'lantai-archive-1',
    'hello-lin.xia-hello',
    'LIN.XIA-2026-spring',
  ];
  for (const password of weak) t.is(verdict(password), 'weak', password);
  t.is(verdict('x'.repeat(PASSWORD.max + 1)), 'too_long');
  t.is(verdict('twelve\0signs-here'), 'nul');
  t.is(verdict('twelve\ud800signs-here'), 'lone_surrogate');
  for (const password of ['copper kettle song', '春眠不觉晓处处闻啼鸟夜来风雨声', 'j5-kd9-wq2-mm7', 'correct horse battery staple'])
    t.is(verdict(password), 'ok', password);
});

test('R47: leaked passwords are refused, in any case and with digits put around; every one of the list that is long enough', (t) => {
  t.true(leakedPasswords().size >= 10_000);
  for (const password of ['mailcreated5240', 'POLNIYPIZDEC0211', 'Finalfantasy', 'Mustang!2026', 'mercedes2026']) t.is(verdict(password), 'leaked', password);
  const long = [...leakedPasswords()].filter((one) => [...one].length >= PASSWORD.min);
  t.true(long.length > 100);
  t.deepEqual(
    long.filter((one) => !['leaked', 'weak'].includes(verdict(one, 'zz'))),
    [],
  );
  t.is(verdict('7391-8264-mike-5520'), 'ok', 'a short word between many random signs');
});

test('R47: length counts signs, not bytes or units: whatever twelve signs are, they are not too short', (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), { minLength: 20, maxLength: 60 }), (signs) => {
      const password = signs.join('').normalize('NFKC').replaceAll('\0', 'z');
      fc.pre([...password].length >= PASSWORD.min && password.isWellFormed() && new Set(password).size >= 12);
      t.not(verdict(password, 'zz'), 'too_short');
    }),
  );
});

test('R47: argon2id; the same password typed in another form matches, another one does not, rubbish never throws', async (t) => {
  const stored = await hashPassword('ﬁfteen Ｗide signs');
  t.regex(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  t.true(await matches(stored, 'fifteen Wide signs'));
  t.false(await matches(stored, 'fifteen wide signs'));
  t.false(await matches(stored, 'x'.repeat(100_000)));
  t.false(await matches('not a hash', 'fifteen Wide signs'));
  t.not(await hashPassword('fifteen Wide signs'), stored);
});
