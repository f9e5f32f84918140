import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { reviewEmergency, takeEmergency } from '../../src/access/index.js';
import { systemActor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { capture, openReading } from '../../src/records/index.js';
import { FIGURE_NAMES, listReports, makeDueReport, makeReport, openReport, recompute } from '../../src/reports/index.js';
import { testDraft } from '../support/archive.js';
import { testReports } from './support.js';

test('R98: the report comes by itself on the first working day, once, signed, its figures equal to the tables', async (t) => {
  const one = await testReports();
  t.teardown(() => one.close());
  const { archive, reports } = one;
  const officer = await one.person('compliance_officer', 'archive');
  const reader = await one.person('agent');
  async function* none() {
    // records without files
  }
  archive.clock.now = new Date('2026-09-15T02:00:00Z');
  const captured = await capture(archive.deps, await one.person('records_clerk', 'archive'), { draft: testDraft(), files: none() });
  const chief = await one.person('records_manager', 'archive');
  const { id: grant } = await takeEmergency(archive.deps, chief, { recordId: captured.id, purpose: 'solve', reason: '现场事故' });
  for (let i = 0; i < 3; i++) await openReading(archive.deps, reader, { recordId: captured.id, purpose: 'solve' });
  const system = systemActor();
  archive.clock.now = new Date('2026-10-07T02:00:00Z'); // the holiday lasts until the 7th
  t.false(await makeDueReport(reports, system));
  archive.clock.now = new Date('2026-10-08T02:00:00Z');
  t.true(await makeDueReport(reports, system));
  t.false(await makeDueReport(reports, system));
  const {
    items: [made],
  } = await listReports(reports, officer);
  t.deepEqual([made?.month, made?.origin], ['2026-09', 'regular']);
  const id = made?.id ?? '';
  const raw = await archive.database.owner.one<{ n: number }>(
    sql`select count(*)::int as n from readings where opened_at >= '2026-09-01T00:00+08' and opened_at < '2026-10-01T00:00+08'`,
  );
  t.is(raw.n, 3);
  const readings = await recompute(reports, officer, id, 'readings_by_purpose');
  t.deepEqual(readings.reported, [{ key: 'solve', values: { opened: raw.n, persons: 1 } }]);
  for (const name of FIGURE_NAMES) t.true((await recompute(reports, officer, id, name)).same, name);
  // what comes later changes no figure of how the month ended
  await reviewEmergency(archive.deps, officer, { grantId: grant, accepted: true });
  const { now, same, present } = await recompute(reports, officer, id, 'emergency');
  t.deepEqual([now, same, present], [[{ key: 'waiting', values: { grants: 1 } }], true, false]);
  t.true((await recompute(reports, officer, id, 'holdings')).present);
  const cut = await openReport(reports, officer, id);
  reports.streams.stop(officer.accountId ?? '');
  await t.throwsAsync(buffer(cut.body), undefined, 'it stops with the role or session');
  const pdf = await buffer((await openReport(reports, officer, id)).body);
  t.is(`sha256:${createHash('sha256').update(pdf).digest('hex')}`, made?.documentDigest ?? '');
  t.true(pdf.includes('/ByteRange') && pdf.includes('figures-2026-09.json'));
  await makeReport(reports, officer, '2026-07-01');
  t.deepEqual(
    (await listReports(reports, officer)).items.map((each) => [each.month, each.origin]),
    [
      ['2026-09', 'regular'],
      ['2026-08', null],
      ['2026-07', 'by_hand'],
    ],
  );
  await t.throwsAsync(makeReport(reports, officer, '2026-10-01'));
});

test('R98: the list of reports goes back two years a page, and says of every month whether it has one', async (t) => {
  const one = await testReports();
  t.teardown(() => one.close());
  const { archive, reports } = one;
  const officer = await one.person('compliance_officer', 'archive');
  archive.clock.now = new Date('2026-10-08T02:00:00Z');
  for (const month of ['2023-01-01', '2024-10-01', '2024-10-01', '2026-09-01']) await makeReport(reports, officer, month);
  const first = await listReports(reports, officer);
  t.deepEqual([first.items.length, first.items[0]?.month, first.items.at(-1)?.month, first.next], [25, '2026-09', '2024-10', '2024-10']);
  t.is(first.items.filter((row) => row.id !== null).length, 3);
  const second = await listReports(reports, officer, first.next ?? '');
  t.deepEqual([second.items.length, second.items[0]?.month, second.items.at(-1)?.month, second.next], [21, '2024-09', '2023-01', null]);
  t.deepEqual(await listReports(reports, officer, '2023-01'), { items: [], next: null }, 'nothing stands before the first');
  t.is((await listReports(reports, officer, '2099-01')).items[0]?.month, '2026-09');
});
