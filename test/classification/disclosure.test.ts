import test from 'ava';
import { checkDisclosure, DISCLOSURE_BASES, DISCLOSURE_DEMANDS } from '../../src/classification/index.js';

const FULL = { reference: '(2026)沪0115执字第123号', law: '民事诉讼法第七十条', assessment: 'PIA-2026-003' };

test('R103: a disclosure without a basis, or with an unknown one, is refused', (t) => {
  for (const basis of [undefined, null, '', '  ']) t.deepEqual(checkDisclosure({ ...FULL, basis }).errors, [{ field: 'disclosure.basis', code: 'missing' }]);
  t.deepEqual(checkDisclosure(undefined).errors, [{ field: 'disclosure.basis', code: 'missing' }]);
  t.deepEqual(checkDisclosure({ ...FULL, basis: 'because' }, '').errors, [{ field: 'basis', code: 'unknown_value' }]);
  t.deepEqual(checkDisclosure({ ...FULL, basis: 'toString' }).errors, [{ field: 'disclosure.basis', code: 'unknown_value' }]);
});

test('R103: every basis asks for what shows it, and all but the client’s own request for an assessment number', (t) => {
  for (const basis of DISCLOSURE_BASES) {
    const demanded = (['reference', 'law', 'assessment'] as const).filter((name) => DISCLOSURE_DEMANDS[basis][name]);
    t.deepEqual(
      checkDisclosure({ basis }).errors.map((one) => [one.field, one.code]),
      demanded.map((name) => [`disclosure.${name}`, 'missing']),
    );
    t.deepEqual(checkDisclosure({ basis, ...FULL }).disclosure, { basis, ...FULL });
    t.is(demanded.includes('assessment'), basis !== 'client');
  }
});

test('R103: what is too long, hides control characters or is no number is refused', (t) => {
  const wrong = checkDisclosure({ basis: 'authority', reference: 'x'.repeat(201), law: 'a\u0007b', assessment: 'no number' });
  t.deepEqual(wrong.errors, [
    { field: 'disclosure.reference', code: 'too_long', params: { max: 200 } },
    { field: 'disclosure.law', code: 'control_character' },
    { field: 'disclosure.assessment', code: 'not_a_code' },
  ]);
  t.is(checkDisclosure({ basis: 'client', reference: ' 身份证已核 ' }).disclosure?.reference, '身份证已核');
});
