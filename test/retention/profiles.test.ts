import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { addPeriod, dayOf, formatDay, LAST_DAY, PERMANENT } from '../../src/classification/index.js';
import { projectPath } from '../../src/app/index.js';
import { decide, diffSchedules, loadSchedules, readSchedule, type RetentionEvent, type RetentionSubject } from '../../src/retention/index.js';
import { randomRecords, randomSchedule } from '../disposition/random.js';

const folder = projectPath('retention/profiles');
const general = (await loadSchedules(projectPath('retention'))).newest;

test('R32: each profile to start from is a whole schedule; none leaves a record without a rule, none keeps what the guide names less long', async (t) => {
  const files = readdirSync(folder);
  t.deepEqual(files.sort(), ['anti-money-laundering.yaml', 'complaints.yaml', 'platform-trade.yaml']);
  const records = randomRecords(400, 2);
  for (const file of files) {
    const schedule = await readSchedule(join(folder, file));
    t.true(diffSchedules(general, schedule).added.length > 0, file);
    for (const { subject, events } of records) {
      const { minimum } = decide(subject, events, schedule, [], '2026-01-01');
      const closed = dayOf(subject.closedAt, schedule.timeZone);
      t.true(minimum >= formatDay(addPeriod(closed, { years: 3, months: 0 })) || events.some(({ at }) => at < subject.closedAt), file);
    }
    t.is(decide({ kind: 'usage', closedAt: new Date('2024-02-29T04:00:00Z') }, [], schedule, [], '2026-01-01').until, '2029-02-28');
  }
  const laundering = await readSchedule(join(folder, 'anti-money-laundering.yaml'));
  const client: RetentionSubject = { kind: 'service', serviceType: 'routine', closedAt: new Date('2020-01-31T15:59:59Z'), tags: ['客户身份'] };
  t.is(decide(client, [{ kind: 'event', name: 'relation_ended', at: new Date('2024-02-28T16:00:00Z') }], laundering, [], '2026-01-01').until, '2034-02-28');
  t.is(
    decide(
      { ...client, serviceType: 'complaint', tags: [] },
      [{ kind: 'contact', at: new Date('2021-08-31T04:00:00Z') }],
      await readSchedule(join(folder, 'complaints.yaml')),
      [],
      '2026-01-01',
    ).until,
    '2024-08-31',
  );
});

test('R39: a later trigger never gives an earlier date; a hold never makes anything due; what is permanent never ends', (t) => {
  const records = randomRecords(200, 44);
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.nat(60), fc.nat(199), fc.nat(4000), fc.nat(9000), (seed, which, days, later) => {
        const schedule = randomSchedule(seed, true);
        const one = records[which] as (typeof records)[number];
        const events = one.events.filter(({ kind }) => kind === 'contact' || kind === 'event');
        const moved = (more: number): RetentionEvent[] => events.map((each) => ({ ...each, at: new Date(each.at.getTime() + more * 86_400_000) }));
        const closed = (more: number): RetentionSubject => ({ ...one.subject, closedAt: new Date(one.subject.closedAt.getTime() + more * 86_400_000) });
        const on = new Date(Date.UTC(2015, 0, 1) + later * 86_400_000).toISOString().slice(0, 10);
        const [first, then] = [decide(closed(0), moved(0), schedule, [], on), decide(closed(days), moved(days), schedule, [], on)];
        return first.until <= then.until && first.minimum <= then.minimum && !decide(closed(0), moved(0), schedule, [{ id: 'h' }], on).due;
      }),
      { numRuns: 400 },
    ),
  );
  t.deepEqual(addPeriod({ y: 2024, m: 2, d: 29 }, PERMANENT), LAST_DAY);
});

test('R39: the published vectors stand with what they mean', (t) => {
  const file = JSON.parse(readFileSync(projectPath('test/vectors/retention-calendar.json'), 'utf8')) as {
    about: string;
    vectors: { closedAt: string; timeZone: string }[];
  };
  t.regex(file.about, /trigger day is not counted/);
  t.true(file.vectors.length >= 25);
  t.true(new Set(file.vectors.map(({ timeZone }) => timeZone)).size >= 4);
});
