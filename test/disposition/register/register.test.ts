import test from 'ava';
import type { Actor } from '../../../src/audit/index.js';
import { issueGrant } from '../../../src/access/index.js';
import { newId, sql } from '../../../src/db/index.js';
import {
  answerRegister,
  appointFor,
  checkRegister,
  createRegister,
  dismissFrom,
  freezeRegister,
  listRegisterItems,
  listRegisters,
  rejectRegisterItems,
  registersWaiting,
  stopRegister,
  submitRegister,
  takeOutOfRegister,
  viewRegister,
  watchRegisters,
} from '../../../src/disposition/index.js';
import { systemActor } from '../../../src/audit/index.js';
import { answerRestriction, correctRecord, proposeRestriction } from '../../../src/records/index.js';
import { why } from '../../support/why.js';
import { withEntry } from '../support/sql.js';
import { appraisedRecords, crew, register, type Crew } from '../support/way.js';

let people: Crew;
test.before(async () => {
  people = await crew();
});
test.after.always(() => people.world.close());

const deps = () => people.world.deps;
const stateOf = async (id: string): Promise<string> => (await viewRegister(deps(), people.manager, id)).state;
const recordStates = async (records: readonly string[]): Promise<string[]> =>
  (await deps().db.many<{ state: string }>(sql`select state from records where id = any (${[...records]}::uuid[])`)).map((row) => row.state);
const approve = async (who: Actor, one: { id: string; digest(): Promise<string> }, more: Partial<Parameters<typeof answerRegister>[2]> = {}) =>
  answerRegister(deps(), who, { registerId: one.id, step: 0, digest: await one.digest(), agree: true, ...more });
const appoint = (registerId: string, office: 'executor' | 'supervisor', who: Actor, by = people.manager) =>
  appointFor(deps(), by, { registerId, office, personId: who.personId ?? '' });

test.serial('R66, R67: the whole way to checked: appraised, frozen, approved over the very digest, checked by both supervisors', async (t) => {
  const one = await register(people, 'checked', 3);
  const view = await viewRegister(deps(), people.manager, one.id);
  t.regex(view.number, /^X-\d{4}-\d{6}$/);
  t.like(view, { state: 'checked', items: 3, counts: { listed: 3 } });
  t.true(view.approvals.every((step) => step.digest === view.digest && step.answer === 'agree'));
  t.is(Date.parse(view.executeAfter ?? '') - Date.parse(view.approvedAt ?? ''), 7 * 86_400_000, 'the pause');
  t.deepEqual(await recordStates(one.records), ['approved', 'approved', 'approved']);
  const { items } = await listRegisterItems(deps(), people.manager, one.id);
  t.deepEqual(
    items.map((item) => [item.position, item.ground]),
    [
      [1, '保管期满'],
      [2, '保管期满'],
      [3, '保管期满'],
    ],
  );
});

test.serial('R66: what no group appraised is on no register, and an empty one is refused', async (t) => {
  t.is(await why(createRegister(deps(), people.maker, { records: [newId()] })), 'invalid_field');
  const one = await register(people, 'draft', 2);
  t.is(await why(createRegister(deps(), people.executor, { records: one.records })), 'invalid_field', 'they stand on one already');
  await takeOutOfRegister(deps(), people.maker, { registerId: one.id, positions: [1, 2] });
  t.is(await why(freezeRegister(deps(), people.maker, one.id)), 'invalid_field');
  t.is((await createRegister(deps(), people.executor, { records: one.records })).items, 2, 'free again');
});

test.serial('R68: the same person twice is refused on every route, whatever two parts they are', async (t) => {
  // one who holds every role, so that nothing but the rule of different persons stands in the way
  const every = people.world.hireWith(['records_clerk', 'records_manager', 'executive', 'agent'], 'hotline');
  const mine: Crew = { ...people, maker: every };
  const made = await register(mine, 'approving');
  t.is(await why(approve(every, made)), 'same_person', 'maker approves');
  t.is(
    await why(rejectRegisterItems(deps(), every, { registerId: made.id, step: 0, digest: await made.digest(), positions: [1], reason: '再议' })),
    'same_person',
    'maker takes out',
  );
  t.is(await why(appoint(made.id, 'executor', every)), 'same_person', 'maker executes');
  t.is(await why(appoint(made.id, 'supervisor', every)), 'same_person', 'maker supervises');
  const approvedBy: Crew = { ...people, manager: every };
  const agreed = await register(approvedBy, 'approved');
  t.is(await why(appoint(agreed.id, 'executor', every)), 'same_person', 'approver executes');
  t.is(await why(appoint(agreed.id, 'supervisor', every)), 'same_person', 'approver supervises');
  t.is(await why(checkRegister(deps(), every, { registerId: agreed.id, digest: await agreed.digest() })), 'forbidden', 'approver checks');
  const early = await register(people, 'approving');
  await appoint(early.id, 'executor', every);
  t.is(await why(approve(every, early)), 'same_person', 'executor approves');
  t.is(await why(appoint(early.id, 'supervisor', every)), 'same_person', 'executor supervises');
  const second = await register(people, 'approving');
  await appoint(second.id, 'supervisor', every);
  t.is(await why(approve(every, second)), 'same_person', 'supervisor approves');
  t.is(await why(appoint(second.id, 'executor', every)), 'same_person', 'supervisor executes');
  t.is(await why(appoint(second.id, 'supervisor', every)), 'same_person', 'one supervises twice');
  // another account of the same person is the same person
  const other: Actor = { ...every, accountId: newId(), pseudonym: 'p-aaaaaaaaaaaaaaaa' };
  t.is(await why(approve(other, made)), 'same_person');
  t.is(await stateOf(made.id), 'approving');
});

