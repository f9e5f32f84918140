import test from 'ava';
import { projectPath } from '../../src/app/index.js';
import { decide, diffSchedules, loadSchedules, parseSchedule, type Schedule } from '../../src/retention/index.js';
import { randomRecords, randomSchedule } from '../disposition/random.js';

const shipped = (await loadSchedules(projectPath('retention'))).newest;
const content = ({ digest: _digest, name: _name, ...rest }: Schedule) => structuredClone(rest);

test('R33: differences are told rule by rule and field by field', (t) => {
  const next = content(shipped);
  const rules = next.rules
    .filter(({ id }) => id !== 'platform_trade')
    .map((rule) => (rule.id === 'service' ? { ...rule, period: { years: 4, months: 0 }, owner: { zh: '法务', en: 'Legal' } } : rule));
  const added = { ...(next.rules[0] as Schedule['rules'][number]), id: 'vip', match: { field: 'tags', in: ['vip'] } };
  const diff = diffSchedules(shipped, parseSchedule({ ...next, version: '2027-01', title: { zh: '新表', en: 'New' }, rules: [...rules, added] }));
  t.deepEqual(
    [diff.general.map(({ field }) => field), diff.added.map(({ id }) => id), diff.removed.map(({ id }) => id), diff.shortens],
    [['title'], ['vip'], ['platform_trade'], ['platform_trade']],
  );
  t.deepEqual(
    diff.changed.map(({ id, fields }) => [id, fields.map(({ field }) => field)]),
    [['service', ['owner', 'period']]],
  );
  t.deepEqual(diffSchedules(shipped, shipped), { before: shipped.name, after: shipped.name, general: [], added: [], removed: [], changed: [], shortens: [] });
});

test('R33, R37: a version that is not said to shorten keeps no record less long', (t) => {
  const records = randomRecords(300, 5);
  const longer = (schedule: Schedule, seed: number): Schedule => {
    const next = content(schedule);
    const other = content(randomSchedule(seed + 1000, false));
    return parseSchedule({
      ...next,
      version: '2028-01',
      rules: [
        ...next.rules.map((rule, i) =>
          (i + seed) % 2 === 0 && rule.permanent === undefined
            ? { ...rule, period: { ...rule.period, years: rule.period.years + 1 }, maximum: { ...rule.maximum, years: rule.maximum.years + 1 } }
            : rule,
        ),
        ...other.rules.map((rule, i) => ({ ...rule, id: `more${i}` })),
      ],
    });
  };
  let later = 0;
  for (let seed = 0; seed < 25; seed++) {
    const before = randomSchedule(seed, true);
    const after = longer(before, seed);
    t.deepEqual(diffSchedules(before, after).shortens, []);
    for (const { subject, events: all } of records) {
      const events = all.filter(({ kind }) => kind !== 'extension');
      const [was, is] = [decide(subject, events, before, [], '2026-01-01'), decide(subject, events, after, [], '2026-01-01')];
      if (is.until < was.until || is.minimum < was.minimum) t.fail(JSON.stringify({ subject, events, was, is }));
      if (is.until > was.until) later++;
    }
  }
  t.true(later > 100);
});

test('R31, R40: what a rule cannot ask for, and permanent keeping without a law or anonymity, are refused', (t) => {
  const base = content(shipped);
  const first = base.rules[0] as Schedule['rules'][number];
  const refused = (change: object): void => {
    t.throws(
      () => parseSchedule({ ...base, version: '2027-01', rules: [{ ...first, ...change }] }),
      { code: 'policy_invalid' } as never,
      JSON.stringify(change),
    );
  };
  refused({ match: { field: 'servicetype', in: ['complaint'] } });
  refused({ match: { field: 'serviceType', in: ['complain'] } });
  refused({ match: { all: [{ any: [{ field: 'channel', in: [1] }] }] } });
  const law = { law: { zh: '《档案法》第十三条', en: 'Archives Law, Article 13' } };
  refused({ period: 'permanent', maximum: 'permanent' });
  refused({ permanent: law });
  refused({ maximum: 'permanent', permanent: { law: { zh: '上级要求', en: 'asked for' } } });
  refused({ maximum: 'permanent', permanent: { after: 'anonymisation' } });
  refused({
    maximum: 'permanent',
    permanent: { after: 'anonymisation' },
    match: {
      any: [
        { field: 'tags', in: ['anonymised'] },
        { field: 'kind', in: ['service'] },
      ],
    },
  });
  const rule = { ...first, period: 'permanent', minimum: { years: 3 }, maximum: 'permanent' };
  const forever = parseSchedule({ ...base, version: '2027-01', rules: [{ ...rule, permanent: law }] });
  const decision = decide({ kind: 'service', serviceType: 'complaint', closedAt: new Date('2024-02-29T04:00:00Z') }, [], forever, [], '9999-12-31');
  t.like(decision, { until: '9999-12-31', maximum: '9999-12-31', minimum: '2027-02-28', due: false });
  const anonymous = {
    all: [
      { field: 'kind', in: ['service'] },
      { field: 'tags', in: ['anonymised'] },
    ],
  };
  t.notThrows(() => parseSchedule({ ...base, version: '2027-01', rules: [{ ...rule, match: anonymous, permanent: { after: 'anonymisation' } }] }));
});
