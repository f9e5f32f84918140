import test from 'ava';
import { systemActor } from '../../../src/audit/index.js';
import { sql } from '../../../src/db/index.js';
import {
  answerLift,
  answerProposal,
  holdNotices,
  holdsOfRecord,
  holdsWaiting,
  keepHold,
  keepHoldTimes,
  listHolds,
  previewHold,
  proposeLift,
  viewHold,
} from '../../../src/disposition/index.js';
import { viewRecord } from '../../../src/records/index.js';
import { why } from '../../support/why.js';
import { dayAhead, holdOffice, type HoldOffice } from './support.js';

let o: HoldOffice;
test.before(async () => {
  o = await holdOffice();
});
test.after.always(() => o.close());

/** What a destructive step would be told. */
const free = async (...ids: string[]): Promise<string> =>
  (await o.deps.db.one<{ n: number }>(sql`select count(*)::int as n from records where id = any (${ids}::uuid[]) and (held or record_is_held(id))`)).n > 0
    ? 'held'
    : 'done';
const lift = async (id: string): Promise<void> => {
  await proposeLift(o.deps, o.legal, { id, reason: '案件已结' });
  await answerLift(o.deps, o.compliance, { id, agree: true });
};

test.serial('R34: legal sets a hold over a list; two persons lift it; the record, its page and the log tell it', async (t) => {
  const [one, other] = [await o.take(), await o.take()];
  t.is(await why(o.make(o.agent, 'set', { records: [one] })), 'forbidden');
  t.is(await why(o.make(o.manager, 'set', { records: [one] })), 'forbidden', 'a records manager freezes, but sets none');
  t.is(await why(o.make(o.supervisor, 'set', { records: [one] })), 'forbidden');
  const made = await o.make(o.legal, 'set', { records: [one, one], reference: '(2026)沪0101民初123号' });
  t.is(made.records, 1);
  t.regex(made.number, /^H-\d{4}-\d{4,}$/);
  t.true(await o.held(one));
  t.false(await o.held(other));
  t.is(await free(one, other), 'held');
  t.is(await free(other), 'done');
  t.like(await listHolds(o.deps, o.compliance, { record: one }), {
    items: [{ id: made.id, records: 1, reference: '(2026)沪0101民初123号', owner: o.legal.personId }],
  });
  t.is((await viewHold(o.deps, o.manager, made.id)).covered.items[0]?.id, one);
  t.deepEqual(
    (await holdsOfRecord(o.deps, o.agent, one)).map(({ id, reason }) => ({ id, reason })),
    [{ id: null, reason: null }],
    'an agent sees that there is one, not which',
  );
  t.is((await holdsOfRecord(o.deps, o.legal, one))[0]?.reason, '客户起诉，须保全');
  t.true((await viewRecord(o.archive.deps, o.agent, one)).held);

  t.is(await why(proposeLift(o.deps, o.manager, { id: made.id, reason: 'x' })), 'forbidden');
  t.is(await why(proposeLift(o.deps, { ...o.legal, secondFactor: false }, { id: made.id, reason: 'x' })), 'second_factor_required');
  t.is(await why(proposeLift(o.deps, o.legal, { id: made.id, reason: ' ' })), 'invalid_field');
  await proposeLift(o.deps, o.legal, { id: made.id, reason: '案件已结' });
  t.is(await why(proposeLift(o.deps, o.compliance, { id: made.id, reason: '案件已结' })), 'wrong_state');
  t.true(await o.held(one), 'held until another person agrees');
  t.is(await why(answerLift(o.deps, o.legal, { id: made.id, agree: true })), 'same_person');
  t.is(
    await why(answerLift(o.deps, { ...o.compliance, personId: o.legal.personId }, { id: made.id, agree: true })),
    'same_person',
    'by person, not by account',
  );
  t.deepEqual(await holdsWaiting(o.deps, o.compliance), { proposals: 0, lifts: 1, reviews: 0 });
  t.deepEqual(await holdsWaiting(o.deps, o.legal), { proposals: 0, lifts: 0, reviews: 0 });
  t.like(await answerLift(o.deps, o.compliance, { id: made.id, agree: true }), { state: 'lifted', records: 1 });
  t.is(await why(answerLift(o.deps, o.compliance, { id: made.id, agree: true })), 'wrong_state');
  t.false(await o.held(one));
  t.is(await free(one, other), 'done');
  t.deepEqual(
    (await viewRecord(o.archive.deps, o.agent, one)).history.map((entry) => [entry.field, entry.old_value, entry.new_value]),
    [
      ['held', 'no', 'yes'],
      ['held', 'yes', 'no'],
    ],
  );
  const told = await o.told(made.id);
  for (const act of [
    'hold.set allow',
    'record.hold allow',
    'hold.lift_propose allow',
    'hold.lift allow',
    'record.unhold allow',
    'hold.refused deny',
    'hold.view allow',
  ])
    t.true(told.has(act), act);
});

