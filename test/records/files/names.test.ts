import test from 'ava';
import fc from 'fast-check';
import { cleanName, NAME_POINTS } from '../../../src/records/files/index.js';

test('names with path parts, control and direction characters are cleaned and the original is kept', (t) => {
  const cases: [string, string][] = [
    ['/etc/passwd', 'passwd'],
    ['..\\..\\win.ini', 'win.ini'],
    ['a\u0000b\nc.pdf', 'abc.pdf'],
    ['合同\u202Efdp.txt', '合同fdp.txt'],
    ['what?.pdf', 'what_.pdf'],
    ['.hidden', 'hidden'],
    ['dots...', 'dots'],
    ['..', 'file'],
    ['', 'file'],
    ['con.txt', '_con.txt'],
    ['\uD800.txt', '\uFFFD.txt'],
  ];
  for (const [original, name] of cases) t.deepEqual(cleanName(original), { name, original, cleaned: true });
  t.deepEqual(cleanName('录音 2026-01-05.wav'), { name: '录音 2026-01-05.wav', original: '录音 2026-01-05.wav', cleaned: false });
});

test('a cleaned name is short, has no path part, keeps its extension and stays as it is when cleaned again', (t) => {
  t.true(cleanName(`${'长'.repeat(400)}.pdf`).name.endsWith('.pdf'));
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (original) => {
        const { name } = cleanName(original);
        return name !== '' && [...name].length <= NAME_POINTS && !/[/\\\p{Cc}]/u.test(name) && name.isWellFormed() && cleanName(name).name === name;
      }),
    ),
  );
});
