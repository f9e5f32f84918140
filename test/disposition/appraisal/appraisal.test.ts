import test from 'ava';
import type { Actor } from '../../../src/audit/index.js';
import { sql } from '../../../src/db/index.js';
import {
  createAppraisal,
  extendTerm,
  listAppraisalItems,
  listAppraisals,
  proposeFor,
  signAppraisal,
  submitToGroup,
  takeOutOf,
  undoLast,
  viewAppraisal,
  withdrawAppraisal,
  type ProposeInput,
} from '../../../src/disposition/index.js';
import { decide, loadSchedules } from '../../../src/retention/index.js';
import { why } from '../../support/why.js';
import { office, type Office } from '../support/office.js';
import { dueRecords, withEntry } from '../support/sql.js';

let world: Office;
let clerk: Actor;
let second: Actor;
let supervisor: Actor;
let stranger: Actor;
let manager: Actor;
test.before(async () => {
  world = await office();
  clerk = world.hire('records_clerk');
  second = world.hire('records_clerk');
  supervisor = world.hire('supervisor', 'hotline');
  stranger = world.hire('supervisor', 'billing');
  manager = world.hire('records_manager');
});
test.after.always(() => world.close());

const started = async (count: number, change: Record<string, unknown> = {}) => {
  const records = await dueRecords(world.archive, count, change);
  const made = await createAppraisal(world.deps, clerk, { department: 'hotline', records });
  return { ...made, records };
};
const propose = (appraisalId: string, input: Partial<ProposeInput>, who = clerk) =>
  proposeFor(world.deps, who, { appraisalId, which: {}, proposal: 'destroy', reason: '保管期满，无继续保存价值', ...input });
const digestOf = async (id: string): Promise<string> => (await viewAppraisal(world.deps, manager, id)).digest ?? '';
const sign = async (who: Actor, appraisalId: string, more: Partial<Parameters<typeof signAppraisal>[2]> = {}) =>
  signAppraisal(world.deps, who, { appraisalId, digest: await digestOf(appraisalId), agree: true, ...more });
const record = (id: string) =>
  world.deps.db.one<{ state: string; term_until: string; term_reasons: { code: string }[] }>(
    sql`select state, term_until, term_reasons from records where id = ${id}`,
  );

test('R104: a group appraises; every member signs, and without one of them nothing is decided', async (t) => {
  const { id, number, records } = await started(3);
  t.regex(number, /^J-\d{4}-\d{6}$/);
  await propose(id, {});
  await submitToGroup(world.deps, clerk, id);
  const submitted = await viewAppraisal(world.deps, manager, id);
  t.deepEqual(
    submitted.members.map((one) => [one.rule, one.department, one.answer]),
    [
      ['department', 'hotline', null],
      ['clerk', null, null],
    ],
  );
  t.is((await sign(clerk, id)).state, 'signing');
  t.is(await why(sign(clerk, id)), 'same_person', 'nobody signs twice');
  t.is(await why(sign(second, id)), 'same_person', 'the place is taken');
  t.is(await why(sign(stranger, id)), 'not_found', 'another department has no part in it');
  t.is(await why(sign(manager, id)), 'forbidden', 'no member at all');
  t.is(await why(signAppraisal(world.deps, supervisor, { appraisalId: id, digest: '00'.repeat(32), agree: true })), 'changed', 'another list');
  t.is(
    await why(signAppraisal(world.deps, { ...supervisor, secondFactor: false }, { appraisalId: id, digest: await digestOf(id), agree: true })),
    'second_factor_required',
  );
  t.is((await viewAppraisal(world.deps, manager, id)).state, 'signing');
  t.is((await sign(supervisor, id)).state, 'decided');
  const { items } = await listAppraisalItems(world.deps, manager, id);
  t.deepEqual(new Set(items.map((one) => one.outcome)), new Set(['destroy']));
  t.is((await record(records[0] ?? '')).state, 'due', 'it waits for its register');
});

