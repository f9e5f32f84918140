import test from 'ava';
import { dayOf, daysInMonth, formatDay, parseDay } from '../../src/classification/index.js';
import { workCalendar } from '../../src/config/index.js';
import { newId, sql } from '../../src/db/index.js';
import { capture, openReading } from '../../src/records/index.js';
import {
  makeReport,
  markItem,
  recompute,
  takeSample,
  viewSample,
  viewUsage,
  type FigureName,
  type FigureRow,
  type UsageQuestion,
} from '../../src/reports/index.js';
import { testDraft } from '../support/archive.js';
import { testReports } from './support.js';

const HOUR = 3_600_000;
let serial = 0;

test('R98: times of requests, overdue returns, refusals, rights changed and samples are what the tables and the log say, and stay so', async (t) => {
  const one = await testReports();
  t.teardown(() => one.close());
  const { archive, reports } = one;
  const { owner } = archive.database;
  const officer = await one.person('compliance_officer', 'archive');
  const second = await one.person('audit_admin', 'archive');
  const readers = [await one.person('agent'), await one.person('agent')];

  // requests: decided after 1, 2, 3 … 10 hours; one withdrawn; one of the month before
  await owner.run(sql`alter table requests disable trigger user`);
  const request = async (submitted: Date, hours: number, more: { ends?: Date; ended?: Date | null; granted?: boolean; why?: string; state?: string } = {}) => {
    const decided = new Date(submitted.getTime() + hours * HOUR);
    const ends = more.ends ?? new Date('2026-12-31T00:00:00Z');
    const state = more.state ?? 'refused';
    await owner.run(sql`insert into requests (id, number, kind, form, state, applicant, account_id, department, purpose, named_by, hidden, digest, records, cut, acts,
      starts_at, ends_at, policy, entry_id, submitted_at, left_acts, left_starts_at, left_ends_at, grant_id, decided_at, refused_for, ended_at, result)
      values (${newId()}, ${`Q-2026-${String(++serial).padStart(6, '0')}`}, 'internal', 'view', ${state}, ${readers[0]?.personId}, ${newId()}, 'hotline', 'solve', 'records', false,
      ${`sha256:${'0'.repeat(64)}`}, 1, false, array['view'], ${submitted}, ${ends}, 'p', ${newId()}, ${submitted}, array['view'], ${submitted}, ${ends},
      ${more.granted === true ? newId() : null}, ${decided}, ${more.why ?? null}, ${more.ended ?? null}, ${state === 'returned' ? 'solved' : null})`);
  };
  for (let hours = 1; hours <= 10; hours++) await request(new Date('2026-03-10T00:00:00Z'), hours);
  await request(new Date('2026-03-10T00:00:00Z'), 500, { why: 'withdrawn', state: 'withdrawn' });
  await request(new Date('2026-02-10T00:00:00Z'), 1);
  const february = new Date('2026-02-01T00:00:00Z');
  // due in March: back in time, back late but in March, back in April, not back; due in February and still not back; due in April
  await request(february, 1, { granted: true, state: 'returned', ends: new Date('2026-03-20T00:00:00Z'), ended: new Date('2026-03-19T00:00:00Z') });
  await request(february, 1, { granted: true, state: 'returned', ends: new Date('2026-03-20T00:00:00Z'), ended: new Date('2026-03-25T00:00:00Z') });
  await request(february, 1, { granted: true, state: 'returned', ends: new Date('2026-03-20T00:00:00Z'), ended: new Date('2026-04-02T00:00:00Z') });
  await request(february, 1, { granted: true, state: 'expired', ends: new Date('2026-03-20T00:00:00Z') });
  await request(february, 1, { granted: true, state: 'expired', ends: new Date('2026-02-20T00:00:00Z') });
  await request(february, 1, { granted: true, state: 'approved', ends: new Date('2026-04-20T00:00:00Z') });
  await owner.run(sql`alter table requests enable trigger user`);

  // the log, today
  const say = (actor: typeof officer, act: string, decision: 'allow' | 'deny') =>
    reports.db.tx((tx) => reports.audit.append(tx, { actor, act, subject: { kind: 'list', id: 'records' }, decision }));
  for (const reader of readers) await say(reader, 'route.refused', 'deny');
  await say(officer, 'case.refused', 'deny');
  await say(officer, 'role.give', 'deny');
  await say(officer, 'role.give', 'allow');
  async function* none() {
    // records without files
  }
  const captured = await capture(archive.deps, await one.person('records_clerk', 'archive'), { draft: testDraft(), files: none() });
  for (let i = 0; i < 6; i++) await openReading(archive.deps, readers[i % 2] ?? officer, { recordId: captured.id, purpose: 'solve' });
  await reports.audit.settled(await say(officer, 'case.list', 'allow'));
  const { zone } = reports.settings;
  const today = formatDay(dayOf(new Date(), zone));
  archive.clock.now = new Date(Date.now() + 2 * 24 * HOUR);
  const drawn = formatDay(dayOf(archive.clock.now, zone)).slice(0, 7);
  const sample = await takeSample(reports, officer, { kind: 'readings', from: today, to: today, size: 6 });
  const [first, next, third] = (await viewSample(reports, officer, sample)).items.map((each) => each.position);
  const mark = (actor: typeof officer, position: number | undefined, value: 'justified' | 'not_justified' | 'unclear') =>
    markItem(reports, actor, { sampleId: sample, position: position ?? 0, mark: value, note: 'x' });
  await mark(second, first, 'unclear');
  await mark(second, first, 'justified');
  await mark(second, next, 'not_justified');
  await mark(officer, third, 'unclear');

  archive.clock.now = new Date(Date.now() + 70 * 24 * HOUR);
  // what is marked after the month has no place in it
  const [, , , late] = (await viewSample(reports, officer, sample)).items.map((each) => each.position);
  await mark(second, late, 'justified');
  const made = new Map<string, string>();
  for (const month of new Set(['2026-03', drawn, today.slice(0, 7)])) made.set(month, await makeReport(reports, officer, `${month}-01`));
  const figure = async (month: string, name: FigureName): Promise<FigureRow[]> => {
    const found = await recompute(reports, officer, made.get(month) ?? '', name);
    t.true(found.same, `${month} ${name}`);
    return found.reported;
  };
  const hours = (n: number): number => n * 3600;
  t.deepEqual(await figure('2026-03', 'request_times'), [
    { key: 'internal', values: { decided: 10, agreed: 0, medianSeconds: hours(5), p90Seconds: hours(9) } },
  ]);
  t.deepEqual(await figure('2026-03', 'overdue'), [{ key: 'internal', values: { due: 4, lateBack: 3, overdue: 3 } }]);
  t.deepEqual(await figure(drawn, 'sampling'), [
    { key: 'readings', values: { samples: 1, entries: 6, justified: 1, notJustified: 1, unclear: 1, waiting: 3 } },
  ]);
  const raw = (where: ReturnType<typeof sql>) =>
    owner.many<{
      act: string;
      n: number;
      persons: number;
    }>(sql`select entry::jsonb ->> 'act' as act, count(*)::int as n, count(distinct entry::jsonb ->> 'actor')::int as persons
      from audit_entries where to_char(t at time zone ${zone}, 'YYYY-MM') = ${today.slice(0, 7)} and ${where} group by 1 order by 1`);
  const refused = await raw(sql`entry::jsonb ->> 'decision' = 'deny'`);
  t.true(refused.length >= 3);
  t.deepEqual(
    await figure(today.slice(0, 7), 'refusals'),
    refused.map(({ act, n, persons }) => ({ key: act, values: { refused: n, persons } })),
  );
  // the access audit says the same of the month: refusals and changes of rights, act by act
  const week = Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, ['08:30-18:00']]));
  const usage = { ...reports, hours: workCalendar({ week }, zone, { version: 'none', on: () => null }) };
  const { y, m } = parseDay(today);
  const month = { from: `${today.slice(0, 7)}-01`, to: formatDay({ y, m, d: daysInMonth(y, m) }) };
  const audited = async (question: UsageQuestion) =>
    (await viewUsage(usage, officer, { ...month, ...question })).acts.map(({ act, count }) => `${act} ${count}`).sort();
  const reported = async (name: FigureName, count: string) =>
    (await figure(today.slice(0, 7), name)).map(({ key, values }) => `${key} ${values[count]}`).sort();
  t.deepEqual(await audited({ decision: 'deny' }), await reported('refusals', 'refused'));
  t.deepEqual(await audited({ use: 'rights', decision: 'allow' }), await reported('rights_changed', 'times'));
  const given = await figure(today.slice(0, 7), 'rights_changed');
  t.deepEqual(
    given.find((row) => row.key === 'role.give'),
    { key: 'role.give', values: { times: 1, persons: 1 } },
  );
});
