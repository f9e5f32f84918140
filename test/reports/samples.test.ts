import { createHash } from 'node:crypto';
import test from 'ava';
import type { Actor } from '../../src/audit/index.js';
import { dayOf, formatDay } from '../../src/classification/index.js';
import { sql } from '../../src/db/index.js';
import { capture, openReading } from '../../src/records/index.js';
import {
  caseOfItem,
  closeCase,
  closeSample,
  draw,
  drawSample,
  exportSample,
  listCases,
  listSamples,
  markItem,
  samplesToMark,
  takeCase,
  takeSample,
  viewCase,
  viewSample,
  viewSampleItem,
} from '../../src/reports/index.js';
import { testDraft } from '../support/archive.js';
import { why } from '../support/why.js';
import { testReports, type TestReports } from './support.js';

let one: TestReports;
let officer: Actor;
let auditor: Actor;
let readers: Actor[];
let today: string;

test.before(async () => {
  one = await testReports();
  const { archive, reports } = one;
  officer = await one.person('compliance_officer', 'archive');
  auditor = await one.person('audit_admin', 'archive');
  readers = [await one.person('agent'), await one.person('agent')];
  async function* none() {
    // records without files
  }
  const captured = await capture(archive.deps, await one.person('records_clerk', 'archive'), { draft: testDraft(), files: none() });
  today = formatDay(dayOf(new Date(), reports.settings.zone));
  for (let i = 0; i < 14; i++) await openReading(archive.deps, readers[i % 2] as Actor, { recordId: captured.id, purpose: 'solve', note: '客户来电' });
  const last = await reports.db.tx((tx) =>
    reports.audit.append(tx, { actor: officer, act: 'case.list', subject: { kind: 'list', id: 'cases' }, decision: 'allow' }),
  );
  await reports.audit.settled(last);
  archive.clock.now = new Date(Date.now() + 2 * 86_400_000);
});
test.after.always(() => one.close());

const take = (actor: Actor, more: Partial<Parameters<typeof takeSample>[2]> = {}): Promise<string> =>
  takeSample(one.reports, actor, { kind: 'readings', from: today, to: today, size: 6, ...more });

test.serial('R44: seed, frame and digest stand in the signed log before the draw, and with them and the log an outsider draws the same', async (t) => {
  const { archive, reports } = one;
  const id = await take(officer);
  const sample = await viewSample(reports, officer, id);
  t.is(sample.items.length, 6);
  t.deepEqual([sample.frame, sample.size, sample.drawerMost, sample.state, sample.result], [14, 6, 3, 'open', null]);
  const announced = await archive.database.owner.one<{ entry: string; sequence: bigint }>(
    sql`select entry, sequence from audit_entries where act = 'sample.announce' and subject_id = ${id}`,
  );
  const facts = (JSON.parse(announced.entry) as { facts: Record<string, string | number> }).facts;
  t.deepEqual([facts['seed'], facts['frame'], facts['digest'], facts['size']], [sample.seed, 14, sample.frameDigest, 6]);
  // an outsider: the entries of the log as they are published, nothing of ours
  const log = await archive.database.owner.many<{ log: string; sequence: bigint; leaf_hash: Buffer; entry: string }>(
    sql`select log, sequence, leaf_hash, entry from audit_entries order by log, sequence`,
  );
  const [headLog = '', size = ''] = String(facts['head']).split('/');
  const frame = log.filter(({ log: name, sequence, entry }) => {
    if (name !== headLog || sequence >= BigInt(size)) return false;
    const { t: at, act, decision, actor } = JSON.parse(entry) as Record<string, string>;
    const begins = String(facts['start']);
    return act === 'reading.open' && decision === 'allow' && String(actor).startsWith('p-') && String(at) >= begins && String(at) < String(facts['end']);
  });
  const lines = frame.map((each) => `${each.log}/${each.sequence} ${each.leaf_hash.toString('hex')}\n`).join('');
  t.is(`sha256:${createHash('sha256').update(lines).digest('hex')}`, sample.frameDigest);
  const positions = draw(sample.seed, sample.frameDigest, frame.length, 6);
  t.deepEqual(
    sample.items.map((each) => [each.position, each.sequence]),
    positions.map((position) => [position, String(frame[position]?.sequence)]),
  );
  t.true(sample.items.every((each) => each.logged?.entry.act === 'reading.open' && readers.some((reader) => reader.personId === each.personId)));
  t.is(await why(drawSample(reports, officer, id)), 'wrong_state', 'drawn once');
});