test('a dissent is kept, and what it is about is not destroyed', async (t) => {
  const { id, records } = await started(3);
  await propose(id, {});
  await submitToGroup(world.deps, clerk, id);
  await sign(clerk, id);
  t.is(await why(sign(supervisor, id, { agree: false })), 'invalid_field', 'a dissent says why');
  t.is(await why(sign(supervisor, id, { agree: false, opinion: '有争议', dissentOn: ['018f0000-0000-7000-8000-0000000000ff'] })), 'invalid_field');
  t.is((await sign(supervisor, id, { agree: false, opinion: '第一件仍有争议', dissentOn: [records[0] ?? ''] })).state, 'decided');
  const view = await viewAppraisal(world.deps, manager, id);
  t.is(view.members.find((one) => one.rule === 'department')?.opinion, '第一件仍有争议');
  const { items } = await listAppraisalItems(world.deps, manager, id);
  t.true(items.every((one) => (one.record === records[0] ? one.outcome === 'open' && one.dissents === 1 : one.outcome === 'destroy' && one.dissents === 0)));
  t.is((await listAppraisalItems(world.deps, manager, id, { dissent: true })).total, 1);
  const again = await createAppraisal(world.deps, clerk, { department: 'hotline', records: [records[0] ?? ''] });
  t.is(again.items, 1, 'it is appraised again');
});

test('many at once: extend at most to the maximum, transfer, keep with a basis; as the pure decision would', async (t) => {
  const { id, records } = await started(4);
  const [extended = '', moved = '', kept = '', gone = ''] = records;
  t.is(await why(propose(id, { proposal: 'extend', period: { years: 6, months: 0 } })), 'invalid_field', 'beyond the maximum');
  t.is(await why(propose(id, { proposal: 'extend', period: { years: 2, months: 0 } })), 'invalid_field', 'not longer');
  t.is(await why(propose(id, { proposal: 'extend' })), 'invalid_field');
  t.is(await why(propose(id, { proposal: 'keep' })), 'invalid_field', 'without a basis');
  t.is(await why(propose(id, { reason: ' ' })), 'invalid_field', 'without a reason');
  await propose(id, { which: { records: [extended] }, proposal: 'extend', period: { years: 4, months: 6 } });
  await propose(id, { which: { records: [moved] }, proposal: 'transfer' });
  await propose(id, { which: { records: [kept] }, proposal: 'keep', basis: '《档案法》第三十条' });
  t.is(await why(submitToGroup(world.deps, clerk, id)), 'invalid_field', 'one has no proposal');
  await propose(id, { which: { proposal: 'none' } });
  await submitToGroup(world.deps, clerk, id);
  t.is(await why(propose(id, {})), 'wrong_state', 'submitted');
  await sign(clerk, id);
  await sign(supervisor, id);
  const after = await record(extended);
  t.is(after.state, 'extended');
  const schedule = (await loadSchedules(new URL('../../../../retention', import.meta.url).pathname)).newest;
  const closed = new Date('2019-03-01T10:00:00+08:00');
  const pure = decide(
    { kind: 'service', closedAt: closed, serviceType: 'routine', clientType: 'individual', channel: 'phone' },
    [{ kind: 'extension', at: closed, period: { years: 4, months: 6 } }],
    schedule,
    [],
    '2022-06-01',
  );
  t.is(after.term_until, pure.until);
  t.deepEqual(
    after.term_reasons.find((one) => one.code === 'extended'),
    pure.reasons.find((one) => one.code === 'extended'),
  );
  t.is((await record(moved)).state, 'due');
  t.like(await record(kept), { state: 'extended', term_until: '9999-12-31' });
  const longest = await world.deps.db.one<{ term_maximum: string }>(sql`select term_maximum from records where id = ${kept}`);
  t.is(longest.term_maximum, '9999-12-31', 'R40: what is kept for good on a basis is not kept too long');
  t.is((await record(gone)).state, 'due');
  const entries = await world.deps.db.many<{
    act: string;
  }>(sql`select p.entry::jsonb->>'act' as act from audit_pending p where p.entry::jsonb->'subject'->>'id' = ${extended}
    union all select e.entry::jsonb->>'act' from audit_entries e where e.entry::jsonb->'subject'->>'id' = ${extended}`);
  t.true(entries.some((one) => one.act === 'record.extend'));
});