test.serial('R34: several holds overlap; a record is free only when the last one is gone', async (t) => {
  const client = 'C-HOLD-1';
  const id = await o.take({ client: { number: client, name: '赵一', type: 'individual' } });
  const first = await o.make(o.legal, 'set', { records: [id] });
  const second = await o.make(o.compliance, 'set', { client, matter: 'inspection' });
  t.is((await holdsOfRecord(o.deps, o.legal, id)).length, 2);
  await lift(first.id);
  t.true(await o.held(id));
  t.is(await free(id), 'held');
  await lift(second.id);
  t.false(await o.held(id));
  t.is((await holdsOfRecord(o.deps, o.legal, id)).length, 0);
});

test.serial('R34: a client’s hold and a query’s hold take what comes, in the transaction in which it comes, and tell it', async (t) => {
  const client = 'C-HOLD-2';
  const draft = { client: { number: client, name: '钱二', type: 'individual' } };
  const before = await o.take(draft);
  const byClient = await o.make(o.legal, 'set', { client });
  const byQuery = await o.make(o.legal, 'set', { query: 'tag:诉讼 type:complaint' });
  t.is(byQuery.records, 0);
  const after = await o.take(draft);
  t.true(await o.held(before));
  t.true(await o.held(after));
  const tagged = await o
    .take({ tags: ['诉讼'], serviceType: 'complaint', complaint: { about: '服务', level: 'normal' } })
    .catch(() => o.take({ tags: ['诉讼'] }));
  await o.straight(sql`update records set service_type = 'complaint' where id = ${tagged}`);
  t.true(await o.held(tagged), 'a reclassification that comes to meet the query is caught');
  await o.straight(sql`update records set service_type = 'routine' where id = ${tagged}`);
  t.true(await o.held(tagged), 'and stays, though it meets it no more');
  const moved = await o.take();
  await o.straight(sql`update records set client_number = ${client} where id = ${moved}`);
  t.true(await o.held(moved), 'a correction of the client is caught');
  await keepHoldTimes(o.deps, systemActor());
  const view = await viewHold(o.deps, o.legal, byClient.id);
  t.is(view.records, 3);
  t.is(view.caught, 2);
  t.true((await o.told(after)).has('record.hold allow'));
  t.deepEqual(
    (await viewRecord(o.archive.deps, o.agent, after)).history.map((one) => [one.field, one.new_value]),
    [['held', 'yes']],
  );
  await lift(byClient.id);
  t.false(await o.held(after));
  t.false(await o.held(await o.take(draft)), 'what comes after the lift is free');
  await lift(byQuery.id);
});

