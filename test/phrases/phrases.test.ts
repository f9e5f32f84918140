import test from 'ava';
import { ERROR_STATUS } from '../../src/errors/index.js';
import { formatFor, LANGS, phrasesFor, say, slotsOf } from '../../src/phrases/index.js';
import * as sets from '../../src/records/values.js';

function leaves(node: unknown, path = ''): [string, string][] {
  if (typeof node === 'string') return [[path, node]];
  return Object.entries(node as object).flatMap(([key, value]) => leaves(value, path ? `${path}/${key}` : key));
}

test('every phrase offers the same slots in both languages, and says something', (t) => {
  const en = new Map(leaves(phrasesFor('en')));
  for (const [path, zh] of leaves(phrasesFor('zh'))) {
    const other = en.get(path) ?? '';
    t.deepEqual(slotsOf(zh), slotsOf(other), path);
    t.not(zh.trim(), '', path);
    t.not(other.trim(), '', path);
  }
});

test('Chinese sentences use full-width punctuation', (t) => {
  for (const [path, text] of leaves(phrasesFor('zh'))) t.notRegex(text, /[\u4e00-\u9fff][,;!?]|[,;:!?][\u4e00-\u9fff]/u, path);
});

test('every coded error and every value of a record has a text', (t) => {
  for (const lang of LANGS) {
    const { errors, values } = phrasesFor(lang);
    t.deepEqual(Object.keys(errors).sort(), Object.keys(ERROR_STATUS).sort());
    const { SERVICE_TYPES, CLIENT_TYPES, MEDIA, SENSITIVITIES, CHANNELS, FEEDBACK_KINDS, PRIORITIES, CLIENT_LEVELS, TIME_CLASSES, RECORD_STATES } = sets;
    t.deepEqual(Object.keys(values.serviceType), [...SERVICE_TYPES]);
    t.deepEqual(Object.keys(values.clientType), [...CLIENT_TYPES]);
    t.deepEqual(Object.keys(values.medium), [...MEDIA]);
    t.deepEqual(Object.keys(values.sensitivity), [...SENSITIVITIES]);
    t.deepEqual(Object.keys(values.channel), [...CHANNELS]);
    t.deepEqual(Object.keys(values.feedbackKind), [...FEEDBACK_KINDS]);
    t.deepEqual(Object.keys(values.priority), [...PRIORITIES]);
    t.deepEqual(Object.keys(values.clientLevel), [...CLIENT_LEVELS]);
    t.deepEqual(Object.keys(values.timeClass), [...TIME_CLASSES]);
    t.deepEqual(Object.keys(values.recordState), [...RECORD_STATES]);
  }
});

test('slots are filled, numbers grouped, one told from many', (t) => {
  t.is(say('{count} {count|record|records}', { count: 1 }), '1 record');
  t.is(say('{count} {count|record|records}', { count: 12_345n }), '12,345 records');
  t.is(say('{code} of {year}', { year: '2026' }), '{code} of 2026');
});

test('dates, sizes and durations', (t) => {
  const zh = formatFor('zh');
  const en = formatFor('en');
  t.is(zh.date('2026-02-28'), '2026年2月28日');
  t.is(en.date('2026-02-28'), '28 Feb 2026');
  t.is(zh.dateTime('2026-02-28T18:05:00Z'), '2026年3月1日 02:05');
  t.is(en.exact('2026-02-28T18:05:09Z'), '2026-03-01 02:05:09 +08:00');
  t.is(en.relative('2026-02-28T18:05:00Z', new Date('2026-02-28T18:08:30Z')), '3 minutes ago');
  t.is(zh.relative('2026-03-02T00:00:00Z', new Date('2026-02-28T00:00:00Z')), '后天');
  t.is(zh.bytes(0), '0 B');
  t.is(zh.bytes(1536), '1.5 KB');
  t.is(zh.bytes(5 * 1024 ** 3), '5 GB');
  t.is(en.clock(3725), '1:02:05');
  t.is(en.clock(65), '1:05');
});