test('one decision for many is taken back as one, until it is submitted', async (t) => {
  const { id } = await started(5);
  await propose(id, {});
  const { step } = await propose(id, { proposal: 'transfer', which: { serviceType: 'routine' } });
  const count = async () => (await viewAppraisal(world.deps, manager, id)).counts;
  t.like(await count(), { transfer: 5, destroy: 0 });
  t.is(await why(undoLast(world.deps, clerk, { appraisalId: id, step: 1 })), 'conflict', 'only the last');
  t.is((await undoLast(world.deps, clerk, { appraisalId: id, step })).items, 5);
  t.like(await count(), { transfer: 0, destroy: 5 });
  await undoLast(world.deps, clerk, { appraisalId: id, step: 1 });
  t.like(await count(), { undecided: 5 });
  t.is(await why(undoLast(world.deps, clerk, { appraisalId: id, step: 1 })), 'conflict', 'nothing left');
  t.is(await why(propose(id, {}, second)), 'forbidden', 'another clerk’s draft');
  await takeOutOf(world.deps, clerk, { appraisalId: id, which: { serviceType: 'routine' } });
  t.is(await why(submitToGroup(world.deps, clerk, id)), 'invalid_field', 'an empty one is none');
});

test('taking a decision back is not kept from it by another record whose extension fits no more; submitting is told', async (t) => {
  const { id, records } = await started(3);
  const [first = '', second = ''] = records;
  await propose(id, { which: {}, proposal: 'extend', period: { years: 4, months: 0 } });
  const { step } = await propose(id, { which: { records: [second] }, proposal: 'destroy' });
  // an event moved the first record's own day beyond what the extension gives
  await withEntry(world.archive, (tx) => tx.run(sql`update records set term_until = '2024-02-29' where id = ${first}`));
  t.is((await undoLast(world.deps, clerk, { appraisalId: id, step })).items, 1);
  const until = new Map((await listAppraisalItems(world.deps, clerk, id)).items.map((one) => [one.record, one.newUntil]));
  t.is(until.get(second), '2023-03-01', 'the extension stands again');
  await propose(id, { which: { records: [second] }, proposal: 'destroy' });
  await withEntry(world.archive, (tx) => tx.run(sql`update records set term_until = '2024-02-29' where id = ${second}`));
  await undoLast(world.deps, clerk, { appraisalId: id, step: step + 1 });
  t.is((await listAppraisalItems(world.deps, clerk, id)).items.find((one) => one.record === second)?.newUntil, null, 'without a day');
  t.is(await why(submitToGroup(world.deps, clerk, id)), 'invalid_field');
});

test('a record that changed between proposal and last signature is not destroyed', async (t) => {
  const { id, records } = await started(2);
  await propose(id, {});
  await submitToGroup(world.deps, clerk, id);
  await sign(clerk, id);
  await withEntry(world.archive, (tx) => tx.run(sql`update records set state = 'archived' where id = ${records[0] ?? ''}`), world.archive.database.owner);
  await sign(supervisor, id);
  const { items } = await listAppraisalItems(world.deps, manager, id);
  t.is(items.filter((one) => one.outcome === 'destroy').length, 1);
  t.is(items.filter((one) => one.outcome === 'open').length, 1);
});