test.serial('R68: in the strict profile the executive approves after the records manager, another person, in order', async (t) => {
  const strict = await crew('strict');
  t.teardown(() => strict.world.close());
  const one = await register(strict, 'approving');
  const answer = async (who: Actor, step: number) =>
    answerRegister(strict.world.deps, who, { registerId: one.id, step, digest: await one.digest(), agree: true });
  t.is(await why(answer(strict.executive, 1)), 'forbidden', 'out of turn');
  t.is((await answer(strict.manager, 0)).state, 'approving');
  t.is(await why(answer(strict.manager, 1)), 'forbidden');
  const both = strict.world.hireWith(['records_manager', 'executive']);
  const other = await register(strict, 'approving');
  await answerRegister(strict.world.deps, both, { registerId: other.id, step: 0, digest: await other.digest(), agree: true });
  t.is(await why(answerRegister(strict.world.deps, both, { registerId: other.id, step: 1, digest: await other.digest(), agree: true })), 'same_person');
  t.is((await answer(strict.executive, 1)).state, 'approved');
});

test.serial('approving asks for the second factor, shown anew, and for the list that was seen', async (t) => {
  const one = await register(people, 'approving');
  t.is(await why(approve({ ...people.manager, secondFactor: false }, one)), 'second_factor_required');
  t.is(await why(approve({ ...people.manager, shownAt: new Date(deps().now().getTime() - 11 * 60_000) }, one)), 'reauthentication_required');
  t.is(await why(approve(people.manager, one, { digest: '00'.repeat(32) })), 'changed');
  t.is(await why(approve(people.manager, one, { step: 1 })), 'wrong_state');
  t.is(await why(approve(people.executive, one)), 'forbidden', 'not asked in this profile');
  t.is(await why(approve(people.head, one)), 'forbidden');
  t.is(
    await why(
      appointFor(deps(), { ...people.manager, secondFactor: false }, { registerId: one.id, office: 'executor', personId: people.executor.personId ?? '' }),
    ),
    'second_factor_required',
  );
});

test.serial('rejected as a whole, with the reason: nothing is destroyed, and it takes a new appraisal', async (t) => {
  const one = await register(people, 'approving');
  t.is(await why(approve(people.manager, one, { agree: false })), 'invalid_field', 'without a reason');
  t.is((await approve(people.manager, one, { agree: false, reason: '有一宗诉讼将至' })).state, 'rejected');
  t.like(await viewRegister(deps(), people.maker, one.id), { state: 'rejected', endReason: '有一宗诉讼将至' });
  t.deepEqual(await recordStates(one.records), ['due', 'due']);
  t.is(await why(createRegister(deps(), people.maker, { records: one.records })), 'invalid_field');
});

test.serial('items rejected, with the reason: the rest is signed anew over another digest', async (t) => {
  const one = await register(people, 'approving', 3);
  const before = await one.digest();
  const reject = (positions: number[], digest: string, reason = '仍有价值') =>
    rejectRegisterItems(deps(), people.manager, { registerId: one.id, step: 0, digest, positions, reason });
  t.is(await why(reject([1], before, '')), 'invalid_field');
  t.is(await why(reject([9], before)), 'invalid_field');
  t.is(await why(reject([1, 2, 3], before)), 'invalid_field', 'that is the whole');
  const { digest, round } = await reject([2], before);
  t.not(digest, before);
  t.is(round, 2);
  t.is(await why(approve(people.manager, { ...one, digest: () => Promise.resolve(before) })), 'changed', 'the former list');
  t.is((await approve(people.manager, one)).state, 'approved');
  const { items } = await listRegisterItems(deps(), people.manager, one.id);
  t.deepEqual(
    items.map((item) => [item.position, item.state, item.reason]),
    [
      [1, 'listed', ''],
      [2, 'rejected', '仍有价值'],
      [3, 'listed', ''],
    ],
  );
  const [first = '', , third = ''] = items.map((item) => item.record);
  t.deepEqual(await recordStates([first, third]), ['approved', 'approved']);
  t.deepEqual(await recordStates([items[1]?.record ?? '']), ['due']);
});