test.serial('R44: reviewers mark what others did, the drawer only his part, doubts need a reason and become cases; closed it stays', async (t) => {
  const { archive, reports } = one;
  const second = await one.person('compliance_officer', 'archive');
  const id = await take(officer, { size: 14 });
  const mark = (actor: Actor, position: number, value: 'justified' | 'not_justified' | 'unclear', note = ''): Promise<string> =>
    why(markItem(reports, actor, { sampleId: id, position, mark: value, note }));
  t.is(await mark(readers[0] as Actor, 0, 'justified'), 'forbidden');
  t.is(await mark(officer, 0, 'unclear', '  '), 'invalid_field', 'a doubt needs a reason');
  t.is(await mark(officer, 99, 'justified'), 'not_found');
  t.is(await why(closeSample(reports, officer, id)), 'wrong_state', 'not before all is marked');
  t.true((await samplesToMark(reports, officer)) >= 1);
  for (let position = 0; position < 7; position++) t.is(await mark(officer, position, 'justified'), 'done');
  t.is(await mark(officer, 7, 'justified'), 'same_person', 'half of it is marked by others');
  t.is(await mark(officer, 3, 'unclear', '看不出事由'), 'done', 'the own marks may be changed while it is open');
  t.is((await viewSampleItem(reports, officer, id, 7)).item.mayMark, false);
  // two at once by the drawer do not slip past his part
  const other = await take(officer, { size: 2 });
  const both = await Promise.all(
    (await viewSample(reports, officer, other)).items.map((each) =>
      why(markItem(reports, officer, { sampleId: other, position: each.position, mark: 'justified', note: '' })),
    ),
  );
  t.deepEqual(
    both.toSorted((a, b) => a.localeCompare(b)),
    ['done', 'same_person'],
  );

  for (let position = 7; position < 13; position++) t.is(await mark(second, position, 'justified'), 'done');
  t.is(await mark(auditor, 13, 'not_justified', '与工单不符'), 'done');
  const seen = await viewSample(reports, auditor, id);
  t.deepEqual([seen.justified, seen.notJustified, seen.unclear, seen.waiting, seen.result?.method], [12, 1, 1, 0, 'all']);
  t.is(seen.items[13]?.note, '与工单不符');

  t.is(await why(caseOfItem(reports, officer, { sampleId: id, position: 0 })), 'wrong_state', 'what is justified is no case');
  const opened = await caseOfItem(reports, officer, { sampleId: id, position: 13 });
  t.is(await why(caseOfItem(reports, officer, { sampleId: id, position: 13 })), 'wrong_state');
  const shown = await viewCase(reports, officer, opened);
  t.deepEqual([shown.kind, shown.sampled.map((each) => each.position), shown.personId], ['sample', [13], seen.items[13]?.personId ?? '']);
  t.true((await listCases(reports, officer)).items.some((each) => each.id === opened));
  // a doubt about the same person joins the case that is open, else opens one
  const doubted = await caseOfItem(reports, officer, { sampleId: id, position: 3 });
  t.is(doubted === opened, seen.items[3]?.personId === seen.items[13]?.personId);
  await takeCase(reports, officer, opened);
  await closeCase(reports, officer, opened, { outcome: 'not_justified', note: '已谈话' });

  await closeSample(reports, second, id);
  t.is(await mark(second, 8, 'unclear', 'x'), 'wrong_state');
  t.is((await listSamples(reports, officer, { state: 'closed' })).items[0]?.id, id);
  const { items } = await exportSample(reports, auditor, id, 'json');
  t.is(items.length, 14);
  const raw = await archive.database.owner.many<{ text: string }>(
    sql`select encode(note_sealed, 'escape') as text from sample_marks where note_sealed is not null`,
  );
  t.false(
    raw.some(({ text }) => text.includes('工单')),
    'notes are sealed',
  );
});