test('who may not: neither begins, nor sees, and it is on record', async (t) => {
  const [one = ''] = await dueRecords(world.archive, 1);
  const agent = world.hire('agent');
  for (const who of [agent, supervisor, manager]) t.is(await why(createAppraisal(world.deps, who, { department: 'hotline', records: [one] })), 'forbidden');
  t.is(await why(listAppraisals(world.deps, agent)), 'forbidden');
  t.is(await why(viewAppraisal(world.deps, agent, one)), 'not_found');
  const { id } = await createAppraisal(world.deps, clerk, { department: 'hotline', records: [one] });
  t.is(await why(createAppraisal(world.deps, second, { department: 'hotline', records: [one] })), 'invalid_field', 'under another appraisal already');
  t.is(await why(viewAppraisal(world.deps, supervisor, id)), 'not_found', 'a draft is not the group’s yet');
  await propose(id, {});
  await submitToGroup(world.deps, clerk, id);
  t.is((await viewAppraisal(world.deps, supervisor, id)).maySign, true);
  t.is(await why(viewAppraisal(world.deps, stranger, id)), 'not_found');
  t.false((await listAppraisals(world.deps, stranger)).items.some((item) => item.id === id));
  t.true((await listAppraisals(world.deps, supervisor)).items.some((item) => item.id === id));
  await withdrawAppraisal(world.deps, second, id);
  t.is(await why(sign(supervisor, id)), 'wrong_state');
  const { n } = await world.deps.db.one<{
    n: number;
  }>(sql`select (select count(*) from audit_pending p where p.entry::jsonb->>'act' = 'appraisal.refused' and p.entry::jsonb->'subject'->>'id' = ${id})
    + (select count(*) from audit_entries e where e.entry::jsonb->>'act' = 'appraisal.refused' and e.entry::jsonb->'subject'->>'id' = ${id}) as n`);
  t.true(n >= 1);
});

test('held and restricted records, and those of other departments, are not begun with', async (t) => {
  const [held = '', free = ''] = await dueRecords(world.archive, 2);
  await withEntry(
    world.archive,
    async (tx) => {
      await tx.run(sql`alter table records disable trigger user`);
      await tx.run(sql`update records set held = true where id = ${held}`);
      await tx.run(sql`alter table records enable trigger user`);
    },
    world.archive.database.owner,
  );
  const made = await createAppraisal(world.deps, clerk, { department: 'hotline', records: [held, free] });
  t.is(made.items, 1);
  t.is(await why(createAppraisal(world.deps, clerk, { department: 'billing', records: [free] })), 'invalid_field');
});

test('where nobody could fill a place of the group, it is not submitted', async (t) => {
  const lonely = await office('strict');
  t.teardown(() => lonely.close());
  const one = lonely.hire('records_clerk');
  lonely.hire('supervisor');
  const records = await dueRecords(lonely.archive, 1);
  const { id } = await createAppraisal(lonely.deps, one, { department: 'hotline', records });
  await proposeFor(lonely.deps, one, { appraisalId: id, which: {}, proposal: 'destroy', reason: '期满' });
  t.is(await why(submitToGroup(lonely.deps, one, id)), 'invalid_field', 'no executive');
  lonely.hire('executive');
  await submitToGroup(lonely.deps, one, id);
  t.is((await viewAppraisal(lonely.deps, one, id)).members.length, 3);
});

test('the term anew is counted from the anchor, and stops at the maximum', (t) => {
  const reasons = [
    { code: 'rule', rule: 'service', trigger: 'closing', anchor: '2020-02-29', period: { years: 3, months: 0 }, until: '2023-02-28', decides: true },
  ] as const;
  const term = { until: '2023-02-28', maximum: '2025-02-28', reasons };
  t.like(extendTerm(term, { years: 4, months: 0 }), { until: '2024-02-29' });
  t.deepEqual(extendTerm(term, { years: 5, months: 1 }), { refused: 'beyond_maximum' });
  t.deepEqual(extendTerm(term, { years: 3, months: 0 }), { refused: 'not_longer' });
  t.deepEqual(extendTerm({ ...term, reasons: [] }, { years: 4, months: 0 }), { refused: 'not_longer' });
});