const changes: Record<string, (id: string) => Promise<unknown>> = {
  hold: (id) =>
    withEntry(
      people.world.archive,
      async (tx) => {
        await tx.run(sql`alter table records disable trigger user`);
        await tx.run(sql`update records set held = true where id = ${id}`);
        await tx.run(sql`alter table records enable trigger user`);
      },
      people.world.archive.database.owner,
    ),
  event: (id) => withEntry(people.world.archive, (tx) => tx.run(sql`update records set term_until = '2031-01-01' where id = ${id}`)),
  grant: (id) =>
    deps().db.tx((tx) =>
      issueGrant(tx, deps(), people.executive, {
        kind: 'confidential',
        personId: people.head.personId ?? '',
        recordIds: [id],
        acts: ['view'],
        purpose: 'solve',
        startsAt: deps().now(),
        endsAt: new Date(deps().now().getTime() + 3_600_000),
        readings: null,
        requestId: null,
      }),
    ),
  correction: (id) => correctRecord(people.world.archive.deps, people.executor, { recordId: id, patch: { title: '更正后的题名' }, reason: '题名有误，已核实' }),
  restriction: async (id) => {
    const officer = people.world.hire('compliance_officer');
    const { id: restriction } = await proposeRestriction(people.world.archive.deps, officer, { records: [id], ground: 'disputed', reason: '客户提出异议' });
    await answerRestriction(people.world.archive.deps, people.manager, { id: restriction, agree: true });
  },
};

for (const [name, change] of Object.entries(changes)) {
  test.serial(`R67, R73: a ${name} voids the approval and says which; the records are back to due`, async (t) => {
    const asked = await register(people, 'approving', 2);
    const [first = '', second = ''] = asked.records;
    await change(first);
    t.is(await why(approve(people.manager, asked)), 'changed', 'found when it is approved');
    t.is(await stateOf(asked.id), 'voided', 'and that is kept');
    const { items } = await listRegisterItems(deps(), people.manager, asked.id);
    t.deepEqual(items.find((item) => item.record === first)?.changed, [name]);
    t.is(items.find((item) => item.record === first)?.state, 'struck');
    t.is(items.find((item) => item.record === second)?.state, 'released');
    const approved = await register(people, 'checked', 2);
    if (name === 'correction') return t.is(await why(change(approved.records[0] ?? '')), 'wrong_state', 'nobody corrects what is approved');
    await change(approved.records[0] ?? '');
    t.is(await watchRegisters(deps(), systemActor()), 1, 'found by the watch, whatever state it is in');
    t.is(await stateOf(approved.id), 'voided');
    t.deepEqual(await recordStates(approved.records), ['due', 'due']);
    t.is(await watchRegisters(deps(), systemActor()), 0);
    t.is((await createRegister(deps(), people.maker, { records: [second] })).items, 1, 'what did not change may be listed again');
  });
}

test.serial('R105: supervisors check the list; without both, or without one from outside, it does not count as checked', async (t) => {
  const one = await register(people, 'approved');
  const check = async (who: Actor, digest?: string) => checkRegister(deps(), who, { registerId: one.id, digest: digest ?? (await one.digest()) });
  await appoint(one.id, 'supervisor', people.insider);
  t.is(await why(appoint(one.id, 'supervisor', people.executor)), 'invalid_field', 'two from the archive');
  t.is(await why(appoint(one.id, 'executor', people.outsider)), 'invalid_field', 'an agent executes nothing');
  await appoint(one.id, 'supervisor', people.outsider);
  t.is(await why(check(people.outsider)), 'wrong_state', 'no executor yet');
  await appoint(one.id, 'executor', people.executor);
  t.is(await why(appoint(one.id, 'executor', people.maker)), 'same_person');
  t.is(await why(check(people.outsider, '00'.repeat(32))), 'changed');
  t.is(await why(check(people.executor)), 'forbidden');
  t.is(await why(check(people.head)), 'not_found', 'no part in it');
  t.is((await check(people.outsider)).state, 'approved');
  t.is(await why(check(people.outsider)), 'wrong_state', 'once');
  t.is(
    await why(dismissFrom(deps(), people.manager, { registerId: one.id, personId: people.outsider.personId ?? '' })),
    'wrong_state',
    'who has checked stays',
  );
  await dismissFrom(deps(), people.manager, { registerId: one.id, personId: people.insider.personId ?? '' });
  await appoint(one.id, 'supervisor', people.insider);
  t.is((await check(people.insider)).state, 'checked');
  t.is(await why(appointFor(deps(), people.maker, { registerId: one.id, office: 'executor', personId: people.executor.personId ?? '' })), 'forbidden');
});