test.serial('R44: nobody marks what he did himself, and the database refuses all of it too', async (t) => {
  const { archive, reports } = one;
  const { owner } = archive.database;
  const id = await take(auditor, { size: 14 });
  await owner.run(sql`alter table sample_items disable trigger sample_items_audited`);
  await owner.run(sql`update sample_items set person_id = ${officer.personId} where sample_id = ${id} and position = 2`);
  await owner.run(sql`alter table sample_items enable trigger sample_items_audited`);
  t.is(await why(markItem(reports, officer, { sampleId: id, position: 2, mark: 'justified', note: '' })), 'same_person');
  await markItem(reports, auditor, { sampleId: id, position: 2, mark: 'unclear', note: '本人说明？' });
  const own = (await viewSample(reports, officer, id)).items[2];
  t.deepEqual([own?.own, own?.mark, own?.note, own?.mayMark, own?.mayOpenCase], [true, null, null, false, false], 'how it was marked is not told');
  t.is(await why(caseOfItem(reports, officer, { sampleId: id, position: 2 })), 'same_person');
  const put = (position: number, by: string | null) =>
    owner.tx(async (tx) => {
      await tx.run(
        sql`insert into sample_marks (id, sample_id, position, mark, marked_by, at, entry_id) values (gen_random_uuid(), ${id}, ${position}, 'justified', ${by}, now(), gen_random_uuid())`,
      );
    });
  await t.throwsAsync(put(2, officer.personId), { message: /nobody marks his own/ });
  await owner.run(sql`alter table sample_marks disable trigger sample_marks_audited`);
  for (const position of [0, 1, 3, 4, 5, 6]) await put(position, auditor.personId);
  await t.throwsAsync(put(7, auditor.personId), { message: /the drawer does not mark all of it/ });
  await owner.run(sql`alter table sample_marks enable trigger sample_marks_audited`);
  await t.throwsAsync(owner.run(sql`update samples set state = 'closed', closed_by = drawn_by, closed_at = now() where id = ${id}`), {
    message: /once every item is marked/,
  });
  await t.throwsAsync(owner.run(sql`update samples set state = 'announced', drawn_at = null where id = ${id}`), { message: /only moves on/ });
  await t.throwsAsync(
    owner.run(sql`insert into sample_items (sample_id, position, entry_id, log, sequence) values (${id}, 99, gen_random_uuid(), '2026', 1)`),
    { message: /drawn once/ },
  );
  await t.throwsAsync(archive.database.app.run(sql`delete from sample_marks`), { message: /permission denied/ });
  await t.throwsAsync(archive.database.app.run(sql`update samples set seed = repeat('0', 64)`), { message: /permission denied/ });
});

test.serial('R44: what was announced and not drawn is drawn by its seed, and a frame that is another one is refused on record', async (t) => {
  const { archive, reports } = one;
  const { owner } = archive.database;
  const broken = { ...reports, audit: { ...reports.audit, settled: () => Promise.reject(new Error('killed')) } };
  await t.throwsAsync(takeSample(broken, officer, { kind: 'readings', from: today, to: today, size: 3 }), { message: 'killed' });
  const [left] = (await listSamples(reports, officer, { state: 'announced' })).items;
  const id = left?.id ?? '';
  const before = await viewSample(reports, officer, id);
  t.deepEqual([before.items.length, before.mayDraw], [0, true]);
  await drawSample(reports, auditor, id);
  const after = await viewSample(reports, officer, id);
  t.deepEqual(
    after.items.map((each) => each.position),
    draw(after.seed, after.frameDigest, after.frame, 3),
  );
  await t.throwsAsync(takeSample(broken, officer, { kind: 'readings', from: today, to: today, size: 3 }), { message: 'killed' });
  const [changed] = (await listSamples(reports, officer, { state: 'announced' })).items;
  await owner.run(sql`alter table samples disable trigger user`);
  await owner.run(sql`update samples set frame_digest = ${`sha256:${'0'.repeat(64)}`} where id = ${changed?.id}`);
  await owner.run(sql`alter table samples enable trigger user`);
  t.is(await why(drawSample(reports, officer, changed?.id ?? '')), 'conflict');
  t.is((await viewSample(reports, officer, changed?.id ?? '')).items.length, 0);
});

test.serial('R44: only days past, only what is there, only as many as the rules allow, only by whom the rules let', async (t) => {
  const { archive } = one;
  const far = formatDay(dayOf(new Date(archive.clock.now.getTime() + 86_400_000), 'Asia/Shanghai'));
  t.is(await why(take(officer, { to: far })), 'invalid_field');
  t.is(await why(take(officer, { from: '2026-02-30' })), 'invalid_field');
  t.is(await why(take(officer, { from: '2020-01-01' })), 'invalid_field', 'too long a time');
  t.is(await why(take(officer, { from: '2020-01-01', to: '2020-01-31' })), 'invalid_field', 'nothing to draw');
  t.is(await why(take(officer, { size: 501 })), 'invalid_field');
  t.is(await why(take(officer, { kind: 'downloads' })), 'invalid_field');
  t.is(await why(take(readers[0] as Actor)), 'forbidden');
  t.is(await why(take(await one.person('executive'))), 'forbidden');
  t.true((await listSamples(one.reports, await one.person('executive'))).items.length > 0);
  t.is(await why(listSamples(one.reports, readers[0] as Actor)), 'forbidden');
});
