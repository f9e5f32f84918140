import test from 'ava';
import type { Actor } from '../../src/audit/index.js';
import { sql } from '../../src/db/index.js';
import {
  answerLowering,
  capture,
  completeRecord,
  countWaiting,
  listLowerings,
  openReading,
  reclassify,
  viewRecord,
  type Reclassified,
} from '../../src/records/index.js';
import { testArchive, testDraft, type TestArchive } from '../support/archive.js';
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

const archived = async (sensitivity = 'sensitive'): Promise<string> =>
  (await capture(archive.deps, agent, { draft: testDraft({ sensitivity }), files: [] })).id;
const level = async (id: string): Promise<string> => (await viewRecord(archive.deps, agent, id)).sensitivity;
const lower = (who: Actor, id: string, sensitivity: 'public' | 'internal' = 'internal'): Promise<Reclassified> =>
  reclassify(archive.deps, who, { recordId: id, sensitivity });
const answer = (who: Actor, id: string, agree: boolean): Promise<string> => why(answerLowering(archive.deps, who, { recordId: id, agree }));

test.serial('R14: a clerk lowers no sensitivity alone, and so opens nothing to himself; another person agrees, and it acts', async (t) => {
  const id = await archived();
  t.is(await why(openReading(archive.deps, clerk, { recordId: id, purpose: 'solve' })), 'not_found');
  t.truthy((await lower(clerk, id)).lowering);
  t.is(await level(id), 'sensitive');
  t.is(await why(openReading(archive.deps, clerk, { recordId: id, purpose: 'solve' })), 'not_found');
  // the same person, with another account too
  t.is(await answer(clerk, id, true), 'same_person');
  t.is(await answer({ ...manager, personId: clerk.personId }, id, true), 'same_person');
  t.is(await answer(agent, id, true), 'not_found');
  t.is((await viewRecord(archive.deps, clerk, id)).lowering?.own, true);
  t.like((await viewRecord(archive.deps, manager, id)).lowering, { to: 'internal', own: false });
  t.is((await viewRecord(archive.deps, agent, id)).lowering, null);
  t.is(await answer(manager, id, true), 'done');
  t.is(await level(id), 'internal');
  t.is(await answer(second, id, true), 'wrong_state');
  const view = await viewRecord(archive.deps, agent, id);
  t.deepEqual(
    view.history.map((one) => [one.field, one.old_value, one.new_value]),
    [['sensitivity', 'sensitive', 'internal']],
  );
  const acts = await archive.database.owner.many<{ act: string; decision: string }>(
    sql`select e::jsonb ->> 'act' as act, e::jsonb ->> 'decision' as decision from (select id, entry as e from audit_entries union all select id, entry from audit_pending) x
      where e like ${`%${id}%`} order by x.id`,
  );
  const told = acts.filter((one) => /lowering|refused/.test(one.act)).map((one) => `${one.act} ${one.decision}`);
  t.true(told.includes('record.lowering_propose allow'));
  t.true(told.filter((one) => one === 'record.refused deny').length >= 3);
  t.is(told.at(-1), 'record.lowering_agree allow');
});

test.serial('raising acts at once, and takes a proposal with it; what else was changed acts at once too', async (t) => {
  const id = await archived();
  const both = await reclassify(archive.deps, clerk, { recordId: id, sensitivity: 'public', serviceType: 'special' });
  t.truthy(both.lowering);
  const now = await viewRecord(archive.deps, agent, id);
  t.is(now.serviceType, 'special');
  t.is(now.sensitivity, 'sensitive');
  t.is(await why(reclassify(archive.deps, second, { recordId: id, sensitivity: 'public' })), 'conflict', 'it waits already');
  t.is((await reclassify(archive.deps, second, { recordId: id, sensitivity: 'highly_sensitive' })).lowering, null);
  t.is(await answer(manager, id, true), 'wrong_state', 'the proposal was about another sensitivity');
  // a new proposal takes the place of one that waits, with its own proposer
  await lower(clerk, id, 'public');
  await lower(second, id, 'internal');
  t.is(await answer(second, id, true), 'same_person');
  t.is(await answer(clerk, id, true), 'done');
});

test.serial('a proposal is refused by another, or taken back by who made it', async (t) => {
  const id = await archived();
  await lower(clerk, id);
  t.is(await answer(second, id, false), 'done');
  t.is(await answer(second, id, true), 'wrong_state');
  await lower(clerk, id);
  t.is(await answer(clerk, id, false), 'done');
  t.is(await level(id), 'sensitive');
});

test.serial('what waits is counted and listed for those who may answer, not for who proposed it', async (t) => {
  const id = await archived();
  const before = [(await countWaiting(archive.deps, manager)).lowerings, (await countWaiting(archive.deps, clerk)).lowerings];
  await lower(clerk, id);
  t.is((await countWaiting(archive.deps, manager)).lowerings, (before[0] ?? 0) + 1);
  t.is((await countWaiting(archive.deps, clerk)).lowerings, before[1] ?? 0);
  t.is((await countWaiting(archive.deps, agent)).lowerings, 0);
  const one = (await listLowerings(archive.deps, manager)).items.find((each) => each.recordId === id);
  t.like(one, { from: 'sensitive', to: 'internal', proposedBy: clerk.personId ?? '', own: false });
  t.is(await why(listLowerings(archive.deps, agent)), 'forbidden');
  await answer(manager, id, false);
});

test.serial('two persons agree at the same moment: one of them does it', async (t) => {
  const id = await archived();
  await lower(clerk, id);
  const both = await Promise.all([answer(second, id, true), answer(manager, id, true)]);
  t.deepEqual(both.toSorted(), ['done', 'wrong_state']);
  t.is((await viewRecord(archive.deps, agent, id)).history.filter((one) => one.field === 'sensitivity').length, 1);
});

test.serial('completing lowers nothing', async (t) => {
  const draft = testDraft({ serviceType: 'complaint', handling: '升级处理', sensitivity: 'highly_sensitive' });
  delete draft['result'];
  const { id } = await capture(archive.deps, archive.person('supervisor'), { draft, files: [] });
  t.is(await why(completeRecord(archive.deps, clerk, { recordId: id, patch: { result: '已解决', sensitivity: 'internal' }, files: [] })), 'second_person');
  t.is(await why(completeRecord(archive.deps, clerk, { recordId: id, patch: { result: '已解决' }, files: [] })), 'done');
});

test.serial('the database itself lets no sensitivity fall without a second person, nor lets one person be both', async (t) => {
  const id = await archived();
  await lower(clerk, id);
  const falls = archive.deps.db.tx(async (tx) => {
    await archive.deps.audit.append(tx, { actor: clerk, act: 'record.reclassify', subject: { kind: 'record', id }, decision: 'allow' });
    await tx.run(sql`update records set sensitivity = 'internal' where id = ${id}`);
  });
  t.is(((await t.throwsAsync(falls)) as { code?: string }).code, '23514');
  const alone = archive.deps.db.tx(async (tx) => {
    await archive.deps.audit.append(tx, { actor: clerk, act: 'record.lowering_agree', subject: { kind: 'record', id }, decision: 'allow' });
    await tx.run(
      sql`update lowerings set state = 'agreed', decided_by = proposed_by, decided_at = now(), decided_in = pg_current_xact_id() where record_id = ${id} and state = 'proposed'`,
    );
  });
  t.is(((await t.throwsAsync(alone)) as { code?: string }).code, '23514');
  t.is(await level(id), 'sensitive');
  await answer(manager, id, false);
});