test.serial('anyone named stops it within the pause, and nobody else', async (t) => {
  for (const who of [people.maker, people.manager, people.executor, people.outsider, people.insider]) {
    const one = await register(people, 'checked', 1);
    t.is(await why(stopRegister(deps(), who, { registerId: one.id, reason: '' })), 'invalid_field');
    t.is(await why(stopRegister(deps(), people.executive, { registerId: one.id, reason: '不妥' })), 'forbidden');
    t.is(await why(stopRegister(deps(), people.head, { registerId: one.id, reason: '不妥' })), 'not_found');
    await stopRegister(deps(), who, { registerId: one.id, reason: '发现可能涉诉' });
    t.is(await stateOf(one.id), 'stopped');
    t.deepEqual(await recordStates(one.records), ['due']);
    t.is(await why(checkRegister(deps(), people.outsider, { registerId: one.id, digest: await one.digest() })), 'wrong_state');
  }
});

test.serial('nothing expires into approval', async (t) => {
  const late = await crew();
  t.teardown(() => late.world.close());
  const one = await register(late, 'approving', 1);
  late.world.archive.clock.now = new Date(Date.now() + 400 * 86_400_000);
  t.is(await watchRegisters(late.world.deps, systemActor()), 0);
  t.is((await viewRegister(late.world.deps, late.manager, one.id)).state, 'approving');
});

test.serial('who sees it: every register, or only those with a part; what waits is told to whom it asks', async (t) => {
  const one = await register(people, 'approving', 1);
  const waiting = async (who: Actor) => (await registersWaiting(deps(), who)).filter((item) => item.id === one.id).map((item) => item.what);
  t.deepEqual((await waiting(people.manager)).toSorted(), ['appoint', 'approve']);
  t.deepEqual(await waiting(people.maker), []);
  t.is(await why(viewRegister(deps(), people.outsider, one.id)), 'not_found');
  await approve(people.manager, one);
  await appoint(one.id, 'executor', people.executor);
  await appoint(one.id, 'supervisor', people.outsider);
  await appoint(one.id, 'supervisor', people.insider);
  t.deepEqual(await waiting(people.outsider), ['check']);
  const seen = await viewRegister(deps(), people.outsider, one.id);
  t.like(seen.may, { check: true, stop: true, appoint: false, answer: null });
  t.true((await listRegisters(deps(), people.outsider)).items.some((item) => item.id === one.id));
  t.false((await listRegisters(deps(), people.head)).items.some((item) => item.id === one.id));
  t.is(await why(viewRegister(deps(), people.outsider, newId())), 'not_found');
});

test.serial('freezing and submitting: by the maker alone, over what is still so', async (t) => {
  const one = await register(people, 'draft', 2);
  t.is(await why(freezeRegister(deps(), people.executor, one.id)), 'forbidden');
  await changes['grant']?.(one.records[0] ?? '');
  t.is(await why(freezeRegister(deps(), people.maker, one.id)), 'invalid_field', 'a grant stands on one');
  const { items } = await listRegisterItems(deps(), people.manager, one.id);
  const position = items.find((item) => item.record === one.records[0])?.position ?? 0;
  await takeOutOfRegister(deps(), people.maker, { registerId: one.id, positions: [position] });
  t.is((await freezeRegister(deps(), people.maker, one.id)).items, 1);
  t.is(await why(takeOutOfRegister(deps(), people.maker, { registerId: one.id, positions: [1, 2] })), 'wrong_state');
  await changes['event']?.(one.records[1] ?? '');
  t.is(await why(submitRegister(deps(), people.maker, one.id)), 'changed');
  t.is(await stateOf(one.id), 'voided');
});

test.serial('where nobody else could approve, it is refused at once', async (t) => {
  const lonely = await crew();
  t.teardown(() => lonely.world.close());
  const one = await register(lonely, 'frozen', 1);
  lonely.world.leave(lonely.manager);
  t.is(await why(submitRegister(lonely.world.deps, lonely.maker, one.id)), 'invalid_field');
});

test.serial('what is refused on a register is on record', async (t) => {
  const one = await register(people, 'approving', 1);
  await why(approve(people.executive, one));
  const { n } = await deps().db.one<{
    n: number;
  }>(sql`select ((select count(*) from audit_pending p where p.entry::jsonb->>'act' = 'destruction.refused' and p.entry::jsonb->'subject'->>'id' = ${one.id})
    + (select count(*) from audit_entries e where e.entry::jsonb->>'act' = 'destruction.refused' and e.entry::jsonb->'subject'->>'id' = ${one.id}))::int as n`);
  t.is(n, 1);
  t.is((await appraisedRecords(people, 1)).length, 1);
});