test.serial('R34: a supervisor proposes; another person accepts or declines; he sees only his own and only what he may find', async (t) => {
  const [mine, hidden] = [await o.take(), await o.take({ department: 'quality', sensitivity: 'sensitive' })];
  t.is(await why(o.make(o.supervisor, 'propose', { records: [mine, hidden] })), 'not_found');
  t.is(await why(o.make(o.supervisor, 'propose', { records: [mine, '00000000-0000-4000-8000-000000000000'] })), 'not_found', 'hidden is as missing');
  t.is(await why(o.make(o.supervisor, 'propose', { records: [mine], owner: o.legal.personId ?? '' })), 'invalid_field');
  const asked = await o.make(o.supervisor, 'propose', { records: [mine] });
  t.false(await o.held(mine), 'a proposal holds nothing yet');
  t.is((await viewHold(o.deps, o.supervisor, asked.id)).records, 1);
  t.is((await viewHold(o.deps, o.supervisor, asked.id)).objects, null);
  t.true((await holdNotices(o.deps, o.legal)).some((one) => one.holdId === asked.id && one.kind === 'proposed'));
  t.is(await why(answerProposal(o.deps, o.supervisor, { id: asked.id, accept: true })), 'forbidden');
  t.is(await why(answerProposal(o.deps, { ...o.legal, personId: o.supervisor.personId }, { id: asked.id, accept: true })), 'same_person');
  t.is(await why(answerProposal(o.deps, o.legal, { id: asked.id, accept: false })), 'invalid_field', 'a refusal names its reason');
  t.like(await answerProposal(o.deps, o.legal, { id: asked.id, accept: true }), { state: 'in_force', records: 1 });
  t.true(await o.held(mine));
  t.like(await viewHold(o.deps, o.legal, asked.id), { owner: o.legal.personId, state: 'in_force' });
  t.is((await holdNotices(o.deps, o.supervisor))[0]?.kind, 'accepted');
  await viewHold(o.deps, o.supervisor, asked.id);
  t.is((await holdNotices(o.deps, o.supervisor)).length, 0, 'seen with the hold');

  const other = await o.make(o.supervisor, 'propose', { client: 'C-NOBODY' });
  t.like(await answerProposal(o.deps, o.compliance, { id: other.id, accept: false, reason: '无此必要' }), { state: 'declined' });
  t.is((await viewHold(o.deps, o.supervisor, other.id)).declineReason, '无此必要');
  const back = await o.make(o.supervisor, 'propose', { client: 'C-NOBODY' });
  const colleague = { ...o.archive.person('supervisor', 'hotline'), secondFactor: true };
  t.is(await why(viewHold(o.deps, colleague, back.id)), 'not_found');
  t.is(await why(answerProposal(o.deps, colleague, { id: back.id, accept: false, reason: 'x' })), 'not_found');
  t.like(await answerProposal(o.deps, o.supervisor, { id: back.id, accept: false, reason: '撤回' }), { state: 'declined' });
  const theirs = await o.make(o.legal, 'set', { records: [await o.take()] });
  t.is(await why(viewHold(o.deps, o.supervisor, theirs.id)), 'not_found');
  t.false((await listHolds(o.deps, o.supervisor)).items.some((one) => one.id === theirs.id));
  t.is(await why(listHolds(o.deps, o.agent)), 'forbidden');
});

test.serial('R34: a freeze lapses by itself after 72 hours, not before, and another hold keeps the record', async (t) => {
  const [one, both] = [await o.take(), await o.take()];
  t.is(await why(o.make(o.legal, 'freeze', { records: [one] })), 'forbidden');
  const frozen = await o.make(o.manager, 'freeze', { records: [one, both] });
  await o.make(o.legal, 'set', { records: [both] });
  const start = o.archive.clock.now;
  try {
    o.archive.clock.now = new Date(start.getTime() + 72 * 3_600_000 - 1000);
    t.is((await keepHoldTimes(o.deps, systemActor())).lapsed, 0);
    t.true(await o.held(one));
    o.archive.clock.now = new Date(start.getTime() + 72 * 3_600_000 + 1000);
    t.is((await keepHoldTimes(o.deps, systemActor())).lapsed, 1);
    t.false(await o.held(one));
    t.true(await o.held(both));
    t.is((await viewHold(o.deps, o.manager, frozen.id)).state, 'lapsed');
    t.is((await keepHoldTimes(o.deps, systemActor())).lapsed, 0);
    t.true((await o.told(frozen.id)).has('hold.lapse allow'));
  } finally {
    o.archive.clock.now = start;
  }
});

