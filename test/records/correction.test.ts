import { buffer } from 'node:stream/consumers';
import test from 'ava';
import { issueGrant } from '../../src/access/index.js';
import type { Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import {
  answerCorrection,
  answerRestriction,
  capture,
  correctionsWaiting,
  correctRecord,
  listCorrections,
  openReading,
  proposeRestriction,
  readContent,
  viewCorrection,
  viewRecord,
  type CorrectionInput,
} from '../../src/records/index.js';
import { createPostgresSearch, searchRecords } from '../../src/search/index.js';
import { testArchive, testDraft, type TestArchive } from '../support/archive.js';
import { testSearch } from '../support/search.js';
import { why } from '../support/why.js';

let archive: TestArchive;
let agent: Actor;
let clerk: Actor;
let second: Actor;
let manager: Actor;
test.before(async () => {
  archive = await testArchive();
  agent = archive.person('agent');
  clerk = archive.person('records_clerk', 'archive');
  second = archive.person('records_clerk', 'archive');
  manager = archive.person('records_manager', 'archive');
});
test.after.always(() => archive.close());

const take = async (change: Record<string, unknown> = {}): Promise<string> => (await capture(archive.deps, agent, { draft: testDraft(change), files: [] })).id;
const correct = (recordId: string, patch: Record<string, unknown>, who = clerk, more: Partial<CorrectionInput> = {}) =>
  correctRecord(archive.deps, who, { recordId, patch, reason: '客户来函指出电话有误，已回拨核实', ...more });
const answer = (who: Actor, id: string, agree = true) => why(answerCorrection(archive.deps, who, { id, agree }));
const grantTo = (person: Actor, recordId: string) =>
  archive.deps.db.tx((tx) =>
    issueGrant(tx, archive.deps, archive.person('executive', 'office'), {
      kind: 'confidential',
      personId: person.personId ?? '',
      recordIds: [recordId],
      acts: ['view'],
      purpose: 'solve',
      startsAt: archive.clock.now,
      endsAt: new Date(archive.clock.now.getTime() + 3_600_000),
      readings: null,
      requestId: null,
    }),
  );
interface Read {
  draft: { title: string; content: string; client: { phone: string; name: string } };
}
async function read(recordId: string, version?: number): Promise<Read['draft']> {
  const reading = await openReading(archive.deps, agent, { recordId, purpose: 'solve', version });
  const content = await readContent(archive.deps, agent, { readingId: reading.id, kind: 'view' });
  return (JSON.parse((await buffer(content.body)).toString('utf8')) as Read).draft;
}

test.serial('R86: a correction is a new version that a second person confirmed; the old one stays and stays readable', async (t) => {
  const id = await take();
  const before = await viewRecord(archive.deps, agent, id);
  const proposed = await correct(id, { client: { phone: '13900001111' }, content: '客户来电反映早间频繁掉线。' });
  t.is((await viewRecord(archive.deps, agent, id)).versions.length, 1, 'nothing changes before the second person');
  t.is(await why(correct(id, { title: '另一处' }, second)), 'wrong_state', 'one at a time');
  t.is(await correctionsWaiting(archive.deps, clerk), 0);
  t.is(await correctionsWaiting(archive.deps, second), 1);
  t.is((await listCorrections(archive.deps, second)).items[0]?.id, proposed.id);
  const view = await viewCorrection(archive.deps, second, proposed.id);
  t.deepEqual(
    view.changes.map((one) => [one.field, one.old, one.new]),
    [
      ['client.phone', '13812345678', '13900001111'],
      ['content', '客户来电反映晚间宽带频繁掉线，要求上门检查。', '客户来电反映早间频繁掉线。'],
    ],
  );
  t.is(await answer(clerk, proposed.id), 'same_person');
  t.is(await answer({ ...manager, personId: clerk.personId }, proposed.id), 'same_person', 'by person, not by account');
  t.is(await answer(agent, proposed.id), 'not_found');
  t.is(await answer(manager, proposed.id), 'done');
  t.is(await answer(second, proposed.id), 'wrong_state');
  const after = await viewRecord(archive.deps, agent, id);
  t.deepEqual(
    after.versions.map((one) => [one.number, one.reason]),
    [
      [1, 'capture'],
      [2, 'correction'],
    ],
  );
  t.is(after.client.phone, '139****1111');
  t.is(after.archivalCode, before.archivalCode, 'the code never changes');
  t.is(after.term.until, before.term.until);
  t.is((await read(id)).client.phone, '13900001111');
  t.is((await read(id, 1)).client.phone, '13812345678', 'both are kept');
  t.is((await read(id, 2)).content, '客户来电反映早间频繁掉线。');
  t.is(await why(openReading(archive.deps, agent, { recordId: id, purpose: 'solve', version: 3 })), 'not_found');
  const acts = await archive.database.owner.many<{ act: string }>(
    sql`select e::jsonb ->> 'act' as act from (select entry as e from audit_entries union all select entry from audit_pending) x where e like ${`%${id}%`}`,
  );
  for (const act of ['record.correction_propose', 'record.work', 'record.correction_view', 'record.correction_agree', 'record.refused'])
    t.true(
      acts.some((one) => one.act === act),
      act,
    );
  const { n } = await archive.database.owner.one<{ n: number }>(sql`select count(*)::int as n from audit_entries where entry ~ '1390000|1381234|早间' `);
  t.is(n, 0, 'no content in the log');
});

test.serial('R86: a corrected day of closing moves the term later, and never earlier', async (t) => {
  const id = await take();
  const until = (await viewRecord(archive.deps, agent, id)).term.until;
  const earlier = await correct(id, { closedAt: '2026-03-01T09:30:00+08:00', openedAt: '2026-02-01T09:00:00+08:00' });
  t.is(await answer(second, earlier.id), 'done');
  t.is((await viewRecord(archive.deps, agent, id)).term.until, until);
  const muchEarlier = await correct(id, { closedAt: '2026-02-11T09:30:00+08:00' });
  t.is(await answer(second, muchEarlier.id), 'done');
  t.is((await viewRecord(archive.deps, agent, id)).term.until, until, 'what was promised to be kept is kept');
  const later = await correct(id, { closedAt: '2026-04-01T09:30:00+08:00' });
  t.is(await answer(second, later.id), 'done');
  const now = (await viewRecord(archive.deps, agent, id)).term;
  t.true(now.until > until, `${now.until} after ${until}`);
  const locks = await archive.database.owner.many<{ locked_until: Date }>(
    sql`select locked_until from objects where record_id = ${id} and id in (select body_object from record_versions where record_id = ${id})`,
  );
  t.is(locks.length, 4);
  for (const { locked_until } of locks) t.true(locked_until.toISOString().slice(0, 10) >= now.minimum);
});

test.serial('R86: the index follows a correction', async (t) => {
  const engine = createPostgresSearch({ db: archive.database.app });
  await engine.prepare();
  await (await engine.rebuild()).swap();
  const search = testSearch(archive, engine);
  try {
    const id = await take({ content: '客户询问翡翠套餐', title: '套餐咨询' });
    const find = async (q: string) => {
      await search.settled();
      return (await searchRecords(search.deps, agent, 'zh', { q })).items.map((one) => one.id);
    };
    t.deepEqual(await find('翡翠'), [id]);
    const { id: correction } = await correct(id, { content: '客户询问琥珀套餐' });
    t.deepEqual(await find('琥珀'), []);
    t.is(await answer(second, correction), 'done');
    t.deepEqual(await find('琥珀'), [id]);
    t.deepEqual(await find('翡翠'), []);
  } finally {
    await search.stop();
  }
});

test.serial('R86: what a correction may not touch, and who may not correct', async (t) => {
  const id = await take();
  for (const patch of [
    { serviceNo: 'X' },
    { sensitivity: 'public' },
    { client: { type: 'enterprise' } },
    { source: { system: 'other' } },
    {},
    { title: '宽带报修：晚间频繁掉线' },
  ])
    t.is(await why(correct(id, patch)), 'invalid_field', JSON.stringify(patch));
  t.is(await why(correct(id, { content: null })), 'invalid_field', 'nothing that the form demands is taken away');
  t.is(await why(correct(id, { title: '改' }, agent)), 'not_found');
  t.is(await why(correct(id, { title: '改' }, clerk, { reason: ' ' })), 'invalid_field');
  const high = await take({ sensitivity: 'highly_sensitive' }).catch(() => undefined);
  if (high !== undefined) t.is(await why(correct(high, { title: '改' })), 'not_found');
  const waiting = testDraft();
  delete waiting['result'];
  delete waiting['content'];
  const { id: incomplete } = await capture(archive.deps, agent, { draft: waiting, files: [] });
  t.is(await why(correct(incomplete, { title: '改' })), 'wrong_state', 'what waits to be arranged is completed instead');
  const proposed = await correct(id, { title: '更正后的题名' });
  t.is(await answer(clerk, proposed.id, false), 'done', 'who proposed it may take it back');
  const again = await correct(id, { title: '更正后的题名' });
  const officer = archive.person('compliance_officer', 'compliance');
  const restriction = await proposeRestriction(archive.deps, officer, { records: [id], ground: 'disputed', reason: '核实中' });
  await answerRestriction(archive.deps, manager, { id: restriction.id, agree: true });
  t.is(await answer(second, again.id), 'not_found', 'a restricted record is only kept');
});

test.serial('R86: the database itself takes no corrected version that a second person did not agree to', async (t) => {
  const id = await take();
  const { id: correction } = await correct(id, { title: '题名更正' });
  const alone = archive.deps.db.tx(async (tx) => {
    await archive.deps.audit.append(tx, { actor: clerk, act: 'record.correction_agree', subject: { kind: 'record', id }, decision: 'allow' });
    await tx.run(sql`update corrections set state = 'agreed', decided_by = proposed_by, decided_at = now() where id = ${correction}`);
  });
  t.is(((await t.throwsAsync(alone)) as { code?: string }).code, '23514');
  const unproposed = archive.deps.db.tx(async (tx) => {
    await archive.deps.audit.append(tx, { actor: clerk, act: 'record.correction_agree', subject: { kind: 'record', id }, decision: 'allow' });
    await tx.run(
      sql`insert into record_versions (id, record_id, number, body_object, reason, created_at) select new_version, record_id, 2, body_object, 'correction', now() from corrections where id = ${correction}`,
    );
  });
  t.is(((await t.throwsAsync(unproposed)) as { code?: string }).code, '23514');
});

test.serial('R86: what is highly sensitive is corrected, and its correction looked at, with the second factor alone', async (t) => {
  const { id } = await capture(archive.deps, agent, { draft: testDraft({ sensitivity: 'highly_sensitive' }), files: [] });
  const ask = { recordId: id, patch: { title: '改' }, reason: '核实' };
  t.is(
    await why(correctRecord(archive.deps, { ...manager, secondFactor: true }, ask)),
    'not_found',
    'who may not read it may not see what stands in it by correcting',
  );
  const other = archive.person('records_manager', 'archive');
  for (const one of [manager, other]) await grantTo(one, id);
  const strong = { ...manager, granted: true, secondFactor: true };
  const weak = { ...strong, secondFactor: false };
  t.is(await why(correctRecord(archive.deps, weak, ask)), 'second_factor_required');
  const { id: correction } = await correctRecord(archive.deps, strong, ask);
  t.is(await why(viewCorrection(archive.deps, weak, correction)), 'second_factor_required');
  t.is(await why(viewCorrection(archive.deps, strong, correction)), 'done');
  t.is(await why(answerCorrection(archive.deps, { ...other, granted: true, secondFactor: false }, { id: correction, agree: true })), 'second_factor_required');
  t.is(await why(answerCorrection(archive.deps, { ...other, granted: true, secondFactor: true }, { id: correction, agree: true })), 'done');
});
