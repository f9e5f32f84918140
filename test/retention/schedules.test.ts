import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import { decide, explain, loadSchedules, parseSchedule, periodText } from '../../src/retention/index.js';

const folder = join(process.cwd(), 'retention');
const set = await loadSchedules(folder);
const closedAt = new Date('2024-02-29T04:00:00Z');

test('R31: every rule states trigger, basis in both languages, owner, minimum and maximum', (t) => {
  for (const rule of set.newest.rules) {
    t.true(rule.basis.length > 0 && rule.basis.every((one) => one.zh !== '' && one.en !== ''), rule.id);
    t.truthy(rule.owner.zh && rule.trigger && rule.minimum && rule.maximum, rule.id);
    t.is(rule.follows, 'appraisal');
  }
});

test('R31, R33: an unfinished rule, an empty folder or a misnamed file refuses everything', async (t) => {
  const good = parse(await readFile(join(folder, '2026-01-general.yaml'), 'utf8')) as { rules: Record<string, unknown>[] };
  for (const spoil of [
    { basis: [] },
    { owner: undefined },
    { period: { years: 0 } },
    { minimum: { years: 9 } },
    { maximum: { years: 1 } },
    { follows: 'destroy' },
    { id: 'service_special' },
    { trigger: { on: 'whim' } },
  ]) {
    const copy = structuredClone(good);
    Object.assign(copy.rules[0] ?? {}, spoil);
    t.throws(() => parseSchedule(copy), { code: 'policy_invalid' } as never, JSON.stringify(spoil));
  }
  t.throws(() => parseSchedule({ ...good, timeZone: 'Mars/Olympus' }), { code: 'policy_invalid' } as never);
  const temp = await mkdtemp(join(tmpdir(), 'schedule-'));
  t.teardown(() => rm(temp, { recursive: true }));
  await t.throwsAsync(loadSchedules(temp), { code: 'policy_invalid' } as never);
  await writeFile(join(temp, '2027-01-general.yaml'), await readFile(join(folder, '2026-01-general.yaml')));
  await t.throwsAsync(loadSchedules(temp), { code: 'policy_invalid' } as never);
  t.throws(() => set.get('general@1999-01'), { code: 'policy_invalid' } as never);
  t.is(set.get('general@2026-01').digest, set.newest.digest);
});

test('R38: why until this date, in both languages', (t) => {
  const decision = decide(
    { kind: 'service', serviceType: 'complaint', channel: 'phone', closedAt, specialTerm: 'asked' },
    [],
    set.newest,
    [{ id: 'h' }],
    '2029-03-01',
  );
  const zh = explain(decision, set.newest, 'zh');
  const en = explain(decision, set.newest, 'en');
  t.is(zh[0], '保管至 2027-02-28（含当日），依据“客户服务记录”（保管期限表 general@2026-01）。');
  t.is(en[0], 'Kept until the end of 2027-02-28 under “Customer-service records” (retention schedule general@2026-01).');
  t.is(zh.length, en.length);
  t.is(zh.length, decision.reasons.length + 1);
  for (const text of [...zh, ...en]) t.notRegex(text, /[{}]|undefined/);
  t.true(en.some((text) => text.includes('29 February') || text.includes('no such day')));
  t.true(en.includes('1 hold forbids any disposition until lifted.'));
});

test('periods in words', (t) => {
  t.is(periodText({ years: 3, months: 6 }, 'zh'), '3年6个月');
  t.is(periodText({ years: 1, months: 0 }, 'en'), '1 year');
  t.is(periodText({ years: 0, months: 2 }, 'en'), '2 months');
});
