import test from 'ava';
import { phrasesFor } from '../../src/phrases/index.js';
import { USES } from '../../src/reports/index.js';

test('R58: every act that a use stands for is one the log has words for, and stands in one use alone', (t) => {
  const acts = Object.values(USES).flat();
  t.deepEqual(
    acts.filter((act) => !Object.hasOwn(phrasesFor('zh').audit.acts, act)),
    [],
  );
  t.is(new Set(acts).size, acts.length);
  t.true(Object.keys(USES).every((use) => Object.hasOwn(phrasesFor('en').pages.usage.uses, use)));
});
