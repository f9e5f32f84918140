import test from 'ava';
import { FAULTS, type LogReport, PUBLISHED_FAULTS } from '../../src/audit/index.js';
import { publishedLines } from '../../src/cli/audit-log.js';
import { countsLine, reportLines } from '../../src/cli/verify.js';
import { phrasesFor } from '../../src/phrases/index.js';

const whole: LogReport = { whole: true, entries: 1200, heads: 3, tiles: 4, unsigned: 0n, erased: 0, lost: 0, breaks: [], gone: [], faults: [] };
const { zh, en } = { zh: phrasesFor('zh').audit.verify, en: phrasesFor('en').audit.verify };

test('R55: the result of a verification is told in both languages, the first bad entry named', (t) => {
  t.deepEqual(reportLines(whole, en), ['The log is whole: 1,200 entries, 3 signed heads, 4 tiles.']);
  t.deepEqual(reportLines({ ...whole, unsigned: 1n, erased: 2 }, en).slice(1), [
    '1 entry is not signed yet.',
    '2 notes were erased; the entries still verify.',
  ]);
  t.deepEqual(reportLines({ ...whole, whole: false, faults: [{ kind: 'leaf', log: '2026', sequence: 100n }] }, zh), [
    '日志不完好：1 处，首处如下。',
    '  日志 2026 第 100 条 · 条目内容与其哈希不符 (leaf)',
  ]);
  t.is(reportLines({ ...whole, entries: 0 }, zh)[0], '日志为空。');
  t.regex(
    reportLines({ ...whole, gone: [{ log: '2019', size: '304', at: '2026-11-28', procedure: 'U-2026-000001' }] }, en)[1] ?? '',
    /304 entries of 2019 were destroyed/,
  );
});

test('every fault has a text, and a long list is cut', (t) => {
  t.deepEqual(Object.keys(zh.faults).sort(), [...FAULTS].sort());
  const faults = Array.from({ length: 50 }, (_, i) => ({ kind: 'leaf' as const, log: '2026', sequence: BigInt(i) }));
  t.is(reportLines({ ...whole, whole: false, faults }, en).length, 21);
});

test('R89: the kept counts are told of in both languages, the days that differ named', (t) => {
  const [cn, us] = [phrasesFor('zh').audit.counts, phrasesFor('en').audit.counts];
  const fits = { whole: true, entries: 1200, days: [], current: true };
  t.is(countsLine(fits, us), 'The counts are those of the log: 1,200 entries.');
  t.is(countsLine({ ...fits, whole: false, days: ['2026-05-01', '2026-05-03'] }, cn), '以下日期的累计数与日志不一致：2026-05-01 2026-05-03');
  t.is(countsLine({ ...fits, whole: false, current: false }, cn), cn.otherHours);
});

test('R57: the result over an exported log says what is anchored, and what stands under the archive’s signature alone', (t) => {
  const [cn, us] = [phrasesFor('zh').publishedLog, phrasesFor('en').publishedLog];
  const log = { log: '2026', size: 701n, entries: 701n, checkpoints: 2, anchors: [], gone: null };
  t.deepEqual(publishedLines({ whole: true, breaks: [], logs: [log], faults: [] }, us), ['2026: whole, 701 entries, 2 checkpoints', us.unanchored]);
  const anchored = { ...log, anchors: [{ by: 'timestamp' as const, size: 501n, since: '2026-01-01T08:00:00.000Z', name: 'x.tsr' }] };
  t.deepEqual(publishedLines({ whole: true, breaks: [], logs: [anchored], faults: [] }, cn).slice(1), [
    '  前 501 条由时间戳固定于 2026-01-01T08:00:00.000Z（x.tsr）',
    '  第 502 条至第 701 条只有本档案的签名为证：持有签名密钥者若重造这一段，只有另行保存的检查点或时间戳能揭穿',
  ]);
  const faults = Array.from({ length: 30 }, (_, i) => ({ kind: 'entry' as const, log: '2026', sequence: BigInt(i), name: '2026/tile/entries/000' }));
  const lines = publishedLines({ whole: false, breaks: [], logs: [log], faults }, us);
  t.is(lines[0], '2026: 701 entries, 2 checkpoints; something does not fit');
  t.is(lines.at(-1), '  … and 10 more');
  t.deepEqual(Object.keys(us.faults).sort(), [...PUBLISHED_FAULTS].sort());
});
