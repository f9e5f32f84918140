import test from 'ava';
import { systemActor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import { capture, openReading } from '../../src/records/index.js';
import {
  caseCounts,
  closeCase,
  entriesBehind,
  listCases,
  listSignals,
  lookThrough,
  lookThroughDays,
  noteCase,
  ruleBehind,
  takeCase,
  viewCase,
  viewSignal,
} from '../../src/reports/index.js';
import { testDraft } from '../support/archive.js';
import { testReports, type TestReports } from './support.js';
import { why } from '../support/why.js';

let one: TestReports;
test.before(async () => (one = await testReports()));
test.after.always(() => one.close());

test.serial('R44: a day of readings is looked through once, and what is unusual opens a case that somebody else works', async (t) => {
  const { archive, reports } = one;
  const clerk = await one.person('records_clerk', 'archive');
  const reader = await one.person('agent');
  const officer = await one.person('compliance_officer', 'archive');
  const other = await one.person('audit_admin', 'archive');
  async function* none() {
    // records without files
  }
  const captured = await capture(archive.deps, clerk, { draft: testDraft(), files: none() });
  // 23:30 in Shanghai, and the same words each time
  archive.clock.now = new Date('2026-11-25T15:30:00Z');
  for (let i = 0; i < 12; i++)
    await openReading(archive.deps, reader, { recordId: captured.id, purpose: 'solve', note: i % 2 ? '客户来电，核对情况。' : '客户来电 核对情况' });
  archive.clock.now = new Date('2026-11-26T02:00:00Z');
  // what stands behind a signal is shown from the log: all of it is there once what comes after it is
  await reports.audit.settled(
    await reports.db.tx((tx) => reports.audit.append(tx, { actor: officer, act: 'case.list', subject: { kind: 'list', id: 'cases' }, decision: 'allow' })),
  );
  const system = systemActor();
  t.is(await lookThroughDays(reports, system), 2);
  t.is(await lookThroughDays(reports, system), 0);
  t.is(await lookThrough(reports, system, '2026-11-25'), 0);

  const signals = (await listSignals(reports, officer)).items;
  t.deepEqual(
    signals.map((each) => [each.kind, each.day, each.figures['count'], each.evidence.length]).toSorted((a, b) => String(a).localeCompare(String(b))),
    [
      ['outside_hours', '2026-11-25', 12, 12],
      ['same_text', '2026-11-25', 12, 12],
    ],
  );
  t.regex(signals[0]?.rules ?? '', /^signals@2026-01@sha256:/);
  t.is((await viewSignal(reports, officer, signals[0]?.id ?? '')).personId, reader.personId ?? '');
  const asked = async (filter: Parameters<typeof listSignals>[2]): Promise<number> => (await listSignals(reports, officer, filter)).items.length;
  t.deepEqual(
    await Promise.all(
      [{ kind: 'same_text' as const }, { from: '2026-11-26' }, { to: '2026-11-25' }, { state: 'closed' as const }, { person: other.personId ?? '' }].map(asked),
    ),
    [1, 0, 2, 0, 0],
  );
  const same = signals.find((each) => each.kind === 'same_text') as (typeof signals)[number];
  t.is(ruleBehind(reports, same)?.values.minimum, 10);
  t.is(ruleBehind(reports, { ...same, rules: 'signals@1999-01@sha256:0' }), null);
  const behind = await entriesBehind(reports, officer, same);
  t.true(behind.every(({ entry }) => entry.act === 'reading.open'));
  t.deepEqual(new Set(behind.map(({ entry }) => entry.subject.id)), new Set(same.evidence));
  t.deepEqual(await entriesBehind(reports, officer, { ...same, personId: officer.personId ?? '' }), [], 'nobody is shown what is about himself');
  await t.throwsAsync(entriesBehind(reports, reader, same), { code: 'forbidden' } as never);
  t.deepEqual(await caseCounts(reports, officer), { open: 2, mine: 0 });

  const cases = (await listCases(reports, officer, { states: ['open'] })).items;
  t.is(cases.length, 2);
  const id = cases[0]?.id ?? '';
  t.is(await why(closeCase(reports, officer, id, { outcome: 'justified', note: 'x' })), 'wrong_state');
  await takeCase(reports, officer, id);
  t.deepEqual(await caseCounts(reports, officer), { open: 1, mine: 1 });
  t.is((await listCases(reports, officer, { mine: true })).items.length, 1);
  await noteCase(reports, other, id, '已与主管核对值班表');
  t.is(await why(closeCase(reports, other, id, { outcome: 'justified', note: 'x' })), 'wrong_state');
  t.is(await why(closeCase(reports, officer, id, { outcome: 'justified', note: ' ' })), 'invalid_field');
  await closeCase(reports, officer, id, { outcome: 'rule_too_strict', note: '夜班' });
  const seen = await viewCase(reports, officer, id);
  t.deepEqual([seen.state, seen.outcome, seen.notes.map((each) => each.text)], ['closed', 'rule_too_strict', ['已与主管核对值班表', '夜班']]);
  t.is(await why(noteCase(reports, officer, id, 'x')), 'wrong_state');

  // notes and texts stand nowhere in the open
  const raw = await archive.database.owner.many<{ text: string }>(sql`select encode(text_sealed, 'escape') as text from signal_case_notes`);
  t.false(raw.some(({ text }) => text.includes('夜班')));
  const denied = await archive.database.owner.one<{ n: bigint }>(sql`select count(*) as n from audit_pending where entry like '%case.refused%'`);
  await reports.audit.settled(
    await reports.db.tx((tx) => reports.audit.append(tx, { actor: officer, act: 'case.list', subject: { kind: 'list', id: 'cases' }, decision: 'allow' })),
  );
  const logged = await archive.database.owner.one<{ n: bigint }>(sql`select count(*) as n from audit_entries where act = 'case.refused'`);
  t.true(denied.n + logged.n >= 3n);
});

test.serial('a case is never seen or worked by the person it is about, and the database refuses it too', async (t) => {
  const { archive, reports } = one;
  const officer = await one.person('compliance_officer', 'archive');
  const other = await one.person('compliance_officer', 'archive');
  await archive.database.owner.run(sql`alter table signal_cases disable trigger signal_cases_audited`);
  const id = '018f0000-0000-7000-8000-00000000c001';
  await archive.database.owner.run(
    sql`insert into signal_cases (id, number, person_id, kind, opened_at, state, entry_id) values (${id}, 'C-2026-999999', ${officer.personId}, 'refusals', now(), 'open', gen_random_uuid())`,
  );
  t.false((await listCases(reports, officer)).items.some((each) => each.id === id));
  t.true((await listCases(reports, other)).items.some((each) => each.id === id));
  for (const work of [viewCase(reports, officer, id), takeCase(reports, officer, id), noteCase(reports, officer, id, 'x')])
    t.is(await why(work), 'same_person');
  await t.throwsAsync(
    archive.database.owner.run(
      sql`update signal_cases set state = 'working', assignee = person_id, assigned_by = ${other.personId}, assigned_at = now() where id = ${id}`,
    ),
    { message: /nobody_works_his_own_case/ },
  );
  await t.throwsAsync(
    archive.database.owner.run(
      sql`insert into signal_case_notes (id, case_id, written_by, at, text_sealed, entry_id) values (gen_random_uuid(), ${id}, ${officer.personId}, now(), 'x', gen_random_uuid())`,
    ),
    { message: /nobody writes in his own case/ },
  );
  await archive.database.owner.run(sql`alter table signal_cases enable trigger signal_cases_audited`);
});