test.serial('R34: the owner is reminded at the day of review and weekly after it; a moved day ends it', async (t) => {
  const made = await o.make(o.legal, 'set', { records: [await o.take()], reviewOn: dayAhead(o.deps, 10), owner: o.compliance.personId ?? '' });
  const start = o.archive.clock.now;
  const at = async (days: number) => {
    o.archive.clock.now = new Date(start.getTime() + days * 86_400_000);
    return (await keepHoldTimes(o.deps, systemActor())).reminded;
  };
  const kinds = async () => (await holdNotices(o.deps, o.compliance)).filter((one) => one.holdId === made.id).map((one) => one.kind);
  try {
    t.is(await at(9), 0);
    t.is(await at(10), 1);
    t.is(await at(10), 0, 'once');
    t.deepEqual(await kinds(), ['review']);
    t.false((await viewHold(o.deps, o.legal, made.id)).overdue);
    t.is((await holdsWaiting(o.deps, o.compliance)).reviews, 1);
    t.is(await at(12), 0);
    t.true((await viewHold(o.deps, o.legal, made.id)).overdue);
    t.true((await listHolds(o.deps, o.legal, { overdue: true })).items.some((one) => one.id === made.id));
    t.is(await at(17), 1);
    t.deepEqual(await kinds(), ['review', 'overdue']);
    t.is(await why(keepHold(o.deps, o.manager, { id: made.id, reviewOn: dayAhead(o.deps, 30), reason: '仍在审理' })), 'forbidden');
    t.is(await why(keepHold(o.deps, o.compliance, { id: made.id, reviewOn: dayAhead(o.deps, 0), reason: '仍在审理' })), 'invalid_field');
    t.is(await why(keepHold(o.deps, o.compliance, { id: made.id, reviewOn: dayAhead(o.deps, 400), reason: '仍在审理' })), 'invalid_field');
    await keepHold(o.deps, o.compliance, { id: made.id, reviewOn: dayAhead(o.deps, 30), reason: '仍在审理' });
    t.deepEqual(await kinds(), []);
    t.is(await at(25), 0);
    t.true((await o.told(made.id)).has('hold.keep allow'));
  } finally {
    o.archive.clock.now = start;
  }
});

test.serial('R34: a query holds only what the catalogue answers surely; nothing is never everything', async (t) => {
  for (const query of ['宽带', 'type:complaint 宽带', '-退款 type:complaint', '"宽带报修"', 'type:nothing', '-type:complaint', 'date:9999-99'])
    t.is(await why(o.make(o.legal, 'set', { query })), 'invalid_field', query);
  t.is(await why(o.make(o.legal, 'set', {})), 'invalid_field');
  t.is(await why(o.make(o.legal, 'set', { query: '   ' })), 'invalid_field');
  t.is(await why(o.make(o.legal, 'set', { records: [], client: '' })), 'invalid_field');
  t.is(await why(o.make(o.legal, 'set', { client: 'C-1', query: 'type:complaint' })), 'invalid_field');
});

test.serial('R34: the preview tells how many and which, as far as the viewer may find them', async (t) => {
  const client = 'C-HOLD-PREVIEW';
  const draft = { client: { number: client, name: '孙三', type: 'individual' } };
  const seen = await o.take(draft);
  const hidden = await o.take({ ...draft, department: 'quality', sensitivity: 'sensitive' });
  const all = await previewHold(o.deps, o.legal, { client });
  t.is(all.total, 2);
  t.deepEqual(all.sample.map((one) => one.id).sort(), [seen, hidden].sort());
  const some = await previewHold(o.deps, o.supervisor, { client });
  t.deepEqual([some.total, some.sample.map((one) => one.id)], [1, [seen]]);
  t.is((await previewHold(o.deps, o.supervisor, { client: 'C-NONE' })).total, 0);
  t.is(await why(previewHold(o.deps, o.agent, { client })), 'forbidden');
});
